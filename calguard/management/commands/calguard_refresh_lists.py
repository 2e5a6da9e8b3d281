"""Fetches the operator's lists once, for hosts that run cron and not Celery beat, and before the first start."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from calguard import listfetch
from calguard.conf import conf


class Command(BaseCommand):
    help = (
        "Fetch every source of CALGUARD['LIST_SOURCES'] and keep the last good copy of each in LIST_DIR. "
        "Celery beat does it every hour; run it once before the first start, or from cron."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if conf.list_sources and conf.list_dir is None:
            raise CommandError("CALGUARD['LIST_DIR'] says where to keep the lists; it is not set.")
        if not conf.list_sources:
            self.stdout.write("CALGUARD['LIST_SOURCES'] names no list: nothing to fetch.")
        outcomes = listfetch.refresh(at=timezone.now())
        for outcome in outcomes:
            said = outcome.record.error or f"{outcome.record.entries} entries"
            self.stdout.write(f"{outcome.name}  {outcome.state}  {outcome.record.source}  {said}")
        failed = sum(outcome.state == "failed" for outcome in outcomes)
        if failed:
            raise CommandError(f"{failed} of {len(outcomes)} sources failed; the copies fetched before stay in use.")
