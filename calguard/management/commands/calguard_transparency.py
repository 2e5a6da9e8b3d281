"""Prints the figures of a transparency report."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calguard import transparency
from calguard.conf import conf

MONTHS = 6


class Command(BaseCommand):
    help = (
        "Count what was judged, restricted, decided, appealed and overturned in a period, as transparency reports ask "
        "(DSA Art. 15 and 24). Without dates: the last six whole months."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", type=_day, help="first day, as 2026-07-31 (UTC)")
        parser.add_argument("--until", type=_day, help="the day after the last one")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"] or timezone.now().astimezone(UTC).date().replace(day=1)
        since = options["since"] or _months_before(until)
        if since >= until:
            raise CommandError(f"--since {since} is not before --until {until}.")
        kept = timezone.now().astimezone(UTC).date() - conf.decision_retention
        if since < kept:
            self.stderr.write(
                f"Decisions before {kept} are no longer kept: what is older is missing from these figures."
            )
        found = transparency.figures(_start(since), _start(until))
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=2))
            return
        for name, value in _lines(found):
            self.stdout.write(f"{name:<44} {value}")


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise ArgumentTypeError(f"{written!r} is no date such as 2026-07-31") from None


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _months_before(day: date) -> date:
    months = day.year * 12 + day.month - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1)


def _lines(figures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in figures.items():
        if isinstance(value, Mapping):
            yield from _lines(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "-" if value is None else str(value)
