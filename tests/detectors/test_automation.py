"""What people's forms look like, and what programs' forms look like."""

from __future__ import annotations

from typing import Any

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R12")
@pytest.mark.parametrize(
    ("client", "found"),
    [
        ({}, set()),  # CalDAV and API: nothing was observed
        ({"form_rendered": True, "form_seconds": 41.0}, set()),
        ({"form_rendered": True, "form_seconds": 6.0}, set()),  # a quick typist with a template
        ({"form_rendered": True, "form_seconds": 90_000.0}, set()),  # left open over night
        ({"form_seconds": 0.2, "registered": True}, set()),
        ({"form_rendered": True, "form_seconds": 0.8}, {"too_fast"}),
        ({"form_rendered": True, "form_seconds": -3.0}, {"too_fast"}),  # a forged time is no time
        ({"honeypot_filled": True}, {"honeypot"}),
        ({"form_rendered": False}, {"no_form"}),
        ({"form_rendered": False, "honeypot_filled": True, "form_seconds": 0.0}, {"no_form", "honeypot", "too_fast"}),
    ],
)
def test_forms(client: dict[str, Any], found: set[str]) -> None:
    assert codes("automation", attempt(client=client)) == found


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("client", [{"honeypot_filled": True}, {"form_rendered": False}])
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_a_challenge_comes_before_sending(client: dict[str, Any], who: str) -> None:
    assert verdict_of(event(), who, client=client).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), who, client=client | {"automation_cleared": True}).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R12")
@pytest.mark.parametrize(
    ("client", "behaviour", "found"),
    [
        ({}, {"form_uses": 3}, set()),  # back, changed, sent again; a second tab; a double click
        ({}, {"form_uses": 4}, {"form_reused"}),
        ({"registered": True}, {"form_uses": 9}, set()),
        ({"steps": 0}, {"attempts_10m": 2}, set()),
        ({"steps": None}, {"attempts_10m": 9}, set()),  # not observed: a page that writes by its own script
        ({"steps": 1}, {"attempts_10m": 9}, set()),
        ({"steps": 0}, {"attempts_10m": 3}, {"no_pages"}),
    ],
)
def test_one_form_for_many_events_and_no_page_between_them(
    client: dict[str, Any], behaviour: dict[str, Any], found: set[str]
) -> None:
    assert codes("automation", attempt(client=client, behaviour=behaviour)) == found


def test_a_reused_form_is_asked_about_and_missing_pages_only_noted() -> None:
    assert verdict_of(event(), "trial", behaviour={"form_uses": 6}).verdict is Verdict.CHALLENGE
    page_with_a_script_of_its_own = verdict_of(event(), "established", behaviour={"form_uses": 6})
    assert page_with_a_script_of_its_own.verdict <= Verdict.OBSERVE
    unseen = verdict_of(event(), "new", client={"steps": 0}, behaviour={"attempts_10m": 4})
    assert unseen.verdict is Verdict.OBSERVE
