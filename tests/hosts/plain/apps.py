"""A calendar that was written without CalGuard in mind."""

from django.apps import AppConfig


class PlainConfig(AppConfig):
    name = "tests.hosts.plain"
    label = "plain"
    default_auto_field = "django.db.models.BigAutoField"
