"""One round of the clockwork, for hosts that run cron and not Celery beat."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from calguard import sweeping


class Command(BaseCommand):
    help = "Find what a lost wake-up left and lift what is over. Run it every minute where Celery beat does not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--purge", action="store_true", help="also forget what need not be kept any longer")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        found = sweeping.sweep(at=now)
        self.stdout.write(", ".join(f"{name} {count}" for name, count in found.items()))
        if options["purge"]:
            gone = sweeping.purge(at=now)
            self.stdout.write("forgot " + ", ".join(f"{name} {count}" for name, count in gone.items()))
