"""Events are sent by whom they belong to."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

OWN = frozenset({"ines@ines-plumbing.example", "office@ines-plumbing.example"})
MINE = {"addresses": OWN, "email": "ines@ines-plumbing.example"}


@pytest.mark.requirement("R08")
@pytest.mark.parametrize(
    ("content", "account", "found"),
    [
        ({}, MINE, set()),
        ({"organizer": "Ines@Ines-Plumbing.example"}, MINE, set()),
        ({"organizer": "office@ines-plumbing.example"}, MINE, set()),
        ({"organizer": "office@ines-plumbing.example", "guests": ("ines@ines-plumbing.example",)}, MINE, set()),
        ({"organizer": "boss@elsewhere.example"}, {"addresses": frozenset(), "email": ""}, set()),  # host knows nothing
        ({"organizer": "boss@elsewhere.example"}, MINE, {"mismatch"}),
        ({"organizer": "ines@ines-plumbing.example.evil.example"}, MINE, {"mismatch"}),
        ({"lines": ("X-NOTE:x",), "organizer": "ceo@victim.example", "method": "CANCEL"}, MINE, {"mismatch"}),
    ],
)
def test_whose_event(content: dict[str, Any], account: dict[str, Any], found: set[str]) -> None:
    made = event(**content)
    assert codes("organizer", attempt(made, account=account)) == found
    judged = verdict_of(made, "established", account=account)
    assert judged.verdict is (Verdict.DENY if found else Verdict.ALLOW)
    if found:
        assert judged.reasons[0] == "organizer_not_yours"


@pytest.mark.requirement("R08")
def test_sending_on_behalf_needs_to_be_of_the_account_too() -> None:
    foreign = event(organizer='ines@ines-plumbing.example"', cn='Ines";SENT-BY="mailto:spy@elsewhere.example')
    del foreign
    made = event(cn='Ines;SENT-BY="mailto:spy@elsewhere.example"')
    assert codes("organizer", attempt(made, account=MINE)) == {"mismatch"}
    known = event(cn='Ines;SENT-BY="mailto:office@ines-plumbing.example"')
    assert not codes("organizer", attempt(known, account=MINE))


@pytest.mark.requirement("R09")
@pytest.mark.parametrize("method", ["REQUEST", "CANCEL", "ADD", "PUBLISH"])
def test_a_guest_does_not_send_what_organisers_send(method: str) -> None:
    made = event(organizer="host@elsewhere.example", guests=("ines@ines-plumbing.example",), method=method)
    assert codes("organizer", attempt(made, account=MINE)) == {"wrong_role"}
    assert verdict_of(made, "established", account=MINE).verdict is Verdict.DENY


@pytest.mark.requirement("R09")
@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "REFRESH"])
def test_a_guest_answers_for_itself_only(method: str) -> None:
    mine = event(organizer="host@elsewhere.example", guests=("ines@ines-plumbing.example",), method=method)
    other = event(organizer="host@elsewhere.example", guests=("somebody@third.example",), method=method)
    assert not codes("organizer", attempt(mine, account=MINE))
    assert codes("organizer", attempt(other, account=MINE)) == {"wrong_role"}
