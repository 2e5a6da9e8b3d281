"""A refusal is told in plain words by its status code, and never in the words of whoever answered."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.utils import timezone, translation

from calguard import dispatch, guard, replies
from calguard.integrations.caldav import schedule_status
from outbound import ledger
from outbound.models import Delivery
from tests.guard.conftest import person, work
from tests.guard.events import invitation
from tests.guard.test_check import send

__all__ = ["person", "work"]

# Answers as servers give them; the first two columns are what is kept, and what it means.
ANSWERS = [
    ("", ""),  # nothing was answered yet
    ("TimeoutError: timed out", "away"),  # no answer, at any try
    ("host.deliver failed", "away"),
    ("a line with 5.1.1 in it", "away"),
    ("550 no such user", "unknown"),  # the bare code says: not found, no access, or policy
    ("550 Host 5.1.1.9 is blocked", "unknown"),  # an address, and no status
    ("550 4.1.1 odd", "unknown"),  # two classes in one answer
    ("550 see 5.7.1 below", "unknown"),  # not where RFC 2034 has it
    ("554 5.6.0 Message content", "unknown"),
    ("554 5.0.0 Other", "unknown"),
    ("501 5.5.4 Invalid arguments", "unknown"),
    ("552 5.2.2 Mailbox full", "full"),
    ("452 4.2.2 The email account that you tried to reach is over quota", "full"),
    ("552 exceeded storage allocation", "full"),
    ("550 5.1.1 <ben@home.example>: Recipient address rejected: User unknown", "no_such_address"),
    (
        "550-5.1.1 The email account that you tried to reach does not exist.\n5.1.1 Try double-checking",
        "no_such_address",
    ),
    ("550 #5.1.0 Address rejected", "no_such_address"),
    ("556 5.1.10 Recipient address has null MX", "no_such_address"),
    ("550 5.2.1 The email account is disabled", "no_such_address"),
    ("550 5.4.1 Recipient address rejected: Access denied", "no_such_address"),
    ("553 mailbox name not allowed", "no_such_address"),
    ("550 5.7.1 Message rejected as spam", "policy"),
    ("550 5.7.26 Unauthenticated mail", "policy"),
    ("554 5.7.509 Access denied", "policy"),
    ("552 5.3.4 Message size exceeds fixed limit", "too_large"),
    ("552 5.2.3 Too long", "too_large"),
    ("451 4.7.1 Greylisted, try again", "policy"),
    ("421 4.4.2 Connection dropped", "away"),
    ("450 busy", "away"),
    ("451 4.3.0 Try later", "away"),
    ("550 5.4.6 Routing loop", "away"),
    ("cannot be built: no DTSTART", "unusable"),
    ("address_unusable", "unusable"),
    (ledger.MISSED, "missed"),
    ("٥٥٠ 5.1.1 digits of another script", "away"),
    ("550 5." + "1" * 300, "unknown"),
]


@pytest.mark.parametrize(("said", "meant"), ANSWERS)
def test_an_answer_means_what_its_code_says(said: str, meant: str) -> None:
    assert replies.cause(said) == meant


def test_every_cause_has_words_and_every_word_a_cause() -> None:
    assert {*replies.FAILED, ""} == set(replies.CAUSES)
    assert {meant for _, meant in ANSWERS} == set(replies.CAUSES)


@pytest.mark.parametrize("language", ["en", "de", "es", "fr"])
def test_no_words_of_a_server_are_told_to_the_owner(language: str) -> None:
    with translation.override(language):
        for said, _ in ANSWERS:
            told = replies.failed(said) + replies.waits(said)
            assert not any(part in told for part in said.split() if len(part) > 11), told


def refuse(error: Exception):  # type: ignore[no-untyped-def]
    def refused(_self, _messages):  # type: ignore[no-untyped-def]
        raise error

    return refused


@pytest.mark.django_db(transaction=True)
@pytest.mark.requirement("R53")
def test_the_owner_reads_it_in_their_language_and_programs_have_a_code(person, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    said = b"5.1.1 <script>alert(1)</script> user unknown"
    decision = send(person(), invitation(), reference="9")
    error = smtplib.SMTPRecipientsRefused({"ben@home.example": (550, said)})
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse(error))
    dispatch.send(decision.submission, at=timezone.now())
    (state,) = guard.guest_states("9")
    assert (state.state, state.cause) == ("failed", "no_such_address")
    assert state.text == "could not be delivered: there is no such address, or it takes no mail any more"
    with translation.override("de"):
        assert "gibt es nicht" in guard.guest_states("9")[0].text
    assert schedule_status(state) == "3.7"
    assert Delivery.objects.get().error == f"550 {said.decode()}", "staff read what was said"


@pytest.mark.django_db(transaction=True)
def test_what_is_tried_again_says_so(person, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    decision = send(person(), invitation(), reference="9")
    at = timezone.now()
    for said, words in ((b"4.2.2 over quota", "the mailbox is full just now"), (b"busy", "cannot take it just now")):
        error = smtplib.SMTPRecipientsRefused({"ben@home.example": (452, said)})
        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse(error))
        dispatch.send(decision.submission, at=at)
        at += timedelta(hours=1)
        (state,) = guard.guest_states("9")
        assert (state.state, state.cause) == ("queued", "")
        assert words in state.text


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_away_is_no_fault_of_the_guests(person, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    def away(_self):  # type: ignore[no-untyped-def]
        raise OSError("no route")

    decision = send(person(), invitation(), reference="9")
    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.open", away)
    dispatch.send(decision.submission, at=timezone.now())
    (state,) = guard.guest_states("9")
    assert (state.state, state.text) == ("queued", "on its way")
