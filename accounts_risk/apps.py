"""The app that remembers people."""

from django.apps import AppConfig


class AccountsRiskConfig(AppConfig):
    name = "accounts_risk"
    label = "calguard_accounts_risk"
    verbose_name = "CalGuard: accounts"
    default_auto_field = "django.db.models.BigAutoField"
