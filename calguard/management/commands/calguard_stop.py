"""Stops who acts on accounts, and lets them act again."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calguard import stopping


class Command(BaseCommand):
    help = (
        "Stop an API client, delegate, member of staff or visitor of booking pages, by the name that decisions show "
        "(client:17, delegate:app.user:5, visitor:...). The accounts they act on stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("actor")
        parser.add_argument("--reason", required=True, help="kept in the audit log")
        parser.add_argument("--hours", type=float, help="how long; without it, until --lift")
        parser.add_argument("--lift", action="store_true", help="let them act again")

    def handle(self, *args: Any, **options: Any) -> None:
        who = {"by": f"shell:{getpass.getuser()}", "reason": options["reason"], "at": timezone.now()}
        try:
            if options["lift"]:
                self.stdout.write(f"May act again; {stopping.let_act(options['actor'], **who)} submissions go.")
            else:
                held = stopping.stop(options["actor"], hours=options["hours"], **who)
                self.stdout.write(f"Stopped; {held} submissions wait.")
        except ValueError as error:
            raise CommandError(str(error)) from None
