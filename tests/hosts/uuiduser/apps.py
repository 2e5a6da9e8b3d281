"""A host whose users have UUIDs for keys."""

from django.apps import AppConfig


class UuidUserConfig(AppConfig):
    name = "tests.hosts.uuiduser"
    label = "uuiduser"
    default_auto_field = "django.db.models.BigAutoField"
