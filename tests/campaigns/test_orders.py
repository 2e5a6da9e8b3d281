"""One case and one verdict for a whole campaign: carried out in chunks, stopped, taken back, and on record."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from accounts_risk.models import Clearance, Restriction, Strike
from calguard import dispatch, guard, review, sweeping
from calguard.campaigns import growth, orders
from calguard.campaigns.models import Campaign, CampaignEntry, CampaignOrder, Member
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.models import AuditEntry, Case, Decision, Notice
from outbound.models import Hold, Submission
from tests.campaigns.conftest import Service
from tests.guard.events import invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R47")]

PITCH = (  # nothing that a judge of words would mind
    "We open the pottery workshop on Friday evening {salt}. Clay and aprons are here, the kiln is warm and everybody "
    "can try the wheel for an hour. Ring the workshop on +49 30 2093 4417"
)
BOTS = 16


@pytest.fixture
def boss(django_user_model: Any) -> Any:
    return django_user_model.objects.create_superuser("boss", "boss@desk.example", "long enough")


def attack(service: Service, now: datetime) -> datetime:
    """Sixteen accounts write to two strangers each; the first two invitations left before anybody noticed."""
    bots = [service.account(f"bot{number}", now) for number in range(BOTS)]
    at = now
    for turn in range(2):
        for number, bot in enumerate(bots):
            at = now + timedelta(hours=turn, minutes=2 * number)
            decision = service.send(
                bot, at, "Pottery evening", PITCH.format(salt=at.minute), (f"p{turn}-{number}@mail.example",)
            )
            if turn == 0 and number < 2:
                assert dispatch.send(str(decision.submission), at=at)
    return at


def decide(boss: Any, outcome: str, label: str, at: datetime) -> CampaignOrder:
    case = Case.objects.get(state="open")
    review.decide(case.pk, boss, version=case.version, outcome=outcome, label=label, reason="looked at", at=at)
    return CampaignOrder.objects.latest("pk")


def open_ones() -> set[Any]:
    """Accepted and waiting; a challenge that nobody answered ends by itself."""
    return set(Submission.objects.filter(state="accepted").values_list("pk", flat=True))


def kept_back(owner: str) -> set[Any]:
    return set(Hold.objects.filter(owner=owner).values_list("submission_id", flat=True))


def test_a_campaign_is_held_with_what_its_members_have_waiting(service: Service, now: datetime) -> None:
    at = attack(service, now)
    waiting = open_ones()
    service.work(at)
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.accounts) == (Campaign.State.HELD, BOTS)
    assert campaign.attempts == Member.objects.count() == Decision.objects.count()
    held = CampaignOrder.objects.get()
    assert (held.outcome, held.state, held.actor, held.done) == ("hold", "done", "system", 2 * BOTS)
    assert kept_back(held.owner) >= waiting
    assert sum(dispatch.send(str(pk), at=at) for pk in waiting) == 0
    sent = CampaignEntry.objects.filter(order=held, found="sent").values_list("submission", flat=True)
    assert set(sent) == set(Submission.objects.filter(state="sent").values_list("pk", flat=True))
    assert len(sent) == 2
    told = set(Notice.objects.filter(kind="withheld").values_list("account", flat=True))
    assert len(told) >= BOTS - 4  # whoever was told "accepted", and not those who were asked
    case = Case.objects.get(state="open")
    assert Decision.objects.filter(case=case).count() == 2 * BOTS
    service.work(at)  # again changes nothing
    assert CampaignOrder.objects.count() == 1
    assert Member.objects.count() == 2 * BOTS


def test_one_refusal_reaches_all_and_is_final_only_after_its_time(service: Service, now: datetime, boss: Any) -> None:
    at = attack(service, now)
    service.work(at)
    waiting = open_ones()
    order = decide(boss, "deny", "spam", at)
    service.work(at)
    order.refresh_from_db()
    assert order.state == "done"
    assert kept_back(order.owner) >= waiting == open_ones()
    assert Strike.objects.filter(owner=order.owner).count() == BOTS
    assert not Case.objects.filter(state="open").exists()
    later = service.account("bot99", now)
    assert (
        service.send(later, at, "Pottery evening", PITCH.format(salt="x"), ("z@mail.example",)).verdict >= Verdict.HOLD
    )
    sweeping.sweep(at=at + timedelta(hours=71))
    assert waiting <= open_ones()
    sweeping.sweep(at=at + timedelta(hours=73))
    assert not waiting & open_ones()


def test_an_order_is_stopped_half_way_and_taken_back(
    service: Service, now: datetime, boss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = attack(service, now)
    service.work(at)
    monkeypatch.setattr(orders, "CHUNK", 5)
    order = decide(boss, "restrict", "spam", at)
    assert orders.run(order.pk, at=at)
    assert orders.run(order.pk, at=at)
    assert orders.cancel(order.pk, actor="app.user:1", at=at)
    assert not orders.run(order.pk, at=at)
    assert not orders.cancel(order.pk, actor="app.user:1", at=at)
    order.refresh_from_db()
    assert (order.state, order.done, order.total) == ("cancelled", 10, 2 * BOTS)
    dealt_with = Member.objects.filter(pk__lte=order.cursor)
    assert Restriction.objects.count() == dealt_with.values("account").distinct().count()
    assert CampaignEntry.objects.filter(order=order).count() == 10
    assert kept_back(order.owner)
    assert orders.lift(order.pk, actor="app.user:1", at=at)
    service.work(at)
    order.refresh_from_db()
    assert order.state == "lifted"
    assert not kept_back(order.owner)
    assert not Restriction.objects.exists()
    assert not Strike.objects.exists()
    assert Campaign.objects.get().state == Campaign.State.HELD  # the machine's own verdict stands again
    said = set(AuditEntry.objects.filter(target__startswith="campaign:").values_list("action", flat=True))
    assert said >= {"campaign.found", "campaign.restrict", "campaign.order_cancelled", "campaign.order_lifted"}


def test_an_order_is_taken_back_a_chunk_at_a_time(
    service: Service, now: datetime, boss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is done stays done where the host fails for one account, and is not done again for the others."""
    at = attack(service, now)
    service.work(at)
    order = decide(boss, "suspend", "spam", at)
    service.work(at)
    monkeypatch.setattr(orders, "CHUNK", 5)
    assert (Restriction.objects.count(), Strike.objects.count()) == (BOTS, BOTS)
    reinstated: list[str] = []
    held = kept_back(order.owner)
    assert orders.lift(order.pk, actor="app.user:1", at=at)
    assert orders.run(order.pk, at=at)
    left = Restriction.objects.count()
    assert BOTS > left == Strike.objects.count() > 0
    assert 0 < len(held - kept_back(order.owner)) <= 5
    monkeypatch.setattr(type(conf.host), "reinstate", lambda host, account: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        orders.run(order.pk, at=at)
    assert Restriction.objects.count() == left
    monkeypatch.setattr(type(conf.host), "reinstate", lambda host, account: reinstated.append(account))
    while orders.run(order.pk, at=at):
        pass
    order.refresh_from_db()
    assert (order.state, Restriction.objects.count(), Strike.objects.count()) == ("lifted", 0, 0)
    assert len(reinstated) == len(set(reinstated)) == left, "each suspended account is given back at the host"
    assert not kept_back(order.owner)
    assert not orders.run(order.pk, at=at)


def test_a_release_frees_all_and_clears_what_comes_after(service: Service, now: datetime, boss: Any) -> None:
    at = attack(service, now)
    service.work(at)
    waiting = open_ones()
    order = decide(boss, "release", "innocent", at)
    service.work(at)
    assert Campaign.objects.get().state == Campaign.State.CLEARED
    assert not Hold.objects.filter(submission__in=waiting).exists()
    assert Clearance.objects.filter(owner=order.owner).count() == BOTS
    assert sum(dispatch.send(str(pk), at=at) for pk in waiting) == len(waiting)
    for number in range(BOTS):
        guest = f"more{number}@mail.example"
        new = service.account(f"new{number}", now)
        for again in range(2):
            later = at + timedelta(hours=1, minutes=2 * number + again)
            assert service.send(new, later, "Pottery evening", PITCH.format(salt=again), (f"{again}{guest}",)).may_send
    # the same words with another number to ring are another matter
    elsewhere = PITCH.replace("+49 30 2093 4417", "+49 40 7777 1234")
    verdicts = []
    for turn in range(2):
        for number in range(BOTS):
            if turn == 0:
                service.account(f"thief{number}", now)
            thief = type(boss).objects.get(username=f"thief{number}")
            when = at + timedelta(hours=3 + turn, minutes=2 * number)
            sent = service.send(
                thief, when, "Pottery evening", elsewhere.format(salt="q"), (f"t{turn}{number}@mail.example",)
            )
            verdicts.append(sent.verdict)
    assert max(verdicts) >= Verdict.HOLD


def test_a_watched_campaign_shares_one_budget(service: Service, now: datetime, settings: Any) -> None:
    """Seven accounts are too few to be held for their number; together they have a budget."""
    bots = [service.account(f"bot{number}", now) for number in range(7)]
    verdicts: list[Verdict] = []
    for turn in range(5):
        for number, bot in enumerate(bots):
            at = now + timedelta(hours=turn, minutes=2 * number)
            guests = tuple(f"p{turn}-{number}-{guest}@mail.example" for guest in range(3))
            verdicts.append(service.send(bot, at, "Pottery evening", PITCH.format(salt=turn), guests).verdict)
        service.work(now + timedelta(hours=turn, minutes=30))
    campaign = Campaign.objects.get()
    assert campaign.state == Campaign.State.WATCHED
    assert campaign.over_budget
    assert Verdict.CHALLENGE in verdicts
    assert set(verdicts[-7:]) == {Verdict.HOLD}
    assert Case.objects.filter(state="open", campaign=campaign.reference).count() == 1


def test_of_the_largest_campaigns_the_newest_members_are_counted(
    service: Service, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it grows, one more attempt costs the same; its beginning is not forgotten."""
    at = attack(service, now)
    service.work(at)
    campaign = Campaign.objects.get()
    began, whole = campaign.first_seen, (campaign.accounts, campaign.attempts, campaign.recipients)
    assert whole == (BOTS, 2 * BOTS, 2 * BOTS)
    monkeypatch.setattr(growth, "MOST", 10)
    growth.count(campaign, at=at)
    assert (campaign.accounts, campaign.attempts, campaign.recipients) == (10, 10, 10)
    assert (campaign.first_seen, campaign.last_seen) == (began, Member.objects.latest("at").at)


def test_a_budget_is_free_again_a_day_later_and_the_clockwork_counts_few_others(
    service: Service, now: datetime, settings: Any
) -> None:
    at = attack(service, now)
    service.work(at)
    Campaign.objects.update(over_budget=True, attempts=0)
    with CaptureQueriesContext(connection) as one:
        growth.tend(at + timedelta(days=2))
    campaign = Campaign.objects.get()
    assert (campaign.over_budget, campaign.attempts) == (False, 2 * BOTS)
    Campaign.objects.update(attempts=0)
    with CaptureQueriesContext(connection) as none:
        growth.tend(at + timedelta(days=2))
    assert Campaign.objects.get().attempts == 0
    assert len(none) < len(one)


def test_nothing_is_held_in_observe_mode(service: Service, now: datetime, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "MODE": "observe"}
    at = attack(service, now)
    service.work(at)
    assert Campaign.objects.get().state == Campaign.State.WATCHED
    assert not Hold.objects.exists()


def test_the_front_door_says_why(service: Service, now: datetime) -> None:
    at = attack(service, now)
    service.work(at)
    new = service.account("late", now)
    decision = service.send(new, at, "Pottery evening", PITCH.format(salt="z"), ("z@mail.example",))
    assert [reason.code for reason in decision.reasons] == ["part_of_campaign"]
    assert guard.guest_states("") == []


@pytest.mark.requirement("R47", "R63")
def test_what_had_left_is_called_back_by_a_person_only(
    service: Service, now: datetime, boss: Any, monkeypatch: Any
) -> None:
    """Those who got it learn in our words that it is off, once; nobody else hears of it, and no machine orders it."""
    last = attack(service, now)
    service.work(last)
    left = list(Submission.objects.filter(state="sent"))
    reached = {address for message in mail.outbox for address in message.to if address.startswith("p")}
    assert reached
    assert not any(submission.snapshot for submission in left), "nothing is kept here of what was sent"
    Submission.objects.update(reference=F("uid"))
    guests = [*reached, "never@mail.example"]
    bodies = {
        submission.uid: invitation(uid=submission.uid, guests=guests, summary="Pottery evening") for submission in left
    }
    monkeypatch.setattr("calguard.host.Host.load", lambda _self, reference: bodies.get(reference))
    machine = CampaignOrder.objects.get(outcome="hold")
    at = last + timedelta(hours=1)
    assert not orders.call_back(machine.pk, actor="auth.user:1", at=at), "a machine's order is nobody's verdict"
    order = decide(boss, "deny", "spam", at)
    service.work(at)
    assert not orders.call_back(order.pk, actor="system", at=at)
    sent_before = len(mail.outbox)
    assert not Submission.objects.filter(method="CANCEL").exists(), "nothing is called back by itself"
    assert orders.call_back(order.pk, actor="auth.user:1", at=at)
    assert not orders.call_back(order.pk, actor="auth.user:1", at=at), "once"
    service.work(at)
    for submission in Submission.objects.filter(method="CANCEL", state="accepted"):
        while dispatch.send(str(submission.pk), at=at):
            pass
    told = mail.outbox[sent_before:]
    off = [message for message in told if str(message.subject).startswith("Cancelled")]
    assert {address for message in off for address in message.to} == reached
    assert len(off) == len(reached)
    assert all("ottery" not in str(message.message()) for message in off)
    recalled = CampaignOrder.objects.get(outcome="recall")
    assert recalled.entries.filter(found="sent").count() == len(left)
    service.work(at + timedelta(hours=1))
    assert len(mail.outbox) - sent_before == len(told)
