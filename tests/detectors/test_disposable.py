"""Throw-away addresses, and the many addresses that are none."""

from __future__ import annotations

import pytest

from calguard.engine.types import Lists, Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.requirement("R23")
@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("ines@ines-plumbing.example", set()),
        ("ines@gmail.com", set()),
        ("ines@gmx.de", set()),
        ("ines@city.ac.uk", set()),
        ("ines@mailinator.example", set()),
        ("ines@mailinator.com", {"address"}),
        ("ines@box7.mailinator.com", {"address"}),  # below a listed domain
        ("ines@guerrillamail.com", {"address"}),
    ],
)
def test_addresses(address: str, found: set[str]) -> None:
    assert codes("disposable", attempt(event(organizer=address))) == found
    expected = Verdict.CHALLENGE if found else Verdict.ALLOW
    for who in ("new", "trial"):
        assert verdict_of(event(organizer=address), who).verdict is expected


def test_the_operator_knows_better_in_both_directions() -> None:
    here = event(organizer="ines@rented.example")
    listed = Lists(extra_disposable=frozenset({"rented.example"}))
    assert codes("disposable", attempt(here, lists=listed)) == {"address"}
    spared = Lists(allow_domains=frozenset({"mailinator.com"}))
    assert not codes("disposable", attempt(event(organizer="ines@mailinator.com"), lists=spared))
