"""Settings of the demo calendar: SQLite, files for mail and broker, nothing outside its data folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from demo.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("DEMO_DATA_DIR") or BASE_DIR / "var").resolve()
PORT = int(os.environ.get("PORT") or 8000)

SECRET_KEY = secret_key(DATA_DIR)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver", *os.environ.get("DEMO_HOSTS", "").split()]
ROOT_URLCONF = "demo.urls"
WSGI_APPLICATION = "demo.wsgi.application"
AUTH_USER_MODEL = "demo.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "demo.apps.DemoConfig",  # first: its templates/calguard/base.html puts CalGuard's pages into Almanac's frame
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_altcha",
    "outbound.apps.OutboundConfig",
    "accounts_risk.apps.AccountsRiskConfig",
    "calguard.apps.CalguardConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "demo.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "demo.middleware.one_language",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "demo.middleware.own_time_zone",
    "calguard.integrations.middleware.CalguardMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "demo.context.frame",
            ],
        },
    },
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "almanac.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # a transaction that reads first never fails on its first write
            "timeout": 10,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    },
}
# One table shared by web and worker. Its counters are not atomic, which one machine's demo can bear.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "almanac_cache"}}
SILENCED_SYSTEM_CHECKS = ["django_ratelimit.E003", "django_ratelimit.W001"]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["demo.backends.AlmanacBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "month"
LOGOUT_REDIRECT_URL = "landing"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # explanations outgrow a cookie
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch"), ("es", "Español"), ("fr", "Français")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "static/"

EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"
DEFAULT_FROM_EMAIL = "Almanac <almanac@almanac.example>"
SERVER_EMAIL = "almanac@almanac.example"
MAIL_DOMAIN = "almanac.example"

CALGUARD: dict[str, Any] = {
    "MODE": "enforce",
    "HOST": "demo.host.AlmanacHost",
    "BASE_URL": f"http://localhost:{PORT}",
    "EMAIL_BACKEND": "demo.mailbox.FolderBackend",
    "STAFF_EMAILS": ("rita@almanac.example",),
    # This machine is its own proxy, so that the story can come from several networks. Name yours instead.
    "TRUSTED_PROXIES": ("127.0.0.0/8", "::1/128"),
}
ALTCHA_HMAC_KEY = SECRET_KEY

# "host:port" of the only machines that webhooks may call, such as "hooks.example:443". None until you name them.
ALMANAC_WEBHOOK_HOSTS = frozenset(os.environ.get("DEMO_WEBHOOK_HOSTS", "").split())

BROKER_DIR = DATA_DIR / "broker"
CELERY_BROKER_URL = "filesystem://localhost//"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "data_folder_in": str(BROKER_DIR / "queue"),
    "data_folder_out": str(BROKER_DIR / "queue"),
    "control_folder": str(BROKER_DIR / "control"),
    "polling_interval": 0.3,
    "max_retries": 0,  # with retry off: a broker that is down costs a request nothing
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.server": {"level": "WARNING"}},
}
