"""Judges calendar and mail files on the command line, with the shipped policy and nothing else."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from calguard import scan
from calguard.engine.personas import NAMES
from calguard.engine.policy import Policy


def moment(text: str) -> datetime:
    """An ISO 8601 time; without an offset it is UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Judge .ics and .eml files, or directories of them, as if a sender of the given kind were about to send them."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help=".ics, .eml or a directory")
        parser.add_argument("--as", dest="persona", choices=NAMES, default="new", help="who sends (default: new)")
        parser.add_argument(
            "--to", action="append", default=[], metavar="ADDRESS", help="a guest instead of the file's own"
        )
        parser.add_argument("--now", type=moment, default=None, metavar="TIME", help="the time of sending, ISO 8601")
        parser.add_argument("--text", action="store_true", help="print for people instead of one JSON object a line")

    def handle(self, *args: Any, **options: Any) -> None:
        setting = scan.Setting(
            persona=options["persona"],
            to=tuple(options["to"]),
            now=options["now"] or datetime.now(UTC),
            policy=Policy.shipped(),
        )
        failed = False
        for path in scan.files(options["files"]):
            entry = scan.scan(path, setting)
            failed = failed or "error" in entry
            self.stdout.write(scan.as_text(entry) if options["text"] else json.dumps(entry, ensure_ascii=False))
        if failed:
            sys.exit(2)
