"""Every public code has words of its own, which name no threshold, no rule and nobody's guilt."""

from __future__ import annotations

import re

import pytest
from django.utils import translation

from calguard import outcomes, reasons
from calguard.engine.reasons import Reason
from calguard.engine.types import Verdict


@pytest.mark.requirement("R53")
@pytest.mark.parametrize("code", list(Reason))
def test_every_code_has_a_text(code: Reason) -> None:
    said = reasons.text(code)
    assert said != reasons.UNKNOWN
    assert said[0].isupper()
    assert said.endswith(".")
    assert len(said) < 160


@pytest.mark.requirement("R53")
def test_no_text_gives_the_check_away_or_blames_anybody() -> None:
    everything = [*reasons.TEXTS.values(), *reasons.HEADLINES.values(), *reasons.NEXT_STEPS.values()]
    said = " ".join(map(str, everything)).lower()
    for word in (
        "spam",
        "fraud",
        "abus",
        "score",
        " points",
        "rule",
        "threshold",
        "policy",
        "suspicious",
        "detect",
        "honeypot",
    ):
        assert word not in said
    assert not re.search(r"\d", said)


def test_the_texts_differ() -> None:
    assert len({str(text) for text in reasons.TEXTS.values()}) == len(reasons.TEXTS) == len(Reason)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        ("", ""),
        ("X-UNHEARD-OF", ""),
        ("SUMMARY", "the title"),
        ("SUMMARY;LANGUAGE", "the title"),
        ("VALARM.DESCRIPTION", "a reminder"),
        ("ATTENDEE;CN", "the guest list"),
        ("account.name", "your account's name"),
    ],
)
def test_a_field_is_named_as_the_form_does(field: str, place: str) -> None:
    assert reasons.place(field) == place
    said = reasons.text("hidden_text", field)
    assert said.endswith(f"({place})" if place else ".")


def test_the_reasons_of_a_verdict_name_the_places_once_and_the_strongest_first() -> None:
    seen = [
        ("hidden_text", "LOCATION"),
        ("hidden_text", "SUMMARY"),
        ("link_unsafe", "X-ODD"),
        ("hidden_text", "LOCATION"),
    ]
    hidden, unsafe, many = reasons.texts(["hidden_text", "link_unsafe", "too_many_guests"], seen)
    assert hidden.endswith("(the place, the title)")
    assert unsafe == reasons.text("link_unsafe")
    assert many == reasons.text("too_many_guests")


def test_a_code_nobody_knows_still_gives_a_sentence() -> None:
    assert reasons.text("from_a_later_version") == str(reasons.UNKNOWN)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_says_what_happens_next(verdict: Verdict) -> None:
    assert reasons.headline(verdict)
    assert reasons.next_step(verdict)


def test_every_outcome_of_a_review_is_told() -> None:
    assert all(reasons.outcome(name) for name in outcomes.OUTCOMES)


def test_texts_are_made_when_read() -> None:
    with translation.override("de"):
        assert isinstance(reasons.text("link_unsafe"), str)


@pytest.mark.requirement("R53")
@pytest.mark.parametrize("code", ["looks_automated", "sending_too_fast"])
def test_a_check_is_promised_only_where_one_is_offered(code: str) -> None:
    assert reasons.text(code, verdict=Verdict.CHALLENGE).endswith("One short check will tell.")
    for verdict in (None, Verdict.THROTTLE, Verdict.HOLD, Verdict.DENY):
        assert "check" not in reasons.text(code, verdict=verdict).lower()
    assert reasons.texts([code], [(code, "SUMMARY")], verdict=Verdict.DENY)[0].endswith(" (the title)")
