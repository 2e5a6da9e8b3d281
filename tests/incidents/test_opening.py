"""A hijacked account is contained and its owner asked elsewhere, once; everybody who only looks odd is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Restriction, Strike
from calguard import enforcement, guard, sweeping
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.incidents.models import Incident
from calguard.models import Case, Decision, Notice
from outbound.models import Hold, Submission
from tests.guard.events import invitation
from tests.guard.test_check import send, to_guests
from tests.incidents.conftest import ABROAD, DAY, HOME, OWN, RECOVERY, Theft, alerts, mailbox, path, request, signed_in
from tests.incidents.host import Reachable

Work = Callable[[], None]


@pytest.mark.requirement("R57")
def test_a_hijacked_account_is_contained_and_its_owner_told_elsewhere(theft: Theft, work: Work) -> None:
    thief = signed_in(theft.user)
    theft.thief_signs_in()
    Reachable.tokens[:] = [(theft.account, timezone.now()), (theft.account, timezone.now() - 90 * DAY)]
    decision = theft.thief_sends()
    assert decision.verdict >= Verdict.HOLD
    standing = guard.can_send(theft.user)
    assert (standing.allowed, standing.kind) == (False, "containment"), "already within the request"
    work()
    assert to_guests() == []
    (told,) = alerts()
    assert told.to == [RECOVERY]
    assert OWN not in [address for one in mail.outbox for address in one.to]
    assert "/secure/" in told.body
    assert "/mine/" in told.body
    assert "Guests: 3" in told.body
    assert thief.get("/calguard/incident/").status_code == 302, "its session is over"
    assert Reachable.tokens == [(theft.account, timezone.now() - 90 * DAY)], "and what it made since; the old one stays"
    assert theft.incident.case == Case.objects.get(), "a person looks, whatever the owner says"


def test_the_mail_says_what_was_to_leave_and_leads_nowhere_else(theft: Theft, work: Work) -> None:
    theft.thief_signs_in()
    bait = "Your PayPal account was charged 499.99 USD: https://pay.evil.example/x or call +1 (805) 302-8040 to cancel"
    theft.thief_sends(bait)
    work()
    (told,) = alerts()
    assert "hxxps://pay[.]evil[.]example/x" in told.body
    assert "302-8040" not in told.body
    assert f"{timezone.localtime():%Y-%m-%d %H:%M} (Europe/Berlin)" in told.body
    assert [word for word in told.body.split() if word.startswith("http")] == [
        f"https://calendar.example{path(told, 'secure')}",
        f"https://calendar.example{path(told, 'mine')}",
    ]


@pytest.mark.requirement("R57")
def test_no_word_reaches_a_mailbox_that_the_thief_set(theft: Theft, work: Work) -> None:
    theft.reached_by(
        mailbox("thief@evil.example", 900, changed=1),
        mailbox("old@home.example", 2000),
        mailbox("new@work.example", 90),
    )
    theft.user.email = "thief@evil.example"
    theft.user.save()
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert [one.to for one in alerts()] == [["old@home.example"], ["new@work.example"]]
    assert len({path(one, "secure") for one in alerts()}) == 2
    assert not [one for one in mail.outbox if "thief@evil.example" in one.to]


def test_where_everything_was_changed_lately_the_mail_carries_no_link(theft: Theft, work: Work) -> None:
    theft.reached_by(mailbox(OWN, 900, changed=2), mailbox("second@evil.example", 1))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    (told,) = alerts()
    assert told.to == [OWN]
    assert "http" not in told.body
    assert Case.objects.filter(state="open").exists()


def test_an_account_with_one_mailbox_is_told_there(theft: Theft, work: Work) -> None:
    theft.reached_by(mailbox(OWN, 900))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert [one.to for one in alerts()] == [[OWN]]


@pytest.mark.requirement("R58")
def test_what_repeats_is_told_once_in_a_window_and_by_automatic_mail(theft: Theft, work: Work, clock: Any) -> None:
    theft.thief_signs_in()
    for number in range(4):
        theft.thief_sends(LURES[number])
        work()
    (told,) = alerts()
    assert told.extra_headers["Auto-Submitted"] == "auto-generated"
    assert Incident.objects.count() == 1
    assert theft.incident.repeated == 3
    enforcement.run_owner(f"decision:{Decision.objects.earliest('created_at').pk}")
    assert theft.incident.repeated == 3
    clock.shift(timedelta(hours=25))
    theft.thief_sends(LURES[4])
    work()
    assert len(alerts()) == 2, "the next window"


LURES = (
    "Your PayPal account was charged 499.99 USD. If you did not authorise this call +1 (805) 302-8040 to cancel",
    "Norton renewal: 398.66 USD was charged. Call 1-839-268-8812 immediately to cancel",
    "Geek Squad charged 349.99 USD. Not you? Call +1 (888) 555-0142 to cancel",
    "Invoice: McAfee charged 289.00 USD to your card. Call +1 (888) 555-0177 to cancel the order",
    "Norton renewal: 299.00 USD was charged. Call +1 (888) 555-0199 immediately to cancel",
)


@pytest.mark.requirement("R57")
def test_everything_but_sending_works_and_the_owner_reads_the_truth(theft: Theft, work: Work) -> None:
    theft.owner_sends("Besprechung am Montag")
    work()
    before = len(to_guests())
    assert before == 3
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    waiting = theft.owner_sends("Besprechung am Dienstag")
    assert waiting.verdict is Verdict.HOLD
    assert [reason.code for reason in waiting.reasons] == ["account_contained"]
    assert "Perhaps somebody else uses your account" in waiting.reasons[0].text
    off = theft.owner_sends("Besprechung am Montag", method="CANCEL", sequence=1)
    assert off.may_send
    work()
    assert [one for one in to_guests()[before:] if "Dienstag" in one.subject] == []
    page = signed_in(theft.user).get("/calguard/incident/").content.decode()
    assert "Perhaps somebody else uses your account" in page
    assert "Besprechung am Dienstag" not in page, "whoever is signed in may be the thief"


def test_what_waited_before_waits_on_and_counts_against_nobody(theft: Theft, work: Work) -> None:
    theft.owner_sends("Besprechung vor dem Diebstahl")
    theft.thief_signs_in()
    theft.thief_sends()
    enforcement.run_owner(f"decision:{Decision.objects.latest('created_at').pk}")
    work()
    assert to_guests() == [], "the queue is held too"
    assert not Strike.objects.exists()
    assert {row.kind for row in Restriction.objects.all()} == {"containment"}
    theft.user.refresh_from_db()
    assert theft.user.is_active
    enforcement.lapse(timezone.now() + 100 * DAY)
    assert Hold.objects.filter(owner=theft.incident.owner).exists(), "no clock lets the thief's queue go"
    known = people.known(theft.account, device="", prefix="", at=timezone.now() + 100 * DAY)
    assert known.restricted_until is None


@pytest.mark.requirement("R57")
@pytest.mark.parametrize(("ip", "device"), [(ABROAD, "laptop"), (HOME, "telephone"), (ABROAD, "telephone")])
@pytest.mark.parametrize("summary", ["Mittagessen in Lissabon", "Sorry, running late: call me on +49 151 2345678"])
def test_the_traveller_and_the_new_telephone_are_asked_at_most(
    theft: Theft, work: Work, ip: str, device: str, summary: str
) -> None:
    content = invitation(uid="new@x", summary=summary, guests=["ben@home.example"])
    decision = send(theft.user, content, request=request(ip, device, theft.user))
    assert decision.verdict <= Verdict.CHALLENGE
    work()
    assert alerts() == []
    assert not Incident.objects.exists()


def test_a_lure_of_a_known_device_is_no_theft(theft: Theft, work: Work) -> None:
    theft.owner_sends(LURES[0])
    work()
    assert not Incident.objects.exists()
    assert alerts() == []


def test_a_host_that_fails_costs_no_containment_and_is_asked_again(theft: Theft, work: Work) -> None:
    Reachable.down = True
    thief = signed_in(theft.user)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert not guard.can_send(theft.user).allowed
    assert len(alerts()) == 1, "its owner is told all the same"
    assert thief.get("/calguard/incident/").status_code == 200
    Reachable.down = False
    Decision.objects.get().enforcements.filter(state="pending").update(due_at=None)
    work()
    assert thief.get("/calguard/incident/").status_code == 302
    assert len(alerts()) == 1


def test_a_persons_clearance_outranks_the_containment_and_not_the_word_to_the_owner(theft: Theft, work: Work) -> None:
    people.clear(theft.account, "case:1", at=timezone.now(), until=timezone.now() + 30 * DAY)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert guard.can_send(theft.user).allowed
    assert len(alerts()) == 1


def test_who_was_cleared_of_something_else_before_is_contained_all_the_same(theft: Theft, work: Work) -> None:
    people.clear(theft.account, "case:1", at=timezone.now() - 10 * DAY, until=timezone.now() + 20 * DAY)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert guard.can_send(theft.user).kind == "containment"
    assert Decision.objects.latest("created_at").verdict >= Verdict.HOLD
    people.clear(theft.account, "case:2", at=timezone.now(), until=timezone.now() + 30 * DAY)
    assert guard.can_send(theft.user).allowed


def test_the_kill_switch_for_alerts_leaves_the_account_alone(theft: Theft, work: Work, settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "DISABLED_ACTIONS": ["alert"]}
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    assert not Incident.objects.exists()
    assert guard.can_send(theft.user).allowed


def test_a_thief_cannot_fill_the_disk(theft: Theft, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calguard.incidents.opening.MOST_HELD", 3)
    theft.thief_signs_in()
    found = []
    for number in range(5):
        found.append(theft.thief_sends(f"Besprechung {number}" if number else LURES[0]).verdict)
        work()
    assert found[1:] == [Verdict.HOLD, Verdict.HOLD, Verdict.DENY, Verdict.DENY]
    assert Submission.objects.filter(state="accepted").count() == 3


def test_when_nobody_answers_a_person_is_waited_for_and_then_it_is_over(theft: Theft, work: Work, clock: Any) -> None:
    theft.owner_sends("Besprechung vor dem Diebstahl")
    clock.shift(timedelta(hours=1))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    theft.thief_sends("Besprechung mit Fremden")
    work()
    policy = conf.policy.incidents
    clock.shift(timedelta(hours=policy.contain_hours))
    sweeping.sweep(at=timezone.now())
    assert theft.incident.state == Incident.State.LAPSED
    assert theft.incident.ended_at is None
    assert not guard.can_send(theft.user).allowed, "prolonged once"
    clock.shift(timedelta(hours=policy.contain_hours))
    sweeping.sweep(at=timezone.now())
    assert theft.incident.ended_at == timezone.now()
    assert guard.can_send(theft.user).allowed
    work()
    kept = Submission.objects.exclude(state__in=["sent", "expired"])
    assert {row.holds.get().kind for row in kept} == {Hold.Kind.REVIEW}, "what came since waits for a person"
    assert kept.count() == 2


@pytest.mark.requirement("R18", "R94")
def test_place_title_and_address_go_by_the_clock(theft: Theft, work: Work) -> None:
    """What an alert said is kept in two tables, and in none for longer than what it was taken from."""
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    place = {"place": "near"}
    Incident.objects.update(facts={**theft.incident.facts, **place})
    for told in Notice.objects.filter(kind="owner_alert"):
        Notice.objects.filter(pk=told.pk).update(context={**told.context, **place})
    later = timezone.now() + conf.ip_retention + DAY
    sweeping.purge(at=later)
    assert theft.incident.facts["place"], "its owner may still have to answer"
    Incident.objects.update(ended_at=timezone.now(), state="closed")
    sweeping.purge(at=later)
    kept = [theft.incident.facts, *Notice.objects.filter(kind="owner_alert").values_list("context", flat=True)]
    assert [facts.get("place") for facts in kept] == [None, None]
    assert all(facts["title"] for facts in kept)
    sweeping.purge(at=timezone.now() + conf.raw_retention + DAY)
    kept = [theft.incident.facts, *Notice.objects.filter(kind="owner_alert").values_list("context", flat=True)]
    assert [set(facts) & {"place", "title", "to"} for facts in kept] == [set(), set()]
    assert all(facts["time"] for facts in kept)
