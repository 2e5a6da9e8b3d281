"""Who books a time with somebody answers for it alone: the owner of the page has nothing to do with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Restriction, Sighting, Strike
from calguard import actors, feedback, guard, review
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import Case, Decision, Enforcement
from outbound.models import Charge, Submission
from tests.actors.browsing import posted
from tests.guard.events import LURE, invitation
from tests.review.factories import make_user
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R16")]
PAGE = "Talk with Dr Berg"
HOME, OFFICE = "198.51.100.7", "203.0.113.9"


def asked(ip: str = HOME) -> Any:
    return posted("/book/", ip)


def book(owner: Any, guest: str, said: str = "", *, ip: str = HOME, number: int = 0, **options: Any) -> guard.Decision:
    event = invitation(organizer=owner.email, guests=[guest], summary=PAGE, uid=f"b{number}-{guest}")
    texts = {"booking.answer": said} if said else {}
    with guard.sending(
        owner, event, channel="booking", request=asked(ip), extra_texts=texts, reference=f"b{number}", **options
    ) as decision:
        pass
    drain()
    return decision


def row(decision: guard.Decision) -> Decision:
    return Decision.objects.get(pk=decision.id)


def test_who_a_visitor_is() -> None:
    at_home, at_work = asked(HOME), asked(OFFICE)
    eve = actors.visitor(at_home, "eve@home.example")
    assert actors.kind(eve) == "visitor"
    assert "eve" not in eve
    assert HOME not in eve
    assert eve == actors.visitor(at_home, "EVE@home.example")
    assert len({eve, actors.visitor(at_work, "eve@home.example"), actors.visitor(at_home, "zoe@home.example")}) == 3
    assert actors.kind(actors.visitor(None)) == "visitor"
    assert actors.kind("auth.user:5") == actors.kind("") == actors.kind("nobody:5") == ""
    assert actors.own_account(actors.delegate("auth.user:5")) == "auth.user:5"
    assert actors.own_account(eve) == ""


def test_an_office_books_with_a_doctor(person: Any, clock: Any) -> None:
    """Sixty people behind one address, in one working day: all of them are let in."""
    doctor = person()
    clock.move_to("2026-06-15 08:00+02:00")
    for number in range(60):
        decision = book(doctor, f"staff{number}@home.example", number=number, ip=OFFICE)
        assert decision.verdict is Verdict.ALLOW, (number, decision.reasons, row(decision).signals)
        clock.shift(300 + 97 * (number % 5) + 13 * (number % 7))
    assert set(Submission.objects.values_list("state", flat=True)) == {"sent"}
    event = invitation(organizer=doctor.email, guests=["ben@home.example"], uid="own@x", summary="Lunch")
    with guard.sending(doctor, event) as decision:
        pass
    assert decision.verdict is Verdict.ALLOW
    facts = row(decision).facts
    assert facts["behaviour"]["attempts_hour"] == facts["behaviour"]["recipients_week"] == 0


def test_a_visitor_has_a_record_and_a_tier_of_their_own(person: Any, clock: Any) -> None:
    doctor = person()
    first = row(book(doctor, "eve@home.example"))
    assert (first.account, first.tier) == (conf.host.account(doctor), "new")
    assert first.actor == actors.visitor(asked(), "eve@home.example")
    clock.shift(timedelta(days=3))
    again = row(book(doctor, "eve@home.example", number=1))
    assert (again.actor, again.tier) == (first.actor, "trial")
    clock.shift(timedelta(days=60))
    assert row(book(doctor, "eve@home.example", number=2)).tier == "trial", "time alone makes no one of trust"


def test_abuse_leaves_no_trace_on_the_owner(person: Any, clock: Any) -> None:
    owner = person(days=20)
    account = conf.host.account(owner)
    for number in range(8):
        assert book(owner, f"victim{number}@home.example", LURE, number=number).verdict >= Verdict.HOLD
        clock.shift(400 + 71 * number)
    assert guard.can_send(owner).allowed
    assert not Case.objects.filter(account=account).exists()
    assert not Enforcement.objects.filter(account=account, action__in=["restrict", "suspend", "alert"]).exists()
    assert not Sighting.objects.filter(account=account).exists()
    event = invitation(organizer=owner.email, uid="own@x", summary="Lunch")
    with guard.sending(owner, event, request=asked("192.0.2.1")) as decision:
        pass
    assert decision.verdict is Verdict.ALLOW, row(decision).signals
    assert row(decision).facts["behaviour"]["refused_week"] == 0
    assert row(decision).facts["behaviour"]["attempts_10m"] == 0
    assert not Charge.objects.filter(scope=f"account:{account}").exists()


def test_a_persons_verdict_reaches_the_visitor(person: Any, clock: Any) -> None:
    owner = person()
    book(owner, "victim@home.example", LURE)
    case = Case.objects.get()
    visitor = actors.visitor(asked(), "victim@home.example")
    assert case.account == visitor
    review.decide(
        case.pk,
        make_user("rita", "view_case", "decide_case"),
        version=case.version,
        outcome="restrict",
        label="phish",
        reason="a lure",
        at=timezone.now(),
    )
    drain()
    assert {r.account for r in Restriction.objects.all()} == {visitor}
    assert {s.account for s in Strike.objects.all()} == {visitor}
    assert guard.can_send(owner).allowed
    clock.shift(300)
    refused = book(owner, "victim@home.example", "See you", number=1)
    assert refused.is_refused
    assert book(owner, "zoe@home.example", number=2, ip=OFFICE).may_send
    other = person("carl@clinic.example")
    assert book(other, "victim@home.example", number=3).is_refused, "on every page"


def test_a_restricted_owner_takes_no_bookings(person: Any) -> None:
    owner = person()
    now = timezone.now()
    people.restrict(
        conf.host.account(owner), "sending", "case:1", "spam", by_human=True, at=now, expires_at=now + timedelta(days=1)
    )
    assert book(owner, "eve@home.example").is_refused


def test_the_same_visitor_again_and_again(person: Any, clock: Any) -> None:
    """One network, pages without end, faster than anybody books: asked whether they are human, then limited."""
    owners = [person(f"coach{n}@clinic.example") for n in range(6)]
    verdicts = []
    for number in range(45):
        decision = book(owners[number % 6], f"name{number}@home.example", f"Hello number {number}", number=number)
        verdicts.append(decision.verdict)
        clock.shift(11 + number % 5)
    assert max(verdicts[:6]) <= Verdict.OBSERVE
    assert min(verdicts[-10:]) >= Verdict.CHALLENGE
    for owner in owners:
        assert guard.can_send(owner).allowed


def test_made_up_addresses_are_no_bounces_of_the_owner(person: Any) -> None:
    owner = person()
    account = conf.host.account(owner)
    book(owner, "nobody@home.example")
    feedback.bounced(account, "nobody@home.example")
    assert people.known(account, device="", prefix="", at=timezone.now()).answers.bounced == 0
    with guard.sending(owner, invitation(organizer=owner.email, guests=["gone@home.example"])):
        pass
    drain()
    feedback.bounced(account, "gone@home.example")
    assert people.known(account, device="", prefix="", at=timezone.now()).answers.bounced == 1


def test_a_page_of_an_established_owner_keeps_its_reminders(person: Any) -> None:
    from django.core import mail

    owner = person()
    alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:Talk\r\nTRIGGER:-PT15M\r\nEND:VALARM"
    event = invitation(organizer=owner.email, guests=["eve@home.example"], summary=PAGE, extra=alarm)
    with guard.sending(owner, event, channel="booking", request=asked()):
        pass
    drain()
    (part,) = [part for part in mail.outbox[-1].message().walk() if part.get_content_type() == "text/calendar"]
    assert b"BEGIN:VALARM" in part.get_payload(decode=True)
