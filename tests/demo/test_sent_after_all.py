"""What the machine refused and a reviewer let go: its owner presses one button, and the same event leaves."""

from __future__ import annotations

import pytest
from django.utils import timezone

from calguard import guard, review
from calguard.models import Case, Decision
from demo import mailbox
from demo.models import Event, User
from outbound.models import Submission
from tests.demo.conftest import text_of
from tests.demo.outlets import DENIED, lists

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R92")]

SAM = "sam@riverside-pharmacy.example"


@pytest.fixture
def released(ada, settings, tmp_path, work) -> Decision:
    lists(settings, tmp_path)
    answer = ada.send("/events/new/", title="Course", notes=DENIED, guests=SAM)
    assert answer.status_code == 302
    row = Decision.objects.get()
    assert row.verdict == guard.Verdict.DENY
    work()
    case = Case.objects.get(state="open")
    rita = User.objects.get(email="rita@almanac.example")
    review.decide(case.pk, rita, version=case.version, outcome="release", reason="a course", at=timezone.now())
    work()
    row.refresh_from_db()
    ada.client.force_login(ada.user)  # such a link was no habit of hers: her sessions were ended, to be safe
    return row


def to_sam() -> list[str]:
    return [name for name in mailbox.names() if SAM in str(getattr(mailbox.load(name), "to", ""))]


def test_the_button_sends_the_event_as_it_was(ada, released, work):
    assert to_sam() == []
    page = f"/guard/explain/{released.code}/"
    assert "Send the invitations now" in text_of(ada.get(page))
    assert ada.client.post(f"/guard/send/{released.code}/").status_code == 302
    work()
    assert Submission.objects.get().state == "sent"
    assert len(to_sam()) == 1
    assert "Send the invitations now" not in text_of(ada.get(page))


def test_an_event_that_was_edited_since_is_not_sent_by_it(ada, released, work):
    Event.objects.update(title="Another course")
    assert "You have changed the event since" in text_of(ada.get(f"/guard/explain/{released.code}/"))
    assert ada.client.post(f"/guard/send/{released.code}/").status_code == 409
    work()
    assert to_sam() == []
