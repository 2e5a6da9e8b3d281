"""The owner's two answers: each by its own link, once; a thief with a session, a password or a scanner gets nowhere."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from accounts_risk.models import Profile, Restriction
from calguard import feedback, guard, keyed, sweeping
from calguard.guard import Verdict
from calguard.incidents.models import Incident
from calguard.models import AuditEntry, Decision
from outbound.models import Hold, Submission
from tests.guard.test_check import to_guests
from tests.incidents.conftest import DAY, PASSWORD, Theft, alerts, path, signed_in
from tests.incidents.host import Reachable

Work = Callable[[], None]
State = Incident.State


def link(purpose: str) -> str:
    return path(alerts()[-1], purpose)


def fresh(user: Any) -> Client:
    """Somebody who has just given the password."""
    browser = Client()
    assert browser.login(username=user.username, password=PASSWORD)
    return browser


@pytest.mark.requirement("R59")
def test_the_owner_secures_the_account_changes_the_password_and_has_it_back(taken: Theft, work: Work) -> None:
    thief, owner = signed_in(taken.user), Client()
    asked = owner.get(link("secure")).content.decode()
    assert "PayPal" in asked
    assert "302-8040" not in asked
    done = owner.post(link("secure"))
    assert "/reset/once/" in done.content.decode()
    assert thief.get("/calguard/incident/").status_code == 302
    assert taken.incident.state == State.SECURED
    assert not guard.can_send(taken.user).allowed, "not before the password is changed"
    made = owner.post("/calguard/secure/x/").wsgi_request  # carries the cookie of the device that had the link
    feedback.credential_changed(taken.user, made)
    assert taken.incident.state == State.RECOVERED
    assert guard.can_send(taken.user).allowed
    until = Profile.objects.get(account=taken.account).probation_until
    assert until
    assert until > timezone.now() + 13 * DAY
    assert guard.budget(taken.user).day.limit < 200, "reduced, as in a trial"
    work()
    assert {one.subject.rpartition(":")[2].strip() for one in to_guests()} == {"Besprechung vor dem Diebstahl"}
    assert not Restriction.objects.exists()
    waits = Submission.objects.filter(state="accepted")
    assert {hold.kind for row in waits for hold in row.holds.all()} == {Hold.Kind.REVIEW}


@pytest.mark.requirement("R59")
def test_what_the_thief_left_is_shown_to_the_owner_and_discarded(taken: Theft, work: Work) -> None:
    Client().post(link("secure"))
    feedback.credential_changed(taken.user)
    owner = fresh(taken.user)
    stranger = get_user_model().objects.create_user(username="b@x.example", email="b@x.example")
    shown = owner.get("/calguard/incident/").content.decode()
    assert "Treffen mit Fremden" in shown
    one = Submission.objects.get(reference=Decision.objects.latest("created_at").reference)
    signed_in(stranger).post("/calguard/incident/", {"discard": str(one.pk)})
    owner.get("/calguard/incident/", {"discard": str(one.pk)})
    one.refresh_from_db()
    assert one.state == "accepted"
    owner.post("/calguard/incident/", {"discard": "nonsense"})
    owner.post("/calguard/incident/", {"discard": str(one.pk)})
    one.refresh_from_db()
    assert one.state == "withdrawn"
    assert "Treffen mit Fremden" not in owner.get("/calguard/incident/").content.decode()
    earlier = Submission.objects.order_by("created_at").first()
    assert earlier
    owner.post("/calguard/incident/", {"discard": str(earlier.pk)})
    earlier.refresh_from_db()
    assert earlier.state != "withdrawn", "what was there before is no matter of this page"


def test_while_it_is_contained_nobody_signed_in_discards_anything(taken: Theft) -> None:
    one = Submission.objects.latest("created_at")
    signed_in(taken.user).post("/calguard/incident/", {"discard": str(one.pk)})
    one.refresh_from_db()
    assert one.state == "accepted"


@pytest.mark.requirement("R59")
def test_a_password_that_the_thief_changes_recovers_nothing(taken: Theft) -> None:
    thief = signed_in(taken.user)
    feedback.credential_changed(taken.user)
    assert taken.incident.state == State.OPEN
    Client().post(link("secure"))
    feedback.credential_changed(taken.user, thief.get("/calguard/incident/").wsgi_request)
    assert taken.incident.state == State.SECURED
    forged = signed_in(taken.user)
    forged.cookies["calguard_secured"] = keyed.sign("secured", {"incident": taken.incident.pk + 1})
    feedback.credential_changed(taken.user, forged.get("/calguard/incident/").wsgi_request)
    assert taken.incident.state == State.SECURED


def test_the_password_may_be_changed_on_another_device_than_the_mail_was_read(taken: Theft, clock: Any) -> None:
    phone, laptop, url = Client(), Client(), link("secure")
    phone.post(url)
    assert phone.post(url).status_code == 409, "not changed yet"
    assert taken.incident.state == State.SECURED
    clock.shift(timedelta(minutes=1))
    feedback.credential_changed(taken.user, laptop.get("/calguard/incident/").wsgi_request)
    assert taken.incident.state == State.SECURED
    assert "yours again" in phone.post(url).content.decode()
    assert taken.incident.state == State.RECOVERED


@pytest.mark.requirement("R59")
def test_it_was_me_takes_the_mail_and_a_fresh_sign_in_and_releases_nothing(taken: Theft, work: Work) -> None:
    owner, url = Client(), link("mine")
    assert "sign in again" in owner.get(url).content.decode()
    asked = owner.post(url)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/admin/login/?next=")
    assert taken.incident.state == State.OPEN
    owner = fresh(taken.user)
    assert "Yes, this was me" in owner.get(url).content.decode()
    assert owner.post(url).status_code == 200
    assert taken.incident.state == State.CLAIMED
    assert not guard.can_send(taken.user).allowed
    work()
    assert to_guests() == []
    assert owner.post(url).status_code == 410
    assert taken.incident.case.state == "open"


@pytest.mark.requirement("R59")
def test_a_thief_with_an_open_session_cannot_claim(taken: Theft, clock: Any) -> None:
    clock.shift(-timedelta(minutes=20))
    thief = signed_in(taken.user)
    clock.shift(timedelta(minutes=20))
    url = link("mine")
    assert "Yes, this was me" not in thief.get(url).content.decode()
    assert thief.post(url).status_code == 302
    assert taken.incident.state == State.OPEN
    assert thief.get("/calguard/incident/").status_code == 302, "it has to give the password"
    other = get_user_model().objects.create_user(username="b@x.example", email="b@x.example", password=PASSWORD)
    assert fresh(other).post(url).status_code == 302
    assert taken.incident.state == State.OPEN


def test_a_thief_with_the_password_and_no_mail_cannot_claim(taken: Theft) -> None:
    thief = fresh(taken.user)
    mine, secure = (link(purpose).rstrip("/").rpartition("/")[2] for purpose in ("mine", "secure"))
    guesses = [
        keyed.sign("secure", {"account": taken.account, "incident": taken.incident.pk, "mail": 0}),
        secure,
        mine[:-1] + ("A" if mine[-1] != "A" else "B"),
        "forged",
    ]
    assert [thief.post(f"/calguard/mine/{guess}/").status_code for guess in guesses] == [404] * 4
    assert taken.incident.state == State.OPEN


@pytest.mark.parametrize("purpose", ["secure", "mine"])
def test_links_are_for_one_account_one_incident_and_a_week(taken: Theft, purpose: str, clock: Any) -> None:
    other = get_user_model().objects.create_user(username="b@x.example", email="b@x.example")
    theirs = keyed.sign(purpose, {"account": f"auth.user:{other.pk}", "incident": taken.incident.pk, "mail": 0})
    gone = keyed.sign(purpose, {"account": taken.account, "incident": taken.incident.pk + 7, "mail": 0})
    for signed in (theirs, gone, keyed.sign(purpose, {"account": taken.account}), keyed.sign(purpose, {})):
        assert Client().post(f"/calguard/{purpose}/{signed}/").status_code == 404
    assert Client(enforce_csrf_checks=True).post(link(purpose)).status_code == 403
    clock.shift(timedelta(days=8))
    assert Client().get(link(purpose)).status_code == 404
    assert Client().post(link(purpose)).status_code == 404
    assert taken.incident.state == State.OPEN


def test_a_scanner_that_opens_every_link_changes_nothing(taken: Theft) -> None:
    thief = signed_in(taken.user)
    rows = AuditEntry.objects.count()
    for purpose in ("secure", "mine"):
        for _ in range(3):
            assert Client().get(link(purpose)).status_code == 200
            assert Client().head(link(purpose)).status_code == 200
            assert fresh(taken.user).get(link(purpose)).status_code == 200
    assert taken.incident.state == State.OPEN
    assert AuditEntry.objects.count() == rows
    assert thief.get("/calguard/incident/").status_code == 200


def test_one_answer_uses_up_the_links_of_every_mail(taken: Theft) -> None:
    first = alerts()[0]
    fresh(taken.user).post(path(first, "mine"))
    assert taken.incident.state == State.CLAIMED
    assert Client().post(path(first, "secure")).status_code == 200, "on second thoughts"
    assert taken.incident.state == State.SECURED
    assert fresh(taken.user).post(path(first, "mine")).status_code == 410


def test_sessions_that_could_not_be_ended_are_ended_by_the_sweep(taken: Theft) -> None:
    Reachable.down = True
    thief = signed_in(taken.user)
    answer = Client().post(link("secure"))
    assert answer.status_code == 503
    assert "could not be ended" in answer.content.decode()
    assert thief.get("/calguard/incident/").status_code == 200
    Reachable.down = False
    sweeping.sweep(at=timezone.now())
    assert thief.get("/calguard/incident/").status_code == 302
    again = signed_in(taken.user)
    sweeping.sweep(at=timezone.now())
    assert again.get("/calguard/incident/").status_code == 200, "once, and not every half minute"


def test_an_owner_back_from_a_holiday_still_ends_every_session(taken: Theft, clock: Any) -> None:
    url = link("secure")
    for _ in range(2):
        clock.shift(timedelta(hours=73))
        sweeping.sweep(at=timezone.now())
    assert taken.incident.ended_at
    thief = signed_in(taken.user)
    assert Client().post(url).status_code == 200
    assert thief.get("/calguard/incident/").status_code == 302
    assert guard.can_send(taken.user).allowed


def test_after_recovery_the_next_theft_is_another_incident(taken: Theft, work: Work) -> None:
    Client().post(link("secure"))
    feedback.credential_changed(taken.user)
    again = taken.thief_sends("Norton renewal: 398.66 USD was charged. Call 1-839-268-8812 to cancel")
    assert again.verdict >= Verdict.HOLD
    work()
    assert Incident.objects.count() == 2
    assert taken.incident.state == State.OPEN
    assert len(alerts()) == 2
