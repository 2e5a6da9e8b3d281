"""The app that remembers messages."""

from django.apps import AppConfig


class OutboundConfig(AppConfig):
    name = "outbound"
    label = "calguard_outbound"  # a host may own an app called "outbound"
    verbose_name = "CalGuard: what leaves"
    default_auto_field = "django.db.models.BigAutoField"
