"""Each part of a lure is shown with its words and its field; honest texts are not taken apart."""

from __future__ import annotations

import pytest

from calguard.engine.policy import Policy
from tests.detectors.making import attempt, codes, event, verdict_of

LURE = "Your PayPal account has been charged $499.99. If you did not authorize this, call +1 805 302 8040 immediately"


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "Dental check-up, fee $120, payable by PayPal, to cancel call (555) 010-4477",
        "Urgent: bring the plans, click here for the map https://maps.ines-plumbing.example",
        "Telegram group: @book_club",
    ],
)
def test_honest_texts_are_not_taken_apart(notes: str) -> None:
    assert codes("elements", attempt(event("Planning", description=notes))) == set()


@pytest.mark.requirement("R25")
def test_every_part_has_its_words_and_its_field() -> None:
    signals = {s.code: s for s in verdict_of(event("Planning", description=LURE)).signals if s.detector == "elements"}
    assert signals.keys() >= {"brand", "money", "phone", "urgency", "not_you"}
    assert {signal.field for signal in signals.values()} == {"DESCRIPTION"}
    assert signals["brand"].quote == "PayPal"
    assert signals["money"].quote == "$499.99"
    assert signals["phone"].quote == "+1 805 302 8040"
    assert signals["urgency"].quote == "immediately"
    assert LURE[signals["brand"].start : signals["brand"].end] == "PayPal"


@pytest.mark.requirement("R25")
def test_chats_and_wallets_are_parts_too() -> None:
    wallet = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
    made = event("You have won 2 BTC", description=f"Write to @desk_24 on Telegram or send the fee to {wallet}")
    assert codes("elements", attempt(made)) >= {"messenger", "wallet"}


def test_parts_weigh_nothing_by_themselves() -> None:
    points = Policy.shipped().points
    assert {points[name] for name in points if name.startswith("elements.")} == {0}
