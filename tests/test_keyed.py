"""Pseudonyms differ by purpose and key; what was signed for one thing is no good for another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from calguard import keyed

OLD, NEW = "o" * 40, "n" * 40


@pytest.fixture
def rotated(settings: object) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "KEYS": {"new": NEW, "old": OLD}}  # type: ignore[attr-defined]


def test_a_pseudonym_is_stable_and_tells_its_key() -> None:
    digest, key_id = keyed.pseudonym("recipient", "a@example.org")
    assert (digest, key_id) == keyed.pseudonym("recipient", "a@example.org")
    assert key_id == "default"
    assert len(digest) == 64
    assert "example" not in digest


def test_purposes_cannot_be_joined() -> None:
    assert keyed.pseudonym("recipient", "x")[0] != keyed.pseudonym("device", "x")[0]
    assert keyed.secrets("altcha") != keyed.secrets("device")


@pytest.mark.usefixtures("rotated")
def test_rows_under_an_older_key_still_match() -> None:
    digest, key_id = keyed.pseudonym("recipient", "x")
    assert key_id == "new"
    newest, older = keyed.hashes("recipient", "x")
    assert newest == digest
    assert older != digest


def test_the_older_key_is_the_same_as_when_it_was_the_only_one(settings: object) -> None:
    given = settings.CALGUARD  # type: ignore[attr-defined]
    settings.CALGUARD = {**given, "KEYS": {"old": OLD}}  # type: ignore[attr-defined]
    before = keyed.pseudonym("recipient", "x")[0]
    settings.CALGUARD = {**given, "KEYS": {"new": NEW, "old": OLD}}  # type: ignore[attr-defined]
    assert before in keyed.hashes("recipient", "x")


def test_many_at_once_are_the_same_as_one_by_one() -> None:
    values = ["b", "a", "b", "ü\ud800"]
    assert keyed.pseudonyms("recipient", values) == [keyed.pseudonym("recipient", value)[0] for value in values]


def test_what_was_signed_comes_back() -> None:
    assert keyed.unsign("form", keyed.sign("form", {"a": 1, "b": "ü"})) == {"a": 1, "b": "ü"}


@pytest.mark.parametrize("given", ["", ":", "a:b:c", "é" * 10, "x" * 100_000, "\x00", "e30:1:2", "." * 50])
def test_what_was_not_signed_does_not(given: str) -> None:
    with pytest.raises(keyed.BadSignature):
        keyed.unsign("form", given)


def test_a_signature_is_for_one_purpose_and_every_letter_of_it_counts() -> None:
    signed = keyed.sign("form", {"a": 1})
    for wrong in (signed[:-1], signed + "x", "x" + signed, signed.swapcase()):
        with pytest.raises(keyed.BadSignature):
            keyed.unsign("form", wrong)
    with pytest.raises(keyed.BadSignature):
        keyed.unsign("secure", signed)


def test_a_signature_grows_old() -> None:
    with time_machine.travel("2026-06-15T10:00:00Z", tick=False) as clock:
        signed = keyed.sign("form", {"a": 1})
        clock.shift(timedelta(minutes=9))
        assert keyed.unsign("form", signed, max_age=timedelta(minutes=10)) == {"a": 1}
        clock.shift(timedelta(minutes=2))
        with pytest.raises(keyed.SignatureExpired):
            keyed.unsign("form", signed, max_age=timedelta(minutes=10))
