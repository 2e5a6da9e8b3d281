"""What is kept of the facts is what `asdict` would keep."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from calguard.engine.types import Account, Audience, Behaviour, Client, Crowd, Input, Listing, Network
from calguard.plain import named


@pytest.mark.parametrize(
    "fact",
    [
        Account(id="a:1"),
        Account(id="a:1", addresses=frozenset({"ada@x.example"}), age_hours=3.5, paid=True),
        Audience(total=3, new_guests=None),
        Behaviour(click_gaps=(0.5, 1.5), breaks=frozenset({"hour"})),
        Crowd(shared=("text", "host")),
        Client(),
        Client(user_agent="x", input=Input(gaps=(0.1, 0.2), longest=2.0)),
        Network(listings=(Listing(zone="bl.example", code="127.0.0.2"), Listing(zone="b", code="c", confidence=0.5))),
    ],
    ids=lambda fact: type(fact).__name__,
)
def test_a_fact_is_kept_as_asdict_keeps_it(fact: object) -> None:
    told = named(fact)
    assert told == asdict(fact)  # type: ignore[call-overload]
    assert list(told) == list(asdict(fact))  # type: ignore[call-overload]
    assert json.dumps(told, default=sorted) == json.dumps(asdict(fact), default=sorted)  # type: ignore[call-overload]
