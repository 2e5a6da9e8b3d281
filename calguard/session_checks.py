"""What is wrong with where a host keeps its sessions, said at start-up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Warning  # noqa: A004  Django's own name

from calguard.conf import conf
from calguard.host import Host

SESSIONS_KEPT = "calguard.W007"

Found = Iterator[CheckMessage]


def cookies() -> Found:
    """Where sessions live in cookies, nobody can end a thief's."""
    in_cookies = settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies"
    if in_cookies and type(conf.host).end_sessions is Host.end_sessions:
        said = "Sessions live in signed cookies: those of an account that was taken over end with a new password only."
        hint = "Use another SESSION_ENGINE, or end them in end_sessions of the class that CALGUARD['HOST'] names."
        yield Warning(said, hint=hint, id=SESSIONS_KEPT)


PARTS: tuple[Callable[[], Found], ...] = (cookies,)
