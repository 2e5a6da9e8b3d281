"""The demo calendar's own settings, on the database, broker and folder of the running test."""

import os

from tests import settings as suite

DIRECTORY, RUNNER, LIVE, QUEUE, LIVE_BROKER = suite.DIRECTORY, suite.RUNNER, suite.LIVE, suite.QUEUE, suite.LIVE_BROKER
os.environ["DEMO_DATA_DIR"] = str(DIRECTORY / f"demo-{RUNNER}")

from demo import settings as demo  # noqa: E402  after the folder is named: it is read at import

globals().update({name: value for name, value in vars(demo).items() if name.isupper()})

DATABASES = suite.DATABASES
CACHES = suite.CACHES
PASSWORD_HASHERS = suite.PASSWORD_HASHERS
CELERY_BROKER_URL = suite.CELERY_BROKER_URL
CELERY_BROKER_TRANSPORT_OPTIONS = suite.CELERY_BROKER_TRANSPORT_OPTIONS
CELERY_TASK_DEFAULT_QUEUE = QUEUE
CALGUARD = {**demo.CALGUARD, "QUEUE": QUEUE}
