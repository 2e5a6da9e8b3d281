"""A new telephone on a journey, and somebody else with the password."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

LURE = "Your Norton LifeLock subscription has been renewed for $398.66, call 1 814 270 9574"
EVERY_BREAK = frozenset({"language", "hosts", "guests", "hour"})
ALL_SIGNS: dict[str, Any] = {
    "client": {"known_device": False},
    "network": {"known_prefix": False},
    "account": {"credential_change_hours": 1.0},
}


@pytest.mark.requirement("R57")
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, set()),
        ({"client": {"known_device": False}}, set()),  # a new telephone
        ({"network": {"known_prefix": False}}, set()),  # a journey
        ({"account": {"credential_change_hours": 3.0}}, set()),  # a new password
        ({"client": {"known_device": None}, "network": {"known_prefix": None}}, set()),  # history not known
        ({"client": {"known_device": False}, "network": {"known_prefix": False}}, {"hint"}),
        (ALL_SIGNS, {"signs"}),
        (ALL_SIGNS | {"account": {"credential_change_hours": 24.0 * 30}}, {"hint"}),
        # Breaks with history, alone and beside one sign: a holiday, a new customer, a new telephone.
        ({"behaviour": {"breaks": EVERY_BREAK, "dormant_days": 200.0}}, set()),
        ({"client": {"known_device": False}, "behaviour": {"breaks": frozenset({"language", "hosts"})}}, set()),
        (
            {"client": {"known_device": False}, "behaviour": {"breaks": frozenset({"language", "hosts", "hour"})}},
            {"hint"},
        ),
        (
            {
                "client": {"known_device": False},
                "network": {"known_prefix": False},
                "behaviour": {"breaks": frozenset({"guests"})},
            },
            {"hint"},
        ),
        (
            {
                "client": {"known_device": False},
                "network": {"known_prefix": False},
                "behaviour": {"breaks": frozenset({"guests"}), "dormant_days": 100.0},
            },
            {"signs"},
        ),
    ],
)
def test_signs(changes: dict[str, Any], found: set[str]) -> None:
    assert codes("hijack", attempt(event(), "established", **changes)) == found


def test_everything_is_new_about_a_new_account() -> None:
    assert not codes("hijack", attempt(event(), "new", **ALL_SIGNS))


@pytest.mark.requirement("R57")
def test_innocent_events_cost_a_proof_and_lures_are_held_with_word_to_the_owner() -> None:
    innocent, abusive = verdict_of(event(), "hijacked"), verdict_of(event(LURE), "hijacked")
    assert innocent.verdict is Verdict.CHALLENGE
    assert "alert" not in innocent.actions
    assert abusive.verdict >= Verdict.HOLD
    assert {"hold", "alert"} <= set(abusive.actions)


KNOWN = (None, True, False)
CHANGED = (None, 1.0, 24.0 * 30)
BREAKS = (frozenset(), frozenset({"language"}), frozenset({"hosts", "guests"}), EVERY_BREAK)


@pytest.mark.requirement("R57")
@pytest.mark.parametrize("who", ["trial", "established", "longtime"])
@pytest.mark.parametrize("dormant", [None, 20.0, 400.0])
def test_no_combination_of_signs_does_more_than_ask_without_abusive_content(who: str, dormant: float | None) -> None:
    """All of them together, with what usually comes along, are a question at most, and never word of theft."""
    for device, prefix, changed, breaks in product(KNOWN, KNOWN, CHANGED, BREAKS):
        judged = verdict_of(
            event("Lunch", description="See the menu at https://menu.example/today"),
            who,
            client={"known_device": device},
            network={"known_prefix": prefix, "lists": frozenset({"vpn", "hosting"})},
            account={"credential_change_hours": changed},
            behaviour={"breaks": breaks, "dormant_days": dormant, "strangers_day": 30},
        )
        assert judged.verdict <= Verdict.CHALLENGE, (device, prefix, changed, breaks)
        assert not {"alert", "restrict", "suspend"} & set(judged.actions)
