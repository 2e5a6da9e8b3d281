"""Somebody whose inviting is paused goes on with everything else, sees until when, and what waited goes afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import enforcement, guard
from calguard.conf import conf
from calguard.models import Case
from demo import mailbox
from demo.models import Event, InboxItem
from outbound.models import Delivery, Submission
from tests.demo.conftest import text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R65")]

DAY = timedelta(days=1)


def pause(user, *, hours: int = 24) -> None:
    """A reviewer restricts the account; a worker carries it out."""
    case = Case.objects.create(account=conf.host.account(user), opened_at=timezone.now())
    enforcement.order_by_human(
        case, "restrict", reviewer="rita", reason="x", parameters={"hours": hours}, at=timezone.now()
    )
    enforcement.run_owner(f"case:{case.pk}")


def written(visitor, *guests: str, title: str = "Case conference") -> Event:
    visitor.send("/events/new/", title=title, guests="\n".join(guests))
    return Event.objects.get(title=title)


def leaving() -> int:
    return Delivery.objects.filter(state="sent").count()


def test_everything_but_inviting_still_works(visitor, work):
    ada = visitor("ada")
    mine = written(ada, title="Dentist")
    received = InboxItem.objects.filter(user=ada.user).count()
    pause(ada.user)
    for path in ("/calendar/", "/list/", "/inbox/", "/account/", f"/events/{mine.pk}/", f"/events/{mine.pk}/edit/"):
        assert ada.get(path).status_code == 200, path
    ada.send(f"/events/{mine.pk}/edit/", title="Dentist at ten")
    mine.refresh_from_db()
    assert mine.title == "Dentist at ten"
    assert b"BEGIN:VCALENDAR" in ada.get(f"/events/{mine.pk}/event.ics").content
    other = written(ada, title="Piano lesson")
    assert other.pk, "an event without guests is nobody else's business"
    emil = visitor("emil")
    written(emil, ada.user.email, title="Choir rehearsal")
    work()
    assert InboxItem.objects.filter(user=ada.user).count() == received + 1, "and others may still invite"
    ada.client.logout()
    ada.client.post("/login/", {"username": ada.user.email, "password": "almanac-demo"})
    assert ada.get("/account/").status_code == 200


def test_the_page_says_that_it_is_paused_and_why_can_be_asked(visitor, work):
    ada = visitor("ada")
    pause(ada.user)
    work()
    standing = guard.can_send(ada.user)
    assert not standing.allowed
    assert standing.until is not None
    before = leaving()
    event = written(ada, "guest@elsewhere.example")
    work()
    assert "guest@elsewhere.example Not sent" in text_of(ada.get(f"/events/{event.pk}/"))
    assert leaving() == before
    assert [mail.to for mail in map(mailbox.load, mailbox.names())] == [ada.user.email]


@pytest.mark.requirement("R66")
def test_what_was_on_its_way_waits_and_goes_when_the_pause_is_over(visitor, work):
    """It was accepted before; the worker comes only after the account was restricted."""
    ada = visitor("ada")
    event = written(ada, "guest@elsewhere.example")
    pause(ada.user, hours=1)
    work()
    assert leaving() == 0
    assert [state.state for state in guard.guest_states(event.pk)] == ["paused"]
    assert "aused" in text_of(ada.get(f"/events/{event.pk}/"))
    enforcement.lapse(timezone.now() + 2 * timedelta(hours=1))
    assert not Restriction.objects.filter(ended_at=None).exists()
    work()
    assert leaving() == 1
    assert [state.state for state in guard.guest_states(event.pk)] == ["sent"]


@pytest.mark.requirement("R66")
def test_what_began_meanwhile_is_not_sent_late(visitor, work, clock):
    ada = visitor("ada")
    event = written(ada, "guest@elsewhere.example")
    pause(ada.user, hours=24 * 5)
    work()
    clock.shift(6 * DAY)
    enforcement.lapse(timezone.now())
    work()
    assert leaving() == 0
    assert Submission.objects.get(reference=str(event.pk)).state == Submission.State.EXPIRED
