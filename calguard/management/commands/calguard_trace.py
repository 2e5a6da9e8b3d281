"""Says whose a copy was."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from calguard import provenance


class Command(BaseCommand):
    help = (
        "Say from whom a copy came: account, actor, channel, decision and time, for a Message-ID, the UID of an event, "
        "or the CFBL-Feedback-ID of a complaint. Exits with 1 where nothing of ours is known by that name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="Message-ID, UID or CFBL-Feedback-ID")
        parser.add_argument("--json", action="store_true", help="for programs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = provenance.find(options["id"])
        if options["json"]:
            self.stdout.write(json.dumps([asdict(trace) for trace in found], indent=2, default=str))
        for trace in () if options["json"] else found:
            self.stdout.write(
                "\n".join(f"{name:<12}{value}" for name, value in asdict(trace).items() if value != "") + "\n"
            )
        if not found:
            self.stderr.write("Nothing of ours is known by that name.")
            raise SystemExit(1)
