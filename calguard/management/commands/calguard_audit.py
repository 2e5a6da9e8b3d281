"""Checks that nobody changed the audit log: reads the whole chain and names the first entry that does not fit."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from calguard import audit


class Command(BaseCommand):
    help = "Verify the audit log. Exits 1 with the first broken entry, 0 with the digest of the last one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--contains",
            metavar="DIGEST",
            default="",
            help="a digest this command printed earlier and you kept elsewhere: it must still be in the chain, "
            "or entries were cut off at the end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        found = audit.survey(options["contains"])
        if found.broken:
            entry = found.broken.entry
            self.stderr.write(f"Entry {entry.pk} of {entry.at:%Y-%m-%d %H:%M} UTC {found.broken.problem}.")
            self.stderr.write(f"{found.entries - 1} entries before it are whole.")
            sys.exit(1)
        if not found.seen:
            self.stderr.write(f"The digest {options['contains']} is not in the chain: entries after it were lost.")
            sys.exit(1)
        self.stdout.write(f"{found.entries} entries, all whole. Last digest: {found.head}")
