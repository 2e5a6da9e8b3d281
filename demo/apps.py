"""Installation of the demo calendar."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = "Almanac"

    def ready(self) -> None:
        from calguard.signals import submission_changed
        from calguard.tasks import BEAT_SCHEDULE
        from demo import booking, tasks, webhooks
        from demo.celery import app

        app.conf.beat_schedule = {**app.conf.beat_schedule, **BEAT_SCHEDULE, **tasks.BEAT_SCHEDULE}
        submission_changed.connect(webhooks.submission_changed, dispatch_uid="almanac.webhooks")
        submission_changed.connect(booking.submission_changed, dispatch_uid="almanac.booking")
