"""An update is judged as the whole event that results, with the version guests have, whoever accepted what before."""

from __future__ import annotations

from typing import Any

import pytest

from calguard import feedback, guard
from calguard.conf import conf
from calguard.content.reader import read
from calguard.guard import Verdict
from calguard.models import Decision
from outbound.models import Charge
from tests.guard.events import LURE, invitation
from tests.updates.events import START, mails_to, save

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R02")]
BEN, CLEO = "ben@home.example", "cleo@home.example"
BILL = "You have been charged 499.99 USD for your annual renewal"
CALL = "To cancel call +1 (805) 302-8040 within 24 hours"


def version(user: Any, **said: Any) -> bytes:
    return invitation(organizer=user.email, uid="plan@x.example", start=START, **said)


@pytest.mark.parametrize("days", [0.2, 10, 400])
def test_a_benign_event_that_was_accepted_and_becomes_a_lure(person: Any, days: float, clock: Any) -> None:
    user = person("x@free.example", days=days)
    assert save(user).may_send
    feedback.answered(conf.host.account(user), BEN, accepted=True)
    clock.shift(3600 * 20)
    decision = save(user, summary=LURE, sequence=1, previous=version(user))
    assert decision.verdict >= Verdict.CHALLENGE
    assert not decision.may_send
    assert len(mails_to(BEN)) == 1


@pytest.mark.parametrize("days", [0.2, 10, 400])
def test_a_lure_over_several_saves_of_one_event(person: Any, days: float, clock: Any) -> None:
    user = person("x@free.example", days=days)
    save(user, summary=BILL)
    clock.shift(3600 * 5)
    decision = save(user, summary=CALL, sequence=1, previous=version(user, summary=BILL))
    assert not decision.may_send
    signals = Decision.objects.get(pk=decision.id).signals
    assert "instalments" in {signal["detector"] for signal in signals}


def test_slice_by_slice(person: Any, clock: Any) -> None:
    """Each save adds a few harmless words: what counts is the event that they make."""
    user = person("x@free.example", days=2)
    said, decisions = "", []
    for number, part in enumerate(
        ("Your PayPal account", "was charged 499.99 USD.", "Not you?", "Call +1 (805) 302-8040")
    ):
        before, said = said, f"{said} {part}".strip()
        earlier = {"previous": version(user, summary=before)} if before else {}
        decisions.append(save(user, summary=said, sequence=number, **earlier))
        clock.shift(3600 * 3 + 411 * number)
    assert not decisions[-1].may_send
    assert f"{LURE[:12]}" not in mails_to(BEN)[-1] or "302-8040" not in mails_to(BEN)[-1]


@pytest.mark.requirement("R60")
def test_only_what_changed_for_a_guest_is_charged(person: Any, clock: Any) -> None:
    user = person()
    save(user, guests=[BEN])
    clock.shift(200)
    save(user, guests=[BEN, CLEO], sequence=1, previous=version(user, guests=[BEN]))
    assert sum(Charge.objects.filter(scope__startswith="account:").values_list("units", flat=True)) == 2
    clock.shift(330)
    save(user, guests=[BEN, CLEO], summary="Lunch at noon", sequence=2)
    assert sum(Charge.objects.filter(scope__startswith="account:").values_list("units", flat=True)) == 4


def test_ordinary_edits_pass(person: Any, clock: Any) -> None:
    user = person(days=400)
    drafts = (
        "Budget 2031",
        "Budget 2031: please call Ann, +49 30 901820, if late",
        "Budget 2031, 12 500 EUR",
        "Budget",
    )
    previous = None
    for number, said in enumerate(drafts):
        options = {"previous": previous} if previous else {}
        assert save(user, summary=said, sequence=number, **options).verdict <= Verdict.OBSERVE
        previous = version(user, summary=said)
        clock.shift(700 + 200 * number)
    assert read(previous or b"").summary == "Budget"
    assert guard.guest_states("e1")[0].state == "sent"
