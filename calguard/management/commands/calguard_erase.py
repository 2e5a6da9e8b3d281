"""Erases what is kept of one account, for a request under data protection law."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calguard import audit, erasure


class Command(BaseCommand):
    help = "Delete all about one account but the audit log. Refuses while a case is open or a restriction stands."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", help="as it stands in the admin, such as shop.user:7")
        parser.add_argument("--reason", required=True, help="for the audit log, such as the number of the request")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            gone = erasure.erase(options["account"], actor=audit.SYSTEM, reason=options["reason"], at=timezone.now())
        except erasure.StillNeeded as error:
            raise CommandError(f"Nothing was deleted: {error}.") from error
        self.stdout.write(", ".join(f"{name} {count}" for name, count in gone.items()))
