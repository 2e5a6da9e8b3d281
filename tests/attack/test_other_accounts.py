"""Ways to make somebody else pay, and to write what no row can hold."""

from __future__ import annotations

import json

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts_risk import ledger as people
from calguard import current, enforcement, guard
from calguard.conf import conf
from calguard.integrations.mail import Denied
from calguard.models import Decision, Enforcement
from outbound.models import Submission
from tests.guard.events import LURE, invitation

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def gate(settings):
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
    settings.CALGUARD = {**settings.CALGUARD, "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend"}


def refused_often(account):
    """An account that a held attempt more brings a restriction."""
    for number in range(6):
        Decision.objects.create(
            code=f"CODE-{number:04d}",
            account=account,
            channel="web",
            verdict=guard.Verdict.HOLD,
            enforced=True,
            score=100,
            created_at=timezone.now(),
            content_hash=f"{number:064d}",
            guests_hash="",
            similarity=f"{number:064d}",
            policy_version="",
            tier="trial",
            recipients=1,
            degraded=False,
            reasons=[],
            signals=[],
            actions=[],
            facts={},
        )


def forged(victim):
    message = EmailMultiAlternatives(
        "Invitation", "You are invited.", "no-reply@calendar.example", ["ben@home.example"]
    )
    message.attach("invite.ics", invitation(organizer=victim.email, summary=LURE), "text/calendar; method=REQUEST")
    try:
        return message.send()
    except Denied:
        return 0


@pytest.mark.requirement("R64")
@pytest.mark.usefixtures("gate")
def test_a_forged_organiser_keeps_the_mail_back_and_costs_its_owner_nothing(person, work):
    victim = person("v@free.example", days=10)
    refused_often(conf.host.account(victim))
    assert forged(victim) == 0
    work()
    assert not people.active(conf.host.account(victim), at=timezone.now())
    assert not Enforcement.objects.filter(action="restrict").exists()


@pytest.mark.usefixtures("gate")
def test_whoever_is_signed_in_answers_for_it(person, work, rf):
    user = person("v@free.example", days=10)
    refused_often(conf.host.account(user))
    request = rf.post("/")
    request.user = user
    with current.serving(request):
        assert forged(user) == 0
    work()
    [ordered] = Enforcement.objects.filter(action="restrict", account=conf.host.account(user))
    assert ordered.due_at is not None, "later than decided"
    enforcement.run_owner(ordered.owner, at=ordered.due_at)
    assert people.active(conf.host.account(user), at=timezone.now())


def test_a_long_reference_is_found_again(person):
    reference = "/dav/" + "x" * 400 + ".ics"
    with guard.sending(person(), invitation(), reference=reference) as decision:
        pass
    assert len(Decision.objects.get().reference) <= 200
    assert [state.state for state in guard.guest_states(reference)] == ["queued"]
    guard.withdraw(reference)
    assert Submission.objects.get(pk=decision.submission).state == "withdrawn"


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("bad", ["\0", "\ud800", "\u202e", "\x1b[31m"])
@pytest.mark.parametrize("place", ["summary", "name", "uid", "organizer", "guest", "extra", "method"])
def test_no_character_keeps_an_attempt_off_the_record(person, bad, place):
    user = person("x@free.example", days=0.5)
    text = invitation(organizer="x@free.example", summary="SUM", description=LURE, name="NAM", uid="UUU").decode()
    swap = {
        "summary": ("SUM", f"SU{bad}M {LURE}"),
        "name": ("NAM", f"PayPal{bad} Support"),
        "uid": ("UUU", f"U{bad}U"),
        "organizer": ("mailto:x@free.example", f"mailto:ceo{bad}@bank.example"),
        "guest": ("ben@home.example", f"ben{bad}@home.example"),
        "extra": ("END:VEVENT", f"LOCATION:a{bad}b\r\nATTACH:https://x{bad}y.example/\r\nEND:VEVENT"),
        "method": ("METHOD:REQUEST", f"METHOD:REQ{bad}UEST"),
    }[place]
    body = text.replace(*swap).encode("utf-8", "surrogatepass")
    decision = guard.check(user, body, reference=f"r{bad}", actor=f"a{bad}")
    row = Decision.objects.get(pk=decision.id)
    assert row.verdict >= guard.Verdict.HOLD
    written = json.dumps([row.signals, row.reasons, row.facts, row.uid, row.method, row.reference, row.actor])
    assert "\\u0000" not in written
    assert "\\ud800" not in written
