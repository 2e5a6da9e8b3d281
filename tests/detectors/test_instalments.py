"""Events that follow each other are read as one, and only the one that completes a lure is told of it."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

BILL = "Invoice 88231 from the PayPal billing department"
CHARGE = "You have been charged 499.99 USD for your annual renewal"
CALL = "To cancel call +1 (805) 302-8040 within 24 hours"


@pytest.mark.requirement("R27")
@pytest.mark.parametrize(
    ("summary", "recent"),
    [
        ("Lunch", ()),
        ("Piano lesson 4, 35 EUR, 030 901820", tuple(f"Piano lesson {n}, 35 EUR, 030 901820" for n in range(3))),
        ("Dentist, call +49 30 901820", ("Pay the PayPal bill of Netflix", "Cinema with Omar")),
        (
            "Parents' evening",
            ("Excursion: 12 EUR per child", "Please call the school at 030 901820 if your child is ill"),
        ),
        (CALL, (CALL, CALL)),
        ("Lunch", (BILL, CHARGE, CALL)),  # the lure was complete before, and was told then
    ],
)
@pytest.mark.parametrize("who", ["new", "trial"])
def test_ordinary_events_one_after_another(summary: str, recent: tuple[str, ...], who: str) -> None:
    assert not codes("instalments", attempt(event(summary), who, recent=recent))


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("who", ["new", "trial"])
@pytest.mark.parametrize(
    ("summary", "recent"),
    [
        (CALL, (BILL, CHARGE)),
        (CHARGE, (CALL,)),
        ("302-8040 within 24 hours", (CHARGE, "To cancel call +1 (805)")),
    ],
)
def test_the_last_piece(summary: str, recent: tuple[str, ...], who: str) -> None:
    made = event(summary)
    assert codes("instalments", attempt(made, who, recent=recent)) == {"lure"}
    judged = verdict_of(made, who, recent=recent)
    assert judged.verdict >= Verdict.THROTTLE
    assert not codes("instalments", attempt(made, who, recent=recent, audience={"external": 0}))
    assert not codes("instalments", attempt(made, "established", recent=recent))


@pytest.mark.requirement("R02", "R27")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_versions_of_one_event_are_read_together(who: str) -> None:
    """Guests have the version before: half of a lure in each of two saves is a lure."""
    made = event(CALL)
    assert codes("instalments", attempt(made, who, previous=event(CHARGE))) == {"versions"}
    assert verdict_of(made, who, previous=event(CHARGE)).verdict >= Verdict.HOLD
    for earlier in (event("Call the bank"), event(CALL), None):
        assert not codes("instalments", attempt(made, who, previous=earlier))
    assert not codes("instalments", attempt(event("Lunch"), who, previous=event(f"{CHARGE}. {CALL}"))), "told then"
