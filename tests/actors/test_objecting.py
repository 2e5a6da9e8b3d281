"""An objection to what became of a visitor's booking is about the visitor, whoever wrote it; the page owner has nothing
to do with it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts_risk.models import Restriction, Strike
from calguard import actors, guard, review
from calguard.conf import conf
from calguard.models import Appeal, Case, Decision
from calguard.statements import appealing
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from tests.actors.test_visitors import OFFICE, asked, book, row
from tests.guard.events import LURE, invitation
from tests.review.factories import make_user
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R16", "R92")]
EVE = "eve@home.example"


@pytest.fixture
def owner(person: Any) -> Any:
    return person()


@pytest.fixture
def visitor() -> str:
    return actors.visitor(asked(), EVE)


@pytest.fixture
def rita(db: None) -> Any:
    return make_user("rita", "view_case", "decide_case", "suspend_case")


@pytest.fixture
def omar(db: None) -> Any:
    return make_user("omar", "view_case", "decide_case", "suspend_case")


def decide(case: Case, reviewer: Any, outcome: str, label: str = "", **said: Any) -> Case:
    case.refresh_from_db()
    given = {"version": case.version, "outcome": outcome, "label": label, "reason": "looked", **said}
    decided = review.decide(case.pk, reviewer, at=timezone.now(), **given)
    drain()
    return decided


def test_of_what_waits_it_stays_in_the_visitors_case(owner: Any, visitor: str) -> None:
    held = row(book(owner, EVE, LURE))
    case = Case.objects.get()
    appealing.object_to(held, "It is a joke", by=visitor, at=timezone.now())
    assert Appeal.objects.get().case == case
    assert Case.objects.get().account == visitor


def test_of_what_was_decided_it_opens_a_case_about_the_visitor(owner: Any, visitor: str, rita: Any, omar: Any) -> None:
    first = row(book(owner, EVE, LURE))
    second = row(book(owner, EVE, f"{LURE} now", number=1))
    other = row(book(owner, "zoe@home.example", LURE, number=2, ip=OFFICE))
    for case in Case.objects.filter(state="open"):
        decide(case, rita, "restrict", "phish")
    assert {r.account for r in Restriction.objects.all()} == {visitor, other.actor}
    appealing.object_to(first, "It is a joke", by=visitor, at=timezone.now())
    case = Appeal.objects.get().case
    assert case is not None
    assert (case.account, case.state) == (visitor, "open")
    assert {one.pk for one in case.decisions.all()} == {first.pk, second.pk}, "with all that was decided of them"
    assert not Case.objects.filter(account=conf.host.account(owner)).exists()
    decide(case, omar, "restore", "innocent", telling=Telling(words="We were wrong."))
    assert Appeal.objects.get().state == "overturned"
    assert {r.account for r in Restriction.objects.all()} == {other.actor}, "and nobody else's is lifted"
    assert {s.account for s in Strike.objects.all()} == {other.actor}
    assert guard.can_send(owner).allowed


def test_the_page_owner_may_speak_up_for_a_visitor_and_stands_for_nothing(owner: Any, visitor: str, rita: Any) -> None:
    """Such as for a client who was refused: it is read in the visitor's case, and what is decided stops there."""
    refused = row(book(owner, EVE, LURE))
    decide(Case.objects.get(), rita, "deny", "phish")
    signed_in = Client()
    signed_in.force_login(owner)
    answer = signed_in.post(f"/calguard/appeal/{refused.code}/", {"text": "She is a client of ours"})
    assert answer.status_code == 302
    appeal = Appeal.objects.get()
    assert appeal.account == conf.host.account(owner)
    assert appeal.case is not None
    assert appeal.case.account == visitor
    omar = make_user("omar", "view_case", "decide_case", "suspend_case")
    decide(appeal.case, omar, "restrict", "phish", telling=Telling(words="No."))
    assert {r.account for r in Restriction.objects.all()} == {visitor}
    assert guard.can_send(owner).allowed
    assert not Statement.objects.filter(account=conf.host.account(owner), measure="restricted").exists()


def test_of_an_account_it_still_opens_a_case_about_the_account(person: Any, rita: Any) -> None:
    sender = person("x@free.example", days=0.1)
    with guard.sending(sender, invitation(organizer="x@free.example", summary=LURE), reference="2") as decision:
        pass
    drain()
    decide(Case.objects.get(), rita, "deny", "phish")
    held = Decision.objects.get(pk=decision.id)
    appealing.object_to(held, "Mine", by=held.account, at=timezone.now())
    case = Appeal.objects.get().case
    assert case is not None
    assert case.account == held.account
