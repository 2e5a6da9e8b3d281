"""Moments as people read them: on the clock of the account's owner where the host knows it, and with its name."""

from __future__ import annotations

from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from django.utils import timezone

from calguard.conf import conf


def shown(moment: datetime, account: str) -> str:
    """ "2026-06-15 12:00 (Europe/Berlin)": a night shift in one zone is somebody's morning in another."""
    return on(zone_of(account), moment)


def on(zone: tzinfo, moment: datetime) -> str:
    """The same, where the zone is at hand."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} ({str(zone).replace('_', ' ')})"


def read(written: object, account: str) -> str:
    """The same of a moment that was kept as text; "" where it is none."""
    try:
        return shown(datetime.fromisoformat(str(written)), account)
    except ValueError:
        return ""


def zone_of(account: str) -> tzinfo:
    """The account's, or the site's where the host knows none or none that exists."""
    named = conf.host.facts(account).time_zone
    try:
        return ZoneInfo(named) if named else timezone.get_default_timezone()
    except (OSError, ValueError, LookupError):
        return timezone.get_default_timezone()
