"""Who reads the only mailbox has the account back after a while and not at once; who is surely its owner, at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Profile, Restriction
from calguard import feedback, guard, keyed, sweeping
from calguard.actions import alert
from calguard.conf import conf
from calguard.host import Channel
from calguard.incidents import channels
from calguard.incidents.models import Incident
from calguard.models import AuditEntry, Case, Decision
from calguard.order import Order
from calguard.statements import account
from tests.guard.events import LURE
from tests.guard.test_check import to_guests
from tests.incidents.conftest import (
    ABROAD,
    DAY,
    HOME,
    OWN,
    RECOVERY,
    Theft,
    alerts,
    mailbox,
    path,
    request,
    signed_in,
)
from tests.incidents.host import Reachable

Work = Callable[[], None]
State = Incident.State

UNDATED = (Channel(address=OWN),)


def notices(to: str = "") -> list[Any]:
    return [one for one in mail.outbox if "being given back" in one.subject and (not to or one.to == [to])]


def answered(theft: Theft, work: Work, browser: Client | None = None) -> Client:
    """Whoever reads the mail secures the account and chooses a password."""
    browser = browser or Client()
    url = path(alerts()[-1], "secure")
    page = browser.post(url)
    assert page.status_code == 200
    made = browser.get("/calguard/incident/").wsgi_request
    feedback.credential_changed(theft.user, made)
    work()
    return browser


@pytest.fixture
def alone(theft: Theft, work: Work, clock: Any) -> Theft:
    """The account's own mailbox is all that its host knows, and it does not know since when."""
    theft.reached_by(*UNDATED)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    clock.shift(timedelta(minutes=5))
    return theft


@pytest.mark.requirement("R57", "R59")
@pytest.mark.parametrize("known", [UNDATED, (Channel(address=OWN), Channel(address=OWN.upper()))])
def test_who_reads_the_only_mailbox_waits_and_everybody_is_told(
    theft: Theft, work: Work, clock: Any, known: tuple[Channel, ...]
) -> None:
    theft.reached_by(*known)
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    clock.shift(timedelta(minutes=5))
    reader = answered(theft, work)
    assert theft.incident.state == State.RETURNING
    assert not guard.can_send(theft.user).allowed
    (told,) = notices()
    assert told.to == [OWN]
    assert f"{timezone.localtime(theft.incident.due_at):%Y-%m-%d %H:%M} (Europe/Berlin)" in told.body
    again = reader.post(path(alerts()[-1], "secure"))
    assert again.status_code == 409, "saying so once more changes nothing"
    clock.shift(timedelta(hours=conf.policy.incidents.unproved_hours - 1))
    sweeping.sweep(at=timezone.now())
    assert theft.incident.state == State.RETURNING
    assert not guard.can_send(theft.user).allowed
    clock.shift(timedelta(hours=1))
    sweeping.sweep(at=timezone.now())
    assert theft.incident.state == State.RECOVERED
    assert guard.can_send(theft.user).allowed, "nobody is locked out for having one mailbox"
    assert not Restriction.objects.exists()
    work()
    assert to_guests() == [], "what came since the first sign waits for a person"


@pytest.mark.requirement("R59")
def test_a_device_from_before_the_theft_needs_no_waiting(alone: Theft, work: Work) -> None:
    usual = signed_in(alone.user, device="laptop")
    answered(alone, work, usual)
    assert alone.incident.state == State.RECOVERED
    assert notices() == []
    assert guard.can_send(alone.user).allowed


def test_the_device_may_come_later(alone: Theft, work: Work, clock: Any) -> None:
    answered(alone, work)
    clock.shift(timedelta(hours=1))
    usual = Client()
    usual.cookies.update(signed_in(alone.user, device="laptop").cookies)
    url = path(alerts()[-1], "secure")
    assert "need not wait" in usual.get(url).content.decode()
    assert "yours again" in usual.post(url).content.decode()
    assert alone.incident.state == State.RECOVERED


@pytest.mark.parametrize("device", ["burner", "second burner"])
def test_a_thiefs_device_proves_nothing(alone: Theft, work: Work, device: str) -> None:
    """Neither the one that sent, nor one that was first seen some days before."""
    people.sighted(alone.account, "device", keyed.pseudonym("device", device)[0], at=timezone.now() - 5 * DAY)
    answered(alone, work, signed_in(alone.user, device=device))
    assert alone.incident.state == State.RETURNING


@pytest.mark.requirement("R57")
def test_where_no_password_was_changed_a_mailbox_of_years_is_enough(theft: Theft, work: Work) -> None:
    """Sent from a stolen session, say: whoever has the mailbox is more than whoever had that."""
    theft.reached_by(mailbox(OWN, 900))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    Profile.objects.filter(account=theft.account).update(credential_changed_at=theft.incident.since - 30 * DAY)
    answered(theft, work)
    assert theft.incident.state == State.RECOVERED


