"""What the guard adds to a host's create-event view, beside what one and three django-ratelimit decorators add."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from statistics import median
from typing import Any
from unittest import mock

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django.utils.crypto import get_random_string

from bench import host
from bench.check import BROWSER, sent, tidy
from bench.invitations import addresses, notes
from bench.measuring import (
    Run,
    Series,
    added,
    against,
    interleave,
    ms,
    percentile,
    process_cpu,
    ratio,
    rounds_needed,
    spread,
)
from bench.progress import Progress
from calguard import attempts, recording, wake

VIEWS = ("bare", "once", "thrice", "guarded")
GUESTS = 5
GUARD = "calguard.integrations.middleware.CalguardMiddleware"
STAGES = {  # a pass of its own, as the clocks cost time themselves
    "read the iCalendar": (attempts, "as_content"),
    "gather the facts": (attempts, "gather"),
    "judge": (attempts, "judge"),
    "write decision and submission": (recording, "_write"),
    "wake the worker (broker)": (wake, "publish"),
}


class Bench:
    """Signed-in people posting the form through the whole WSGI handler."""

    def __init__(self, *, alternations: int, rounds: int, progress: Progress) -> None:
        self.alternations, self.rounds, self.progress = alternations, rounds, progress
        self.plain = WSGIHandler()
        with override_settings(MIDDLEWARE=[*settings.MIDDLEWARE, GUARD]):
            self.guarded = WSGIHandler()
        self.verdicts: Counter[str] = Counter()
        self.people: dict[str, list[Any]] = {}
        self.cookies: dict[int, str] = {}
        self.servers: dict[str, int] = {}

    def settle(self) -> None:
        now = timezone.now()
        needed = rounds_needed(self.alternations, self.rounds) + self.rounds + 1  # the rest for stages and statements
        for alias in host.aliases():
            self.progress.note(f"view: settling {needed} accounts on {alias}")
            self.people[alias] = host.settle(alias, needed, prefix="view", now=now)
            self.servers[alias] = tidy(alias)

    def post(self, alias: str, view: str, number: int) -> Run:
        """One POST, read and answered as a server does it; a status other than 201 ends the run."""
        environ = self._environ(view, self.people[alias][number])
        handler = self.guarded if view == "guarded" else self.plain

        def run() -> None:
            host.choose(alias)
            answered: list[Any] = []
            response = handler(environ, lambda status, headers: answered.extend((status, headers)))
            b"".join(response)
            response.close()
            if not answered[0].startswith("201"):
                raise RuntimeError(f"{view} on {alias} answered {answered[0]}")
            if view == "guarded":
                self.verdicts[dict(answered[1])["X-Verdict"]] += 1

        return run

    def _environ(self, view: str, user: Any) -> dict[str, Any]:
        token = get_random_string(32)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        event = {
            "title": "Quarterly review",
            "notes": notes(),
            "place": "Room 12, second floor",
            "starts_at": f"{timezone.now() + timedelta(days=9):%Y-%m-%d %H:%M}",
            "guests": "\n".join(addresses(GUESTS)),
        }
        headers = {
            "User-Agent": BROWSER,
            "Accept-Language": "en",
            "X-CSRFToken": token,
            "Cookie": f"csrftoken={token}; {settings.SESSION_COOKIE_NAME}={session.session_key}",
        }
        environ: dict[str, Any] = (
            RequestFactory().post(f"/{view}", event, REMOTE_ADDR="198.51.100.7", headers=headers).environ
        )
        return environ

    def interleaved(self) -> dict[str, Series]:
        def preparing(alias: str, view: str) -> Callable[[int], Run]:
            return lambda n: self.post(alias, view, n)

        return interleave(
            {f"{alias}/{view}": preparing(alias, view) for alias in host.aliases() for view in VIEWS},
            alternations=self.alternations,
            rounds=self.rounds,
            progress=self.progress,
            label="create view",
            server_cpu=lambda name: process_cpu(self.servers[name.partition("/")[0]]),
        )

    def statements(self, name: str) -> dict[str, Any]:
        alias, _, view = name.partition("/")
        return sent(alias, self.post(alias, view, -1))

    def stages(self, alias: str) -> dict[str, float]:
        """Where the guarded request's time goes: the median of each part, in milliseconds."""
        taken: dict[str, list[float]] = {name: [] for name in STAGES}
        first = rounds_needed(self.alternations, self.rounds)
        with _clocks(taken):
            for number in range(first, first + self.rounds):
                self.post(alias, "guarded", number)()
        return {name: ms(median(seconds)) for name, seconds in taken.items() if seconds}


@contextmanager
def _clocks(taken: dict[str, list[float]]) -> Iterator[None]:
    """Each stage with a clock around it."""
    patches = [
        mock.patch.object(module, name, _timing(getattr(module, name), taken[stage]))
        for stage, (module, name) in STAGES.items()
    ]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def _timing(call: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    def timed(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            into.append(time.perf_counter() - began)

    return timed


def measure(*, quick: bool, progress: Progress) -> dict[str, Any]:
    """The part of results.json about the view."""
    bench = Bench(alternations=5 if quick else 7, rounds=6 if quick else 40, progress=progress)
    bench.settle()
    series = bench.interleaved()
    return {
        "guests": GUESTS,
        "cache": settings.CACHES["default"]["BACKEND"].rpartition(".")[2],
        "broker": "redis" if host.why_missing("redis") is None else "memory",
        "cells": {name: {**one.summary(), "statements": bench.statements(name)} for name, one in series.items()},
        "compared": {alias: _compared(alias, series) for alias in host.aliases()},
        "stages_ms": {alias: bench.stages(alias) for alias in host.aliases()},
        "verdicts": dict(bench.verdicts),
    }


def _compared(alias: str, series: dict[str, Series]) -> dict[str, Any]:
    bare = series[f"{alias}/bare"]
    extra = {view: added(series[f"{alias}/{view}"], bare) for view in VIEWS[1:]}
    slowest = {view: percentile(series[f"{alias}/{view}"].pooled(), 0.99) for view in ("bare", "guarded")}
    return {
        "added_p50_ms": {view: spread([value * 1000 for value in values], 3) for view, values in extra.items()},
        "to_one_ratelimit": against(extra["guarded"], extra["once"]),
        "to_three_ratelimits": against(extra["guarded"], extra["thrice"]),
        "to_one_ratelimit_cpu": against(_cpu_added(alias, series, "guarded"), _cpu_added(alias, series, "once")),
        "p50_to_bare": ratio(series[f"{alias}/guarded"], bare),
        "p99_added_ms": ms(slowest["guarded"] - slowest["bare"]),
        "p99_to_bare": round(slowest["guarded"] / slowest["bare"], 2),
    }


def _cpu_added(alias: str, series: dict[str, Series], view: str) -> list[float]:
    """The same in CPU time of this process, which other work on the machine disturbs less."""
    bare, mine = (series[f"{alias}/{name}"].medians("cpu") for name in ("bare", view))
    return [m - b for b, m in zip(bare, mine, strict=True)]
