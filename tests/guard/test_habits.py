"""In what an attempt is unlike its account: each kind by itself, and never too early."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from accounts_risk.ledger import Habits
from calguard import habits
from calguard.content.reader import read
from tests.conftest import NOW
from tests.guard.events import invitation

DE = "Wir treffen uns am Montag und gehen die Zahlen durch, bitte bring die Plaene mit"
EN = "Please see the agenda for the meeting and let us know if you are late"
USUAL: dict[str, Any] = {"description": f"{DE} https://plans.firma.example/x", "guests": ["a@firma.example"]}


def traits(*, hour: int = 10, own: frozenset[str] = frozenset(), **given: Any) -> habits.Traits:
    return habits.traits(read(invitation(**{**USUAL, **given})), NOW.replace(hour=hour), own)


def learned(times: int = 40, **given: Any) -> Habits:
    known = Habits()
    for step in range(times):
        now = traits(hour=9 + step % 4, **given)
        circles = [circle for circle, _ in now.circles]
        known = known.after(hour=now.hour, language=now.language, hosts=now.hosts, circles=circles)
    return known


@pytest.mark.requirement("R57")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({}, set()),
        ({"description": "Kurz"}, set()),  # too short to tell
        ({"description": DE}, set()),  # no link is no new link
        ({"guests": ["new@client.example"]}, set()),  # one new guest
        ({"guests": ["a@firma.example", "b@firma.example", "c@new.example", "d@new.example"]}, set()),  # half are new
        ({"hour": 7}, set()),
        ({"description": EN}, {"language"}),
        ({"description": f"{DE} https://elsewhere.example/x"}, {"hosts"}),
        ({"guests": [f"g{n}@new{n}.example" for n in range(4)]}, {"guests"}),
        ({"hour": 2}, {"hour"}),
    ],
)
def test_kinds(given: dict[str, Any], found: set[str]) -> None:
    assert habits.breaks(learned(), traits(**given)) == found


def test_an_account_with_little_behind_it_has_no_habits() -> None:
    now = traits(description=f"{EN} https://elsewhere.example/x", hour=2)
    assert habits.breaks(learned(5), now) == frozenset()
    assert "hour" not in habits.breaks(learned(20), now)


def test_its_own_domains_say_nothing() -> None:
    own = frozenset({"elsewhere.example"})
    now = traits(description=f"{DE} https://elsewhere.example/x", guests=["x@elsewhere.example"] * 4, own=own)
    assert (now.hosts, now.circles) == ((), ())


def test_nothing_that_can_be_read_is_kept() -> None:
    stored = str(learned().written())
    assert not any(word in stored for word in ("firma", "plans", "treffen", "example"))
    assert len(stored) < 1000


def test_the_middle_of_the_night_is_near_its_edges() -> None:
    night = replace(Habits(), sends=40, hours=(20, *[0] * 22, 20))
    for hour in (21, 22, 2, 3):
        assert habits.breaks(night, traits(hour=hour, description=DE)) == frozenset()
    assert habits.breaks(night, traits(hour=12, description=DE)) == {"hour"}
