"""`manage.py demo_people`: the demo's people and a few ordinary events, made where they are missing."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from demo import people, sample


class Command(BaseCommand):
    help = "Loads the demo's people and their first events. Safe to repeat."

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        made = people.load(at)
        sample.load(made, at)
        if options["verbosity"] > 0:
            self.stdout.write(f"{len(made)} people made, {len(people.PEOPLE) - len(made)} were there.")
