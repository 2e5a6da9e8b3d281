"""Loads ages, tenants, relations, devices and networks from the host, once after installing."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calguard import backfill


class Command(BaseCommand):
    help = (
        "Load what your host knew of its accounts before CalGuard, through Host.history(): ages, tenants, guests who "
        "accepted, devices and networks. Safe to repeat; a run that was broken off goes on where it stopped."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="write nothing, and say what would be written")
        parser.add_argument("--restart", action="store_true", help="begin anew where an earlier run was broken off")
        parser.add_argument("--chunk", type=int, default=backfill.CHUNK, metavar="N", help="accounts written together")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["chunk"] < 1:
            raise CommandError("--chunk needs at least one account")
        dry = options["dry_run"]
        progress = backfill.Progress()
        for progress in backfill.run(at=timezone.now(), dry=dry, restart=options["restart"], chunk=options["chunk"]):
            if options["verbosity"] > 1 or progress.read % (20 * options["chunk"]) == 0:
                self.stdout.write(f"{progress.read} accounts read, up to {progress.cursor}")
        loaded = progress.loaded
        self.stdout.write(
            f"{progress.read} accounts read; {'would be ' if dry else ''}new or changed: {loaded.accounts} accounts, "
            f"{loaded.sightings} devices and networks, {loaded.relations} guests who accepted"
        )
        if progress.skipped:
            raise CommandError(f"{progress.skipped} accounts could not be read; the log names them.")
