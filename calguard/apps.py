"""Installation of the judge; importing checks registers them."""

from django.apps import AppConfig


class CalguardConfig(AppConfig):
    name = "calguard"
    label = "calguard"
    verbose_name = "CalGuard"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from calguard import checks, receivers

        checks.register()
        receivers.connect()
