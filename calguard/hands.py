"""What the page's own script counted while a form was filled in, read from its hidden field. Anybody can forge it."""

from __future__ import annotations

import json
import math
from collections.abc import Collection
from typing import Any

from calguard.engine.types import Input

FIELD = "calguard_hands"  # hidden field that calguard/static/calguard/hands.js fills
LONGEST = 1200  # characters; the script writes at most 400
MOST = 100_000  # of anything counted
GAPS = 32
TAIL = 16  # characters at the end of a nonce's signature, by which the script says which form it watched


def tail(nonce: str) -> str:
    """The part of a nonce that the script repeats."""
    return nonce[-TAIL:]


def read(written: str, tails: Collection[str]) -> Input | None:
    """The counts; None for what is no such thing, or belongs to another rendering than those posted.

    The field is JSON: {"n": tail of the nonce, "k": keys, "p": presses, "v": pastes, "f": fields, "t": trusted events,
    "d": dispatched events, "l": longest pause in ms or null, "g": [ms, ...], "w": 0 or 1}.
    """
    if not written or len(written) > LONGEST:
        return None
    try:
        given = json.loads(written)
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict) or not isinstance(given.get("n"), str) or given["n"] not in tails:
        return None
    gaps = given.get("g")
    return Input(
        keys=_count(given.get("k")),
        pointer=_count(given.get("p")),
        pastes=_count(given.get("v")),
        fields=_count(given.get("f")),
        trusted=_count(given.get("t")),
        dispatched=_count(given.get("d")),
        longest=_seconds(given.get("l")),
        gaps=tuple(gap for one in gaps[-GAPS:] if (gap := _seconds(one)) is not None) if isinstance(gaps, list) else (),
        webdriver=given.get("w") in (1, True),
    )


def _count(given: Any) -> int:
    return min(MOST, max(0, given)) if isinstance(given, int) and not isinstance(given, bool) else 0


def _seconds(given: Any) -> float | None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0 or given == math.inf:
        return None  # compared and not converted: an integer may be larger than any float
    return round(min(given, 86_400_000) / 1000, 4)
