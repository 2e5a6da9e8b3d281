"""Installation of the demo calendar."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = "Almanac"

    def ready(self) -> None:
        from calguard.tasks import BEAT_SCHEDULE
        from demo.celery import app

        app.conf.beat_schedule = {**app.conf.beat_schedule, **BEAT_SCHEDULE}
