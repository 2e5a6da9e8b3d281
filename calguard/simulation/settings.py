"""Settings of a simulation: a database file of its own, mail that is counted and never sent, the operator's policy."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

DIRECTORY = Path(os.environ["CALGUARD_SIMULATION_DIR"])  # made by whoever starts the simulation, and removed by it
GIVEN: dict[str, Any] = json.loads(os.environ.get("CALGUARD_SIMULATION_SETTINGS") or "{}")

SECRET_KEY = "simulated-and-good-for-nothing-else-simulated"  # noqa: S105  of accounts that do not exist
ALTCHA_HMAC_KEY = SECRET_KEY
ROOT_URLCONF = "calguard.simulation.urls"
ALLOWED_HOSTS = ["almanac.example"]
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_FROM_EMAIL = "calendar@almanac.example"
EMAIL_BACKEND = "calguard.simulation.host.NoticeBackend"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "calguard.apps.CalguardConfig",
    "outbound.apps.OutboundConfig",
    "accounts_risk.apps.AccountsRiskConfig",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DIRECTORY / "simulation.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=MEMORY; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000;",
        },
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
SESSION_COOKIE_SECURE = True

CALGUARD: dict[str, Any] = {
    **GIVEN,
    "MODE": "enforce",
    "HOST": "calguard.simulation.host.SimulatedHost",
    "BASE_URL": "https://almanac.example",
    "EMAIL_BACKEND": "calguard.simulation.host.CountingBackend",
    "STAFF_EMAILS": ("staff@almanac.example",),
    "CHALLENGE": "altcha",
}
LOGGING = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR"}}
