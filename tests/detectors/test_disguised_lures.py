"""A lure is what it says, however it is written: every disguise leads to the verdict of the clean text (R28 to R30)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of
from tests.support import disguises

LURE = "Your PayPal account has been charged $499.99, call +1 805 302 8040 immediately"
# What a bakery writes to its guests, in every dress a lure wears.
INNOCENT = "Dear guests, our bakery has been open for ten years, come and celebrate on Friday"
# What a browser or a person reads without noticing anything, and honest writing too: accents, flags, other digits.
UNNOTICED = {
    *(
        "accents",
        "soft hyphen between",
        "soft hyphens",
        "flags",
        *disguises.DIGITS,
        *disguises.JOINED,
        *disguises.STROKES,
    ),
    *("underlined throughout", "in forum code", "line breaks written out"),
    *("decimal entities", "hexadecimal entities", "long entities", "entities twice"),
    *("comments", "line breaks that are none", "empty elements"),
    *("instead of a picture", "on a link", "for screen readers"),
}


@pytest.mark.requirement("R28", "R29", "R30", "R33")
@pytest.mark.parametrize("field", ["summary", "description", "location"])
@pytest.mark.parametrize("name", disguises.ALL)
def test_a_lure_in_disguise_is_a_lure(name: str, field: str) -> None:
    clean = verdict_of(event(**{"summary": "Hello", field: LURE})).verdict
    assert clean >= Verdict.HOLD
    assert verdict_of(event(**{"summary": "Hello", field: disguises.ALL[name](LURE)})).verdict >= clean


@pytest.mark.requirement("R28", "R29", "R30", "R33")
@pytest.mark.parametrize("name", disguises.ALL)
def test_an_innocent_text_in_the_same_dress_is_never_held(name: str) -> None:
    assert verdict_of(event(disguises.ALL[name](INNOCENT))).verdict <= Verdict.CHALLENGE


@pytest.mark.requirement("R28", "R29", "R30", "R33")
@pytest.mark.parametrize("name", sorted(disguises.ALL.keys() - UNNOTICED))
def test_each_disguise_of_a_lure_is_named(name: str) -> None:
    assert codes("disguise", attempt(event(disguises.ALL[name](LURE))))


@pytest.mark.requirement("R28", "R29")
@pytest.mark.parametrize("name", disguises.FONTS)
def test_fancy_letters_for_a_birthday_are_no_disguise(name: str) -> None:
    made = event(disguises.FONTS[name]("Happy birthday dear Anna"), description="Cake at four, bring your children")
    assert not codes("disguise", attempt(made))
    assert verdict_of(made).verdict is Verdict.ALLOW


@pytest.mark.requirement("R29")
@pytest.mark.parametrize("name", [*disguises.LOOK_ALIKES, *disguises.FONTS])
def test_a_brand_in_disguise_matches_the_brand(name: str) -> None:
    made = event("Hello", cn=disguises.ALL[name]("PayPal Billing"))
    assert "brand" in codes("impersonation", attempt(made))


@pytest.mark.requirement("R28")
def test_what_was_seen_through_the_disguise_is_told() -> None:
    made = verdict_of(event(LURE.replace("PayPal", "P\u0430yP\u0430l").replace("charged", "ch\u200barged")))
    lure = next(signal for signal in made.signals if signal.detector == "subject")
    assert lure.quote == "Your P\u0430yP\u0430l account has been ch\u200barged"
    assert (lure.start, lure.end) == (0, len(lure.quote))
    assert lure.read_as == "your paypal account has been charged"
    mixed = next(signal for signal in made.signals if signal.code == "mixed_script")
    assert (mixed.quote, mixed.read_as) == ("P\u0430yP\u0430l", "paypal")
    assert "U+0430 CYRILLIC SMALL LETTER A" in mixed.reason


def test_what_stands_there_openly_is_not_read_as_anything() -> None:
    made = verdict_of(event(LURE))
    assert {signal.read_as for signal in made.signals} == {""}
    assert any(signal.quote for signal in made.signals)
