"""What comes in the script's field is read with suspicion, and never more is made of it than counts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calguard import hands
from calguard.engine.types import Input

NONCE = "eyJhdCI6MX0:1abc:" + "s" * 43
TAIL = {hands.tail(NONCE)}
WHOLE = {"n": "s" * 16, "k": 12, "p": 3, "v": 1, "f": 2, "t": 40, "d": 0, "l": 1500, "g": [120, 95.5], "w": 0}


def read(**changed: Any) -> Input | None:
    return hands.read(json.dumps(WHOLE | changed), TAIL)


def test_what_the_script_writes() -> None:
    assert read() == Input(
        keys=12, pointer=3, pastes=1, fields=2, trusted=40, dispatched=0, longest=1.5, gaps=(0.12, 0.0955)
    )
    assert read(l=None, g=[]) is not None
    assert read(w=1) == read(w=True) != read()


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("nonce", ["t" * 16, "", None, 7, "s" * 15, ["s" * 16], {"s": 1}])
def test_counts_of_another_rendering_are_no_counts(nonce: Any) -> None:
    """Once recorded by hand, they cannot be sent with every form."""
    assert read(n=nonce) is None
    assert hands.read(json.dumps(WHOLE), set()) is None


@pytest.mark.parametrize(
    "written", ["", "no JSON", "[]", "7", "null", "{}", "[" * 900, '"' + "x" * 2000 + '"', "{" * 1200]
)
def test_what_is_none_of_ours_says_nothing(written: str) -> None:
    assert hands.read(written, TAIL) is None


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"k": -5}, {"keys": 0}),
        ({"k": 10**30}, {"keys": hands.MOST}),
        ({"k": "12"}, {"keys": 0}),
        ({"k": True}, {"keys": 0}),
        ({"l": -1}, {"longest": None}),
        ({"l": "long"}, {"longest": None}),
        ({"l": 1e300}, {"longest": 86_400.0}),
        ({"l": 10**400}, {"longest": 86_400.0}),
        ({"g": [10**400, 5]}, {"gaps": (86_400.0, 0.005)}),
        ({"g": "120"}, {"gaps": ()}),
        ({"g": [1, "2", None, True, [], -3, 4]}, {"gaps": (0.001, 0.004)}),
        ({"g": list(range(100))}, {"gaps": tuple(n / 1000 for n in range(68, 100))}),
        ({"w": "yes"}, {"webdriver": False}),
    ],
)
def test_forged_counts_stay_counts(changed: dict[str, Any], found: dict[str, Any]) -> None:
    seen = read(**changed)
    assert seen is not None
    assert {name: getattr(seen, name) for name in found} == found


def test_infinity_is_no_number() -> None:
    seen = hands.read('{"n": "ssssssssssssssss", "l": Infinity, "g": [NaN, 5]}', TAIL)
    assert seen is not None
    assert (seen.longest, seen.gaps) == (None, (0.005,))


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=5))
def test_nothing_crashes(value: Any) -> None:
    hands.read(json.dumps(WHOLE | {"k": value, "l": value, "g": [value], "w": value}), TAIL)
    hands.read(json.dumps(WHOLE | {"n": value}), TAIL)
