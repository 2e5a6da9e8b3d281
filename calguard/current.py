"""Which request the running code serves and what was decided in it, for parts that are told neither: the mail gate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(kw_only=True, slots=True, eq=False)
class Current:
    """One request under way. The list is shared with threads that the view runs in."""

    request: HttpRequest
    decisions: list[Any] = field(default_factory=list)  # calguard.recording.Recorded, in the order made


_current: ContextVar[Current | None] = ContextVar("calguard_current", default=None)


def current() -> Current | None:
    """The request under way, where the middleware runs; None in workers, commands and shells."""
    return _current.get()


def request() -> HttpRequest | None:
    here = _current.get()
    return here.request if here else None


def note(recorded: Any) -> None:
    """Remember it until the response is ready, so that a refusal whose rows were rolled back is recorded again."""
    here = _current.get()
    if here is not None:
        here.decisions.append(recorded)


@contextmanager
def serving(served: HttpRequest) -> Iterator[Current]:
    """Everything inside belongs to this request."""
    here = Current(request=served)
    token = _current.set(here)
    try:
        yield here
    finally:
        _current.reset(token)