def test_where_the_thief_changed_the_password_the_same_mailbox_is_not(theft: Theft, work: Work, clock: Any) -> None:
    """A reset by mail is how most accounts are taken."""
    theft.reached_by(mailbox(OWN, 900))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    clock.shift(timedelta(minutes=5))
    answered(theft, work)
    assert theft.incident.state == State.RETURNING


def test_a_recovery_address_of_years_is_enough_at_once(taken: Theft, work: Work) -> None:
    answered(taken, work)
    assert taken.incident.state == State.RECOVERED
    assert notices() == []


@pytest.mark.requirement("R59")
def test_who_is_told_may_object_and_a_person_decides(alone: Theft, work: Work, clock: Any) -> None:
    thief = answered(alone, work)
    url = path(notices()[0], "contest")
    for _ in range(2):
        assert Client().get(url).status_code == 200, "a scanner opens it, and nothing happens"
    assert alone.incident.state == State.RETURNING
    session = signed_in(alone.user)
    assert Client().post(url).status_code == 200
    assert alone.incident.state == State.DOUBTED
    assert session.get("/calguard/incident/").status_code == 302, "sessions end once more"
    assert Client().post(url).status_code == 410
    assert thief.post(path(alerts()[-1], "secure")).status_code == 410
    for _ in range(6):
        clock.shift(timedelta(hours=conf.policy.incidents.contain_hours))
        sweeping.sweep(at=timezone.now())
    assert alone.incident.state == State.DOUBTED, "no clock decides it"
    assert not guard.can_send(alone.user).allowed
    assert Case.objects.filter(account=alone.account, state="open").exists()


def test_forged_and_late_objections_change_nothing(alone: Theft, work: Work, clock: Any) -> None:
    answered(alone, work)
    url = path(notices()[0], "contest")
    assert Client().post(url[:-3] + "xx/").status_code == 404
    assert Client().post(path(alerts()[-1], "secure").replace("secure", "contest")).status_code == 404
    clock.shift(timedelta(hours=25))
    sweeping.sweep(at=timezone.now())
    assert Client().post(url).status_code == 410
    assert alone.incident.state == State.RECOVERED


