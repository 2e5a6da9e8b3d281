"""The demo's Celery app: CalGuard brings its tasks and its beat schedule, the host brings the worker."""

import os

from celery import Celery

from demo import broker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

broker.install()

app = Celery("demo")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # `current` is per thread: without this, tasks sent from web threads would miss the broker
