"""Failures of CalGuard itself: recorded and counted, and never passed on to the host's request (R03)."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

log = logging.getLogger("calguard.alarm")
_counts: Counter[str] = Counter()


def raised(where: str, error: BaseException) -> None:
    """Record one failure, with its traceback. `where` is a stable name an operator can alarm on."""
    _counts[where] += 1
    log.error("calguard failed in %s: %s", where, type(error).__name__, exc_info=error, extra={"where": where})


def counts() -> Mapping[str, int]:
    """How often each part failed in this process since it started."""
    return dict(_counts)


@contextmanager
def shielded(where: str) -> Iterator[None]:
    """What fails inside is recorded, and the host goes on. Not for decisions: those have a declared failure mode."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  whatever it is, it is ours and not the host's
        raised(where, error)