def test_the_policy_may_have_a_person_decide(
    alone: Theft, work: Work, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    incidents = conf.policy.incidents.model_copy(update={"unproved": "person"})
    policy = conf.policy.model_copy(update={"incidents": incidents})
    monkeypatch.setattr("calguard.conf.Settings.policy", property(lambda self: policy))
    answered(alone, work)
    assert alone.incident.state == State.DOUBTED
    clock.shift(10 * DAY)
    sweeping.sweep(at=timezone.now())
    assert not guard.can_send(alone.user).allowed


@pytest.mark.requirement("R57")
def test_an_address_that_nobody_proved_for_years_gives_nothing_back_at_once(
    theft: Theft, work: Work, clock: Any
) -> None:
    """Its provider may have given it to somebody else."""
    theft.reached_by(mailbox("old@home.example", 4000), mailbox(OWN, 900))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    clock.shift(timedelta(minutes=5))
    page = Client().get(path(alerts("old@home.example")[0], "secure"))
    assert page.status_code == 200
    answered(theft, work)
    assert theft.incident.state == State.RETURNING
    assert {one.to[0] for one in notices()} == {"old@home.example", OWN}


def test_a_strangers_page_leads_to_no_password(theft: Theft, work: Work, clock: Any) -> None:
    """The host's own page may ask for no proof: it is for whoever has given some."""
    theft.reached_by(mailbox("old@home.example", 4000))
    theft.thief_signs_in()
    theft.thief_sends()
    work()
    clock.shift(timedelta(minutes=5))
    url = path(alerts()[0], "secure")
    assert "/reset/once/" not in Client().post(url).content.decode()
    assert "/reset/once/" not in Client().get(url).content.decode()


@pytest.mark.requirement("R57")
def test_a_former_address_is_its_owners_for_a_while(theft: Theft) -> None:
    now = timezone.now()
    old = mailbox("old@home.example", 900)
    new = mailbox("new@home.example", 20)

    def chosen(days: float) -> tuple[str, ...]:
        left = Channel(
            address=old.address, verified_at=old.verified_at, changed_at=old.changed_at, left_at=now - days * DAY
        )
        theft.reached_by(left, new, mailbox(OWN, 900))
        return channels.choose(theft.account, at=now).addresses

    assert chosen(1) == ("old@home.example", "new@home.example"), "replaced by a thief, perhaps"
    assert chosen(29)[0] == "old@home.example"
    assert chosen(31) == ("new@home.example",), "somebody else may have it by now"
    assert "old@home.example" not in channels.everybody(theft.account, at=now)


def test_moments_are_on_the_owners_clock_with_its_name(taken: Theft, work: Work) -> None:
    Reachable.zone = "America/New_York"
    page = Client().get(path(alerts(RECOVERY)[-1], "secure")).content.decode()
    assert "(America/New York)" in page
    assert "UTC" not in page
    Reachable.zone = "Moon/Tranquility"
    assert "(Europe/Berlin)" in Client().get(path(alerts(RECOVERY)[-1], "secure")).content.decode()


def test_it_is_written_down(alone: Theft, work: Work) -> None:
    answered(alone, work)
    Client().post(path(notices()[0], "contest"))
    done = AuditEntry.objects.filter(target=alone.account).order_by("pk").values_list("action", flat=True)
    assert list(done)[-2:] == ["incident.returning", "incident.doubted"]


class TestWhileItIsGivenBack:
    """What is sent in that time is held all the same. Only what a thief sends makes it doubted who took it back."""

    @pytest.fixture
    def returning(self, alone: Theft, work: Work, clock: Any) -> Theft:
        answered(alone, work)
        assert alone.incident.state == State.RETURNING
        clock.shift(timedelta(hours=2))
        return alone

    def ends_well(self, theft: Theft, work: Work, clock: Any) -> bool:
        work()
        if theft.incident.state != State.RETURNING:
            return False
        clock.shift(timedelta(hours=conf.policy.incidents.unproved_hours))
        sweeping.sweep(at=timezone.now())
        return theft.incident.state == State.RECOVERED

    def test_the_owner_goes_on_from_a_new_telephone(self, returning: Theft, work: Work, clock: Any) -> None:
        new = request(HOME, "new telephone", returning.user)
        feedback.logged_in(returning.user, new)
        returning._send("Besprechung am Freitag", new)
        assert self.ends_well(returning, work, clock)

    def test_the_owner_goes_on_from_a_new_telephone_on_a_journey(
        self, returning: Theft, work: Work, clock: Any
    ) -> None:
        new = request("203.0.113.80", "new telephone", returning.user)
        feedback.logged_in(returning.user, new)
        returning._send("Abendessen in Lissabon", new, guests=["joana@casa.example"])
        assert self.ends_well(returning, work, clock)

    def test_what_looks_bad_from_the_usual_laptop_on_a_journey_is_held_and_no_more(
        self, returning: Theft, work: Work, clock: Any
    ) -> None:
        usual = request("203.0.113.80", "laptop", returning.user)
        feedback.logged_in(returning.user, usual)
        assert not returning._send(LURE, usual).may_send
        assert self.ends_well(returning, work, clock)

    def test_what_was_sent_before_it_began_says_nothing_however_late_a_worker_is(
        self, alone: Theft, work: Work, clock: Any
    ) -> None:
        alone.thief_sends()
        row = Decision.objects.latest("created_at")
        assert "alert" in row.actions
        clock.shift(timedelta(minutes=1))
        answered(alone, work)
        late = Order(owner=row.owner, account=row.account, decision=row, at=timezone.now(), using=conf.database)
        alert.carry_out(late)
        assert self.ends_well(alone, work, clock)

    @pytest.mark.requirement("R57", "R59")
    @pytest.mark.parametrize("device", ["burner", "another one"])
    def test_the_thief_sends_again_and_a_person_decides(
        self, returning: Theft, work: Work, clock: Any, device: str
    ) -> None:
        back = request(ABROAD, device, returning.user)
        feedback.logged_in(returning.user, back)
        session = signed_in(returning.user)
        assert not returning._send(LURE, back).may_send
        work()
        assert returning.incident.state == State.DOUBTED
        assert returning.incident.facts["seen_again"]
        assert session.get("/calguard/incident/").status_code == 302, "sessions end once more"
        for _ in range(6):
            clock.shift(timedelta(hours=conf.policy.incidents.contain_hours))
            sweeping.sweep(at=timezone.now())
        assert returning.incident.state == State.DOUBTED, "no clock decides it"
        assert not guard.can_send(returning.user).allowed
        assert Case.objects.filter(account=returning.account, state="open").exists()
        assert AuditEntry.objects.filter(action="incident.doubted").count() == 1

    def test_the_account_page_says_so(self, returning: Theft, work: Work) -> None:
        said = account.overview(returning.user, at=timezone.now())
        assert "unless somebody objects" in said.incident
        returning.thief_sends()
        work()
        said = account.overview(returning.user, at=timezone.now())
        assert (said.summary, said.incident) == (
            "limited",
            "We cannot tell who took this account back. A person decides.",
        )
