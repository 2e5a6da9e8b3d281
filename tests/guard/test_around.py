"""Attempts are judged with what stands around them: names, other texts, and the account's other recent events."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from calguard import beside, guard, recheck, sweeping
from calguard.admin.judged import shown
from calguard.content.mail import calendars
from calguard.content.reader import read
from calguard.guard import Verdict
from calguard.host import Host
from calguard.models import Decision
from outbound.models import Submission
from tests.guard.events import LURE, invitation
from tests.guard.test_check import send, to_guests

pytestmark = pytest.mark.django_db(transaction=True)


class Tenants(Host):
    """A host whose organisations are called what their owners like."""

    def facts(self, account, user=None):
        return replace(super().facts(account, user), tenant_name=LURE)


PLACES = (
    "calendar.name",
    "file.name",
    "comment",
    "logo.alt",
    "mail.template",
    "booking.title",
    "booking.question",
    "booking.answer",
)


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", [LURE, f"<p>Hello</p><div style='display:none'>{LURE}</div>"])
def test_a_lure_beside_the_event_is_a_lure(person, place, text):
    user = person("x@free.example", days=0.5)
    decision = guard.check(user, invitation(organizer="x@free.example"), extra_texts={place: text})
    assert decision.verdict >= Verdict.HOLD
    assert any(signal["field"] == place for signal in Decision.objects.get().signals)


@pytest.mark.parametrize(
    "texts",
    [
        {"calendar.name": "Praxis Dr. Berg", "mail.template": "<p>Hello {{ guest }}, see you soon.</p>"},
        {"file.name": "agenda.pdf", "comment": "Sorry, I am ill. Can we meet on Friday instead?"},
        {"booking.title": "30 minutes with Ada", "booking.question": "What would you like to talk about?"},
        {"logo.alt": "", "booking.answer": "   "},
    ],
)
def test_what_hosts_show_beside_events_is_ordinary(person, texts):
    user = person(days=10)
    assert guard.check(user, invitation(), extra_texts=texts).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R26")
def test_an_organisation_named_like_a_lure(person, settings):
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.guard.test_around.Tenants"}
    user = person("x@free.example", days=0.5)
    assert guard.check(user, invitation(organizer="x@free.example")).verdict >= Verdict.HOLD


def test_texts_beside_the_event_do_not_change_what_the_verdict_is_bound_to(person, work):
    decision = send(person(), invitation(), extra_texts={"calendar.name": "Practice"})
    assert decision.verdict is Verdict.ALLOW
    work()
    assert len(to_guests()) == 1
    assert Decision.objects.count() == 1


PIECES = (
    "Invoice 88231 from the PayPal billing department",
    "You have been charged 499.99 USD for your annual renewal",
    "To cancel call +1 (805) 302-8040 within 24 hours",
)


def pieces(person, *summaries, days=0.5, after=timedelta(0)):
    """The verdicts of these titles, one event each, by one account."""
    user = person("x@free.example", days=days)
    found = []
    for number, summary in enumerate(summaries):
        uid = f"{number}@x.example"
        found.append(send(user, invitation(organizer="x@free.example", summary=summary, uid=uid)))
        if after:
            Decision.objects.update(created_at=timezone.now() - after)
    return [decision.verdict for decision in found]


@pytest.mark.requirement("R27")
@pytest.mark.parametrize("days", [0.5, 10])
def test_a_lure_told_in_instalments(person, days):
    alone = [pieces_alone(person, piece, number, days) for number, piece in enumerate(PIECES)]
    assert max(alone) <= Verdict.CHALLENGE, "each by itself is no lure"
    verdicts = pieces(person, *PIECES, days=days)
    assert verdicts[-1] >= Verdict.THROTTLE
    signals = Decision.objects.order_by("-created_at").first().signals
    assert "instalments" in {signal["detector"] for signal in signals}


def pieces_alone(person, piece, number, days):
    user = person(f"alone{number}@free.example", days=days)
    return guard.check(user, invitation(organizer=f"alone{number}@free.example", summary=piece)).verdict


@pytest.mark.requirement("R27")
def test_a_teacher_enters_ten_lessons(person):
    lessons = [f"Piano lesson {n}, 45 minutes, 35 EUR, cancel before noon: 030 901820" for n in range(10)]
    assert max(pieces(person, *lessons, days=10)[:4]) <= Verdict.OBSERVE
    signals = [signal["detector"] for decision in Decision.objects.all() for signal in decision.signals]
    assert "instalments" not in signals


@pytest.mark.requirement("R27")
def test_days_apart_is_not_together(person):
    verdicts = pieces(person, *PIECES, after=timedelta(minutes=11))
    assert verdicts[-1] <= Verdict.CHALLENGE


@pytest.mark.requirement("R27")
def test_what_was_said_is_kept_for_untrusted_senders_and_ten_minutes(person):
    send(person("x@free.example", days=0.5), invitation(organizer="x@free.example", summary="Piano lesson"))
    send(person(), invitation(summary="Board meeting"))
    said = dict(Decision.objects.values_list("tier", "said"))
    assert "Piano lesson" in said["new"]
    assert said["established"] == ""
    sweeping.sweep(at=timezone.now() + timedelta(minutes=9))
    assert Decision.objects.exclude(said="").count() == 1
    sweeping.sweep(at=timezone.now() + timedelta(minutes=11))
    assert Decision.objects.exclude(said="").count() == 0


def test_what_was_said_before_costs_no_query(person):
    user = person("x@free.example", days=10)
    counts = []
    for number in range(6):
        with CaptureQueriesContext(connection) as queries:
            guard.check(user, invitation(organizer="x@free.example", summary=f"Lesson {number}", uid=f"{number}@x"))
        counts.append(len(queries))
    assert counts[1:] == [counts[1]] * 5


ALARM = "BEGIN:VALARM\r\nACTION:EMAIL\r\nTRIGGER:-PT1H\r\nSUMMARY:x\r\nDESCRIPTION:x\r\n{}END:VALARM"
THIRD = ALARM.format("".join(f"ATTENDEE:mailto:v{n}@victim.example\r\n" for n in range(9)))


@pytest.mark.requirement("R43")
def test_reminders_of_a_stranger_stay_out_of_the_guests_copies(person, work):
    user = person("x@free.example", days=10)
    decision = send(user, invitation(organizer="x@free.example", extra=THIRD))
    assert decision.verdict <= Verdict.OBSERVE
    work()
    [sent] = to_guests()
    parts = [part.get_payload(decode=True) for part in sent.message().walk() if "calendar" in part.get_content_type()]
    assert parts
    assert not any(b"VALARM" in part or b"victim" in part for part in parts)
    assert any(signal["code"] == "left_out" for signal in Decision.objects.get().signals)


@pytest.mark.requirement("R43")
def test_where_the_host_sends_reminders_that_mail_others_are_held(person):
    user = person("x@free.example", days=10)
    own = ALARM.format("ATTENDEE:mailto:x@free.example\r\n")
    innocent = invitation(organizer="x@free.example", extra=own, uid="2@x")
    assert guard.check(user, innocent, dispatch="host").verdict <= Verdict.OBSERVE
    calendar = invitation(organizer="x@free.example", extra=THIRD)
    assert guard.check(user, calendar, dispatch="host").verdict >= Verdict.HOLD


@pytest.mark.requirement("R43")
def test_whom_a_known_senders_reminders_mail_is_charged_like_a_guest(person, work):
    user = person()
    assert send(user, invitation(extra=THIRD)).verdict <= Verdict.OBSERVE
    work()
    [sent] = to_guests()
    assert any(b"VALARM" in (part.get_payload(decode=True) or b"") for part in sent.message().walk())
    assert guard.budget(user).hour.used == 10


@pytest.mark.requirement("R73", "R74")
def test_the_parts_of_our_own_mail_tell_one_story(person, work):
    notes = "Bring the green scores. Parking: 030 901820, see https://mill.example/way?a=1&b=2"
    send(person(), invitation(summary="Choir & tea", description=notes))
    work()
    [sent] = to_guests()
    parts = calendars(sent.message().as_bytes())
    assert (len(parts.calendars), parts.problems) == (2, set())


def test_what_stood_around_a_withheld_event_is_kept_for_whoever_decides(person, work):
    around = {"calendar.name": "Practice", "comment": f"Thank you. {LURE}"}
    send(person("x@free.example", days=0.5), invitation(organizer="x@free.example"), extra_texts=around)
    work()
    row = Decision.objects.get()
    assert row.submission.beside == row.evidence.beside == around
    assert row.indicators.filter(kind="phone").exists()
    assert "comment" in {str(field.name) for field in shown(row).fields}


def test_what_is_kept_of_texts_around_an_event_is_bounded(person):
    texts = {f"booking.answer.{number}": "see you there " * 20_000 for number in range(300)}
    send(person(days=10), invitation(), extra_texts=texts)
    kept = Submission.objects.get().beside
    assert sum(map(len, kept.values())) <= 2 * beside.MOST_KEPT
    assert len(kept) == beside.MAX_TEXTS


def test_the_last_look_reads_what_stands_around_too(person, work, settings):
    """An event that changes meanwhile is judged again as its guests will read it."""
    decision = send(person(days=10), invitation(), extra_texts={"comment": "Bring the pictures."})
    changed = read(invitation(description="In the small room."))
    recheck.judge_again(
        Submission.objects.get(pk=decision.submission), changed, at=timezone.now() + timedelta(minutes=2)
    )
    assert Submission.objects.exclude(pk=decision.submission).get().beside["comment"] == "Bring the pictures."


def test_what_stood_around_is_forgotten_with_the_copy(person, work):
    decision = send(person(days=10), invitation(), extra_texts={"comment": "Bring the pictures."})
    work()
    assert Submission.objects.get(pk=decision.submission).beside == {}


@pytest.mark.parametrize("bad", ["\x00", "\ud800"])
def test_what_a_database_cannot_keep_hides_nothing_and_leaves_the_attempt_on_record(person, settings, bad):
    """PostgreSQL refuses NUL and lone surrogates in JSON, which form fields and JSON bodies can bring."""
    user = person("x@free.example", days=0.5)
    split = LURE.replace(" ", f"{bad} ", 1)
    event = invitation(organizer="x@free.example")
    decision = guard.check(user, event, extra_texts={f"comment{bad}": split, "comment": "Hello"})
    assert decision.verdict >= Verdict.HOLD
    row = Decision.objects.get(pk=decision.id)
    kept = row.submission.beside
    told = [part for signal in row.signals for part in (signal["field"], signal["reason"])]
    assert bad not in "".join((*kept, *kept.values(), row.said, *told))
    assert {"Hello", LURE} <= set(kept.values())
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "off"}
    unjudged = guard.check(user, event, extra_texts={"comment": split})
    assert Submission.objects.get(pk=unjudged.submission).beside == {"comment": LURE}
