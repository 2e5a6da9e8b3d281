"""What one `guard.check` costs: by guests, by database, by how much its account did before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import host
from bench.invitations import invitation
from bench.measuring import Run, Series, interleave, once, process_cpu, ratio, rounds_needed
from bench.progress import Progress
from calguard import guard
from calguard.conf import conf
from calguard.models import Decision

GUESTS = (1, 20, 200)
PASTS = (10, 1_000, 10_000)  # an account's decisions within the last seven days
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"


class Bench:
    """The accounts of one run, and the checks they ask for."""

    def __init__(self, *, alternations: int, rounds: int, progress: Progress) -> None:
        self.alternations, self.rounds, self.progress = alternations, rounds, progress
        self.verdicts: dict[str, Counter[str]] = {}
        self.people: dict[tuple[str, int], list[Any]] = {}
        self.past: dict[tuple[str, int], Any] = {}
        self.servers: dict[str, int] = {}
        self.began = timezone.now()

    def settle(self, quick: bool) -> None:
        now = self.began
        needed = rounds_needed(self.alternations, self.rounds) + 2  # one to count statements, one for the largest
        for alias in host.aliases():
            self.progress.note(f"check: settling {needed} accounts on {alias}")
            for guests in GUESTS:
                self.people[alias, guests] = host.settle(alias, needed, prefix=f"check{guests}x", now=now)
            for past in PASTS[: 2 if quick else 3]:
                self.past[alias, past] = host.settle(alias, 1, prefix=f"past{past}x", now=now, history=past)[0]
            self.servers[alias] = tidy(alias)

    def server_cpu(self, name: str) -> float:
        return process_cpu(self.servers[name.partition("/")[0]])

    def check(self, alias: str, user: Any, guests: int, cell: str) -> Run:
        """A check as a web view asks for it; the request and the iCalendar are ready before the clock starts."""
        request = RequestFactory().post(
            "/", REMOTE_ADDR="198.51.100.7", headers={"User-Agent": BROWSER, "Accept-Language": "en"}
        )
        request.user = user
        content = invitation(guests, organizer=user.email)
        host.choose(alias)
        seen = self.verdicts.setdefault(cell, Counter())

        def run() -> None:
            host.choose(alias)
            seen[guard.check(user, content, request=request, reference="bench").verdict.name] += 1

        return run

    def by_guests(self) -> dict[str, Series]:
        def preparing(alias: str, guests: int) -> Callable[[int], Run]:
            return lambda n: self.check(alias, self.people[alias, guests][n], guests, f"{alias}/{guests}")

        calls = {f"{alias}/{guests}": preparing(alias, guests) for guests in GUESTS for alias in host.aliases()}
        return interleave(
            calls,
            alternations=self.alternations,
            rounds=self.rounds,
            progress=self.progress,
            label="check by guests",
            server_cpu=self.server_cpu,
        )

    def by_past(self) -> dict[str, Series]:
        def preparing(alias: str, past: int) -> Callable[[int], Run]:
            user = self.past[alias, past]

            def prepare(number: int) -> Run:
                """The account's earlier checks of this run are taken back, so that its past keeps its length."""
                rows = Decision.objects.using(alias).filter(account=conf.host.account(user), created_at__gt=self.began)
                rows.delete()
                host.choose(alias)
                host.warm([conf.host.account(user)], self.began)
                return self.check(alias, user, 1, f"{alias}/past {past}")

            return prepare

        calls = {f"{alias}/{past}": preparing(alias, past) for alias, past in self.past}
        return interleave(
            calls,
            alternations=self.alternations,
            rounds=max(3, self.rounds // 6),
            progress=self.progress,
            label="check by past",
            server_cpu=self.server_cpu,
        )

    def statements(self, alias: str, guests: int) -> dict[str, Any]:
        """What one check sends to the database: every statement is a round trip on PostgreSQL."""
        run = self.check(alias, self.people[alias, guests][-1], guests, f"{alias}/{guests}")
        return sent(alias, run)


SEVERAL = re.compile(r";\s+(?=(?:SELECT set_config|WITH first|RELEASE SAVEPOINT)\b)")  # statements of one message


def sent(alias: str, run: Run) -> dict[str, Any]:
    """How many statements of each kind one call sends, those of transactions included, and in how many messages."""
    with CaptureQueriesContext(connections[alias]) as captured:
        run()
    told = [query["sql"].lstrip("( ") for query in captured.captured_queries]
    each = [statement for message in told for statement in SEVERAL.split(message)]
    kinds = Counter("INSERT" if one.startswith("WITH first") else one.split(None, 1)[0].rstrip(";") for one in each)
    return {"messages": len(told), "total": len(each), **dict(sorted(kinds.items()))}


def tidy(alias: str) -> int:
    """Fresh statistics, as autovacuum keeps them; the process that serves our connection, 0 for SQLite."""
    with connections[alias].cursor() as cursor:
        cursor.execute("ANALYZE")
        if connections[alias].vendor != "postgresql":
            return 0
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def measure(*, quick: bool, progress: Progress) -> dict[str, Any]:
    """The part of results.json about the check."""
    bench = Bench(alternations=5 if quick else 7, rounds=6 if quick else 40, progress=progress)
    bench.settle(quick)
    guests, pasts = bench.by_guests(), bench.by_past()
    cells = {name: series.summary() for name, series in guests.items()}
    growth, past_growth = {}, {}
    for alias in host.aliases():
        for count in GUESTS:
            cells[f"{alias}/{count}"]["statements"] = bench.statements(alias, count)
        growth[alias] = {of: ratio(guests[f"{alias}/200"], guests[f"{alias}/1"], of) for of in ("wall", "cpu")}
        most = max(past for name, past in bench.past if name == alias)
        past_growth[alias] = ratio(pasts[f"{alias}/{most}"], pasts[f"{alias}/{PASTS[0]}"])
    largest = {}
    for alias in host.aliases():
        progress.note(f"check: 50,000 guests once on {alias}")
        run = bench.check(alias, bench.people[alias, 1][-2], 50_000, f"{alias}/50000")
        largest[alias] = once(run)
    return {
        "cells": cells,
        "growth_200_to_1": growth,
        "by_past": {name: series.summary() for name, series in pasts.items()},
        "pasts": sorted({past for _, past in bench.past}),
        "growth_by_past": past_growth,
        "largest": largest,
        "verdicts": {name: dict(counted) for name, counted in bench.verdicts.items()},
    }
