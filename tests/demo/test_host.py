"""What Almanac tells CalGuard, and what it does with what CalGuard brings."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calguard.conf import conf
from calguard.host import InternalMessage
from calguard.incidents.channels import choose
from demo import ical
from demo.models import Event, Guest, InboxItem, User

pytestmark = pytest.mark.django_db


@pytest.fixture
def host(residents):
    return conf.host


def who(name):
    return User.objects.get(first_name=name)


@pytest.fixture
def event(residents):
    start = timezone.now() + timedelta(days=2)
    made = Event.objects.create(
        owner=who("Ada"), uid="u-1@almanac.example", title="Lunch", starts_at=start, ends_at=start + timedelta(hours=1),
        time_zone="Europe/Berlin", changed_at=timezone.now(),
    )  # fmt: skip
    Guest.objects.create(event=made, address="emil@lakeside-choir.example")
    Guest.objects.create(event=made, address="sam@x.example")
    return made


def message(event, method="REQUEST", to="emil@lakeside-choir.example"):
    return InternalMessage(
        recipient=to, method=method, uid=event.uid, submission="s-1",
        calendar=ical.build(event, event.guests.all(), method),
    )  # fmt: skip


def test_facts_of_a_paying_member_and_of_a_stranger(host):
    ada = host.facts(host.account(who("Ada")))
    assert (ada.paid, ada.email_verified, ada.tenant_name) == (True, True, "Northwind Clinic")
    assert ada.verified_domains == {"northwind-clinic.example"}
    ben = host.facts(host.account(who("Ben")))
    assert (ben.paid, ben.tenant, ben.verified_domains) == (False, "", frozenset())
    assert host.facts("demo.user:0").email == ""


def test_addresses_find_accounts_whatever_their_case(host):
    assert host.account_for(" ADA@Northwind-Clinic.example") == host.account(who("Ada"))
    assert host.account_for("nobody@x.example") is None


def test_only_proved_addresses_get_invitations_here(host):
    User.objects.create_user("new@x.example", "long enough to be one")
    assert host.on_system(["Emil@lakeside-choir.example", "new@x.example", "sam@x.example"]) == {
        "emil@lakeside-choir.example"
    }


def test_colleagues_joined_and_others_did_not(host):
    asked = ["noor@northwind-clinic.example", "emil@lakeside-choir.example"]
    assert host.joined(host.account(who("Ada")), asked) == {"noor@northwind-clinic.example"}
    assert host.joined(host.account(who("Ben")), asked) == frozenset()


@pytest.mark.requirement("R04")
def test_delivering_twice_is_delivering_once(host, event):
    assert host.deliver(message(event))
    assert host.deliver(message(event))
    item = who("Emil").inbox.get()
    assert (item.title, item.organiser, item.state) == ("Lunch", "ada@northwind-clinic.example", "new")


def test_nobody_here_means_mail(host, event):
    assert host.deliver(message(event, to="sam@x.example")) is False


def test_a_new_time_asks_again_and_an_older_version_changes_nothing(host, event):
    host.deliver(message(event))
    InboxItem.objects.update(state="accepted")
    old = message(event)
    event.title, event.sequence = "Late lunch", 2
    host.deliver(message(event))
    assert who("Emil").inbox.values_list("title", "state").get() == ("Late lunch", "new")
    host.deliver(old)
    assert who("Emil").inbox.get().title == "Late lunch"


def test_the_same_uid_of_another_organiser_is_another_invitation(host, event):
    host.deliver(message(event))
    event.owner, event.title = who("Ben"), "Not lunch"
    host.deliver(message(event))
    assert sorted(who("Emil").inbox.values_list("title", flat=True)) == ["Lunch", "Not lunch"]


@pytest.mark.requirement("R81")
def test_what_was_called_junk_does_not_come_back(host, event):
    host.deliver(message(event))
    InboxItem.objects.update(state="junk")
    event.sequence += 1
    host.deliver(message(event))
    host.deliver(message(event, "CANCEL"))
    assert who("Emil").inbox.get().state == "junk"


def test_a_cancellation_reaches_the_invitation(host, event):
    host.deliver(message(event))
    event.sequence += 1
    assert host.deliver(message(event, "CANCEL"))
    assert who("Emil").inbox.get().state == "cancelled"


def test_an_answer_counts_for_its_guest_only(host, event):
    host.deliver(message(event))
    item = who("Emil").inbox.get()
    item.state, item.answered_at = "accepted", timezone.now()
    given = InternalMessage(
        recipient="ada@northwind-clinic.example",
        method="REPLY",
        uid=event.uid,
        calendar=ical.reply(item),
        submission="s",
    )
    assert host.deliver(given)
    answers = dict(event.guests.values_list("address", "answer"))
    assert answers == {"emil@lakeside-choir.example": "ACCEPTED", "sam@x.example": "NEEDS-ACTION"}


@pytest.mark.requirement("R02")
def test_the_event_is_read_as_it_is_now(host, event):
    assert b"SUMMARY:Lunch" in host.load(str(event.pk))
    Event.objects.update(title="Dinner")
    assert b"SUMMARY:Dinner" in host.load(str(event.pk))
    Event.objects.update(cancelled_at=timezone.now())
    assert b"ATTENDEE" not in host.load(str(event.pk))
    Event.objects.all().delete()
    assert host.load(str(event.pk)) is None
    assert [host.load(odd) for odd in ("", "7", "reply-x", "reply-9999", "'")] == [None] * 5


def test_every_reference_has_a_page(host, event):
    assert host.event_url(str(event.pk)) == f"/events/{event.pk}/"
    assert host.event_url("reply-1") == "/inbox/"
    assert host.event_url("gone") == ""


def test_what_was_before_calguard_is_told_of_everybody(host, event):
    event.guests.update(answer="ACCEPTED")
    records = list(host.history())
    assert len(records) == User.objects.count()
    owner = next(record for record in records if record.account == host.account(event.owner))
    assert {one.guest for one in owner.accepted} == set(event.guests.values_list("address", flat=True))
    assert (owner.created_at, owner.networks) == (event.owner.date_joined, None)
    assert [record.cursor for record in host.history(records[2].cursor)] == [record.cursor for record in records[3:]]


@pytest.mark.requirement("R57")
def test_the_alarm_goes_to_a_channel_that_did_not_change_lately(host):
    ada, at = who("Ada"), timezone.now()
    told = choose(host.account(ada), at=at)
    assert told.addresses == ("ada.okafor@posteo.example",)
    ada.recovery_email, ada.recovery_changed_at = "thief@x.example", at
    ada.save()
    assert choose(host.account(ada), at=at).addresses == (ada.email,)


@pytest.mark.requirement("R57")
def test_a_thief_who_changes_the_recovery_address_first_is_not_alone_told(ada, host):
    """Whoever reads the mailbox too would be the only one to hear of the theft, and get the way back."""
    for address in ("one@thief.example", "two@thief.example"):
        ada.send("/account/", recovery_email=address)
    assert User.objects.get(pk=ada.user.pk).recovery_email == "two@thief.example"
    account, at = host.account(ada.user), timezone.now()
    assert choose(account, at=at).addresses == ("ada.okafor@posteo.example",)
    ada.clock.shift(timedelta(days=15))
    assert choose(account, at=timezone.now()).addresses == ("two@thief.example",)


def test_whoever_opened_an_alert_chooses_a_password_without_the_old_one(host, client):
    ada = who("Ada")
    page = client.get(host.reset_url(host.account(ada)), follow=True)
    assert b"Choose a new password" in page.content
    words = {"new_password1": "quite another one", "new_password2": "quite another one"}
    client.post(page.redirect_chain[-1][0], words)
    ada.refresh_from_db()
    assert ada.check_password("quite another one")


def test_a_suspended_account_cannot_go_on(host, client):
    ada = who("Ada")
    client.force_login(ada)
    assert client.get("/account/").status_code == 200
    host.suspend(host.account(ada))
    assert client.get("/account/").status_code == 302
    said = client.post("/login/", {"username": ada.email, "password": "almanac-demo"})
    assert b"This account is suspended" in said.content
    host.reinstate(host.account(ada))
    assert client.post("/login/", {"username": ada.email, "password": "almanac-demo"}).status_code == 302
