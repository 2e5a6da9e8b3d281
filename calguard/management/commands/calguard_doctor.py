"""Examines an installation and says what to do."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from calguard.diagnosis import examine

SIGNS = {"ok": "ok     ", "warning": "warning", "error": "ERROR  "}


class Command(BaseCommand):
    help = "Examine settings, broker, worker, sweep, cache, mail, proxies and keys; exit 1 where something is wrong."
    requires_system_checks = ()  # it reports what they find, and more

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = False
        style = {"ok": self.style.SUCCESS, "warning": self.style.WARNING, "error": self.style.ERROR}
        for finding in examine():
            wrong = wrong or finding.state == "error"
            self.stdout.write(f"{style[finding.state](SIGNS[finding.state])}  {finding.name}: {finding.said}")
            if finding.todo:
                self.stdout.write(f"         -> {finding.todo}")
        if wrong:
            sys.exit(1)
