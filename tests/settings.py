"""The settings the suite runs under: a host in enforce mode, switched by environment to what production may look like.

    CALGUARD_TEST_DB      sqlite (default) | postgres         CALGUARD_TEST_ATOMIC  0 (default) | 1: ATOMIC_REQUESTS
    CALGUARD_TEST_BROKER  filesystem (default) | redis | rabbitmq
    CALGUARD_TEST_USER    int (default) | uuid: the type of the user model's primary key
    CALGUARD_PG_DSN       how PostgreSQL is reached; default postgresql://postgres@127.0.0.1:5432/postgres

Set by the fixtures for the processes they start: CALGUARD_TEST_DIR, CALGUARD_TEST_DB_NAME, CALGUARD_TEST_LIVE and
CALGUARD_TEST_SMTP_PORT.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.support.parts import AMQP_URL, REDIS_URL, pg_parameters

if "CALGUARD_TEST_DIR" not in os.environ:  # the first process of a run makes the folder and removes it
    os.environ["CALGUARD_TEST_DIR"] = tempfile.mkdtemp(prefix="calguard-test-")
    MAKER = os.getpid()
    atexit.register(lambda: os.getpid() == MAKER and shutil.rmtree(DIRECTORY, ignore_errors=True))

DIRECTORY = Path(os.environ["CALGUARD_TEST_DIR"])
RUNNER = os.environ.get("PYTEST_XDIST_WORKER", "main")  # each xdist worker has files, queues and databases of its own
RUN = f"{DIRECTORY.name.removeprefix('calguard-test-')}_{RUNNER}".lower()
LIVE = os.environ.get("CALGUARD_TEST_LIVE") == "1"  # this process is a worker that the fixtures started

SECRET_KEY = "made-up-for-the-tests-and-long-enough-to-please-every-check"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en"
ROOT_URLCONF = "tests.urls"
STATIC_URL = "/static/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "uuiduser.User" if os.environ.get("CALGUARD_TEST_USER") == "uuid" else "auth.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "/admin/login/"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_altcha",
    "calguard.apps.CalguardConfig",
    "outbound.apps.OutboundConfig",
    "accounts_risk.apps.AccountsRiskConfig",
    "tests.hosts.plain.apps.PlainConfig",
]
if AUTH_USER_MODEL == "uuiduser.User":
    INSTALLED_APPS.append("tests.hosts.uuiduser.apps.UuidUserConfig")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "calguard.integrations.middleware.CalguardMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def sqlite() -> dict[str, Any]:
    """A file, as other threads and processes of a test read it too."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("CALGUARD_TEST_DB_NAME", str(DIRECTORY / f"{RUN}.sqlite3")),
        "TEST": {"NAME": str(DIRECTORY / "test.sqlite3")},  # pytest-django appends the xdist worker
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }


def postgres() -> dict[str, Any]:
    """A database named after this run, so that two runs on one server do not meet."""
    given = pg_parameters()
    return {
        "ENGINE": "tests.support.postgres_tests",
        **{key: given[key] for key in ("HOST", "PORT", "USER", "PASSWORD")},
        "NAME": os.environ.get("CALGUARD_TEST_DB_NAME", given["NAME"]),
        "TEST": {"NAME": f"test_calguard_{RUN.removesuffix('_' + RUNNER)}"},
    }


DATABASES = {"default": postgres() if os.environ.get("CALGUARD_TEST_DB") == "postgres" else sqlite()}
DATABASES["default"]["ATOMIC_REQUESTS"] = os.environ.get("CALGUARD_TEST_ATOMIC") == "1"

BROKER = os.environ.get("CALGUARD_TEST_BROKER", "filesystem")
if BROKER == "redis":
    CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": RUN}
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# The broker of tests with the `worker` fixture. Without it messages go where nobody reads, so that a test which
# needs no worker is not disturbed by the one another test has started.
LIVE_BROKER: dict[str, Any] = {
    "filesystem": {
        "broker_url": "filesystem://",
        "broker_transport_options": {
            "data_folder_in": str(DIRECTORY / f"broker-{RUNNER}"),
            "data_folder_out": str(DIRECTORY / f"broker-{RUNNER}"),
            "control_folder": str(DIRECTORY / f"control-{RUNNER}"),
            "polling_interval": 0.05,
        },
    },
    "redis": {"broker_url": REDIS_URL, "broker_transport_options": {"max_retries": 0}},
    "rabbitmq": {"broker_url": AMQP_URL, "broker_transport_options": {"max_retries": 0}},
}[BROKER]
QUEUE = f"calguard_{RUN}"
CELERY_BROKER_URL = LIVE_BROKER["broker_url"] if LIVE else "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = LIVE_BROKER["broker_transport_options"] if LIVE else {}
CELERY_TASK_DEFAULT_QUEUE = QUEUE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ.get("CALGUARD_TEST_SMTP_PORT", "0"))
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = "calendar@calendar.example"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

CALGUARD: dict[str, Any] = {
    "MODE": "enforce",
    "QUEUE": QUEUE,
    "BASE_URL": "https://calendar.example",
    "EMAIL_BACKEND": f"django.core.mail.backends.{'smtp' if LIVE else 'locmem'}.EmailBackend",
    "STAFF_EMAILS": ("staff@calendar.example",),
}
ALTCHA_HMAC_KEY = "made-up-for-the-tests-made-up-for-the-tests"

LOGGING = {"version": 1, "disable_existing_loggers": False}
