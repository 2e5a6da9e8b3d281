"""What a machine refused and a person took back: sent with one click, once, and never as another event (R52, R92)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from calguard import guard, people, sweeping
from calguard.conf import conf
from calguard.models import Appeal, AuditEntry, Case, Decision, Evidence, Notice
from calguard.statements import appealing, resending
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from outbound.models import Submission
from tests.guard.events import invitation
from tests.review import factories
from tests.statements.conftest import ADDRESS, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R92")]

LINK = "ATTACH:https://blocked.example/x"
JSON = {"accept": "application/json"}
GUEST = "ben@home.example"
BUTTON = "Send the invitations now"


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the host has of its events."""
    kept: dict[str, bytes] = {}
    monkeypatch.setattr("calguard.host.Host.load", lambda self, reference: kept.get(reference))
    return kept


@pytest.fixture
def refused(
    settings: Any, tmp_path: Any, send: Callable[..., Decision], stored: dict[str, bytes], work: Callable[[], None]
) -> Decision:
    """Refused by the machine; its host has it as a draft."""
    (tmp_path / "deny").write_text("blocked.example\n")
    settings.CALGUARD = {**settings.CALGUARD, "LISTS": {"deny_domains": str(tmp_path / "deny")}}
    stored["7"] = invitation(organizer=ADDRESS, summary="Course", extra=LINK)
    row = send("Course", extra=LINK, reference="7")
    assert row.verdict == guard.Verdict.DENY
    work()
    row.refresh_from_db()
    return row


@pytest.fixture
def taken_back(refused: Decision, anna: Any, decide: Callable[..., Case]) -> Decision:
    """A reviewer looked of their own accord."""
    decide(anna, "release")
    refused.refresh_from_db()
    return refused


def to_guest() -> int:
    return sum(GUEST in message.to for message in mail.outbox)


def last_to_owner() -> str:
    return [str(message.body) for message in mail.outbox if ADDRESS in message.to][-1]


def path(row: Decision) -> str:
    return f"/calguard/send/{row.code}/"


def test_while_the_refusal_stands_nothing_can_be_sent(refused: Decision, owner: Any) -> None:
    client = signed_in(owner)
    assert BUTTON not in client.get(f"/calguard/explain/{refused.code}/").content.decode()
    answer = client.post(path(refused), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_send")
    assert Submission.objects.get().state == "refused"


def test_its_owner_is_told_and_sends_it_with_one_click(
    taken_back: Decision, owner: Any, work: Callable[[], None]
) -> None:
    assert to_guest() == 0, "nobody has asked the owner yet"
    body = last_to_owner()
    assert "A person has looked at it since and has taken that back" in body
    assert f"/calguard/explain/{taken_back.code}/" in body
    client = signed_in(owner)
    for page in (f"/calguard/explain/{taken_back.code}/", "/calguard/account/", f"/calguard/statement/{_code()}/"):
        assert f'action="{path(taken_back)}"' in client.get(page).content.decode(), page
    assert client.get(f"/calguard/explain/{taken_back.code}/", headers=JSON).json()["send_url"] == path(taken_back)
    assert client.get(path(taken_back)).status_code == 302
    assert Submission.objects.get().state == "refused", "reading sends nothing"
    for _ in range(2):  # a double click is no error, and sends nothing twice
        assert client.post(path(taken_back)).status_code == 302
        work()
    assert (to_guest(), Submission.objects.get().state) == (1, "sent")
    assert AuditEntry.objects.filter(action="submission.sent_after_all", target=taken_back.account).count() == 1
    shown = client.get(f"/calguard/explain/{taken_back.code}/").content.decode()
    assert BUTTON not in shown
    assert "The invitations have been sent since." in shown


def _code() -> str:
    return Statement.objects.get(measure="refused").code


def test_who_objected_reads_it_in_the_answer_and_in_no_second_mail(
    refused: Decision, ben: Any, owner: Any, decide: Callable[..., Case], work: Callable[[], None]
) -> None:
    appealing.object_to(Statement.objects.get(), "My own course", by=refused.account, at=timezone.now())
    decide(ben, "release", telling=Telling(words="It is fine."))
    assert Appeal.objects.get().state == "overturned"
    assert to_guest() == 0
    body = last_to_owner()
    assert "the invitations can leave now, with one click" in body
    assert "Course" in body
    assert f"/calguard/explain/{refused.code}/" in body
    assert Notice.objects.filter(account=refused.account).exclude(kind="refused").count() == 1
    signed_in(owner).post(path(refused))
    work()
    assert to_guest() == 1


def test_another_version_is_not_sent_by_it(taken_back: Decision, owner: Any, stored: dict[str, bytes]) -> None:
    stored["7"] = invitation(organizer=ADDRESS, summary="Another course", extra=LINK)
    client = signed_in(owner)
    shown = client.get(f"/calguard/explain/{taken_back.code}/").content.decode()
    assert BUTTON not in shown
    assert "You have changed the event since." in shown
    assert client.post(path(taken_back)).status_code == 409
    assert Submission.objects.get().state == "refused"


def test_guests_who_were_not_looked_at_are_not_written_to(
    taken_back: Decision, owner: Any, stored: dict[str, bytes]
) -> None:
    stored["7"] = invitation(organizer=ADDRESS, summary="Course", extra=LINK, guests=(GUEST, "more@home.example"))
    assert signed_in(owner).post(path(taken_back)).status_code == 409


def test_what_changes_between_the_click_and_the_last_look_is_judged_again(
    taken_back: Decision, owner: Any, stored: dict[str, bytes], work: Callable[[], None]
) -> None:
    signed_in(owner).post(path(taken_back))
    stored["7"] = invitation(organizer=ADDRESS, summary="Call +1 (805) 302-8040 about your PayPal refund", extra=LINK)
    work()
    assert to_guest() == 0


def test_an_event_that_its_host_does_not_have_is_not_sent(
    refused: Decision, anna: Any, owner: Any, decide: Callable[..., Case], stored: dict[str, bytes]
) -> None:
    stored.clear()
    decide(anna, "release")
    assert not Notice.objects.filter(kind="taken_back").exists()
    assert signed_in(owner).post(path(refused)).status_code == 409


def test_what_has_begun_is_not_sent_and_becomes_expired(
    clock: Any, taken_back: Decision, owner: Any, work: Callable[[], None]
) -> None:
    client = signed_in(owner)
    clock.shift(timedelta(days=3))
    assert "The event has begun" in client.get(f"/calguard/explain/{taken_back.code}/").content.decode()
    assert client.post(path(taken_back)).status_code == 409
    sweeping.sweep(at=timezone.now())
    assert Submission.objects.get().state == "expired"
    assert "Its time has passed" in client.get(f"/calguard/explain/{taken_back.code}/").content.decode()
    work()
    assert to_guest() == 0


def test_a_series_that_goes_on_is_not_over(
    send: Callable[..., Decision], taken_back: Decision, owner: Any, stored: dict[str, bytes]
) -> None:
    begun = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
    series = {"extra": f"{LINK}\r\nRRULE:FREQ=WEEKLY;COUNT=8", "uid": "weekly@x", "start": begun}
    stored["8"] = invitation(organizer=ADDRESS, summary="Weekly", **series)
    row = send("Weekly", **series, reference="8")
    assert row.verdict == guard.Verdict.DENY
    Decision.objects.filter(pk=row.pk).update(case=taken_back.case)
    row.refresh_from_db()
    assert resending.offer(row, at=timezone.now()) == "now"


def test_a_newer_version_that_went_its_way_is_not_overtaken(taken_back: Decision, owner: Any) -> None:
    old = Submission.objects.get()
    factories.submission(taken_back.account, at=timezone.now(), state="sent", uid=old.uid)
    assert signed_in(owner).post(path(taken_back)).status_code == 409
    old.refresh_from_db()
    assert old.state == "refused"


def test_it_is_nobody_elses_to_send(taken_back: Decision, person: Callable[..., Any]) -> None:
    assert Client().post(path(taken_back)).status_code == 302
    assert signed_in(person("eve@else.example")).post(path(taken_back)).status_code == 404
    assert Submission.objects.get().state == "refused"


def test_a_form_of_another_site_sends_nothing(taken_back: Decision, owner: Any) -> None:
    assert signed_in(owner, enforce_csrf_checks=True).post(path(taken_back)).status_code == 403
    assert Submission.objects.get().state == "refused"


def test_who_is_paused_is_not_offered_what_would_only_wait(taken_back: Decision, owner: Any) -> None:
    until = timezone.now() + timedelta(days=1)
    people.restrict(
        taken_back.account,
        "sending",
        "case:99",
        "",
        by_human=True,
        at=timezone.now(),
        expires_at=until,
        using="default",
    )
    assert resending.offer(taken_back, at=timezone.now()) == ""
    assert signed_in(owner).post(path(taken_back)).status_code == 409


def test_an_address_that_nobody_proved_is_sent_no_title(
    refused: Decision, anna: Any, decide: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = conf.host.__class__.facts

    def unproven(self: Any, account: str, user: Any = None) -> Any:
        return replace(real(self, account, user), email_verified=False)

    monkeypatch.setattr("calguard.host.Host.facts", unproven)
    decide(anna, "release")
    assert "taken that back" in last_to_owner()
    assert "Course" not in last_to_owner()


@pytest.mark.parametrize("label", ["innocent", "unclear"])
def test_to_restore_the_account_gives_it_back_too(
    refused: Decision, anna: Any, owner: Any, decide: Callable[..., Case], work: Callable[[], None], label: str
) -> None:
    decide(anna, "restore", label)
    signed_in(owner).post(path(refused))
    work()
    assert to_guest() == 1


class TestTheAccountPage:
    """Whoever looks where the account stands learns that something waits for them."""

    def test_it_says_that_something_waits_for_a_word(self, taken_back: Decision, owner: Any, work: Any) -> None:
        client = signed_in(owner)
        shown = client.get("/calguard/account/").content.decode()
        assert "All is well" not in shown
        assert 'data-summary="offered"' in shown
        assert "Nothing of yours waits." not in shown
        assert shown.count(f'action="{path(taken_back)}"') == 1
        assert client.get("/calguard/account/", headers=JSON).json()["summary"] == "offered"
        client.post(path(taken_back))
        work()
        shown = client.get("/calguard/account/").content.decode()
        assert "All is well: you can invite others." in shown
        assert "Nothing of yours waits." in shown

    @pytest.mark.parametrize("what", ["nothing was taken back", "changed", "gone"])
    def test_it_says_nothing_where_there_is_nothing_to_do(
        self, refused: Decision, owner: Any, anna: Any, decide: Any, stored: dict[str, bytes], what: str
    ) -> None:
        if what != "nothing was taken back":
            decide(anna, "release")
        if what == "changed":
            stored["7"] = invitation(organizer=ADDRESS, summary="Another course", extra=LINK)
        if what == "gone":
            del stored["7"]
        assert signed_in(owner).get("/calguard/account/", headers=JSON).json()["summary"] == "well"

    def test_without_what_was_judged_it_says_what_to_do_instead(
        self, taken_back: Decision, owner: Any, work: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Evidence.objects.all().delete()  # as the clock of the raw retention does
        monkeypatch.setattr("calguard.host.Host.event_url", lambda self, reference: f"/events/{reference}/")
        client = signed_in(owner)
        for page in ("/calguard/account/", f"/calguard/explain/{taken_back.code}/"):
            shown = client.get(page).content.decode()
            assert "save the event anew in your calendar" in shown, page
            assert BUTTON not in shown, page
        assert 'href="/events/7/"' in client.get("/calguard/account/").content.decode()
        assert client.get("/calguard/account/", headers=JSON).json()["summary"] == "offered"
        answer = client.post(path(taken_back), headers=JSON)
        assert (answer.status_code, "anew" in answer.json()["title"]) == (409, True)
        work()
        assert to_guest() == 0

    def test_what_has_begun_by_then_is_not_asked_about(self, taken_back: Decision, stored: dict[str, bytes]) -> None:
        Evidence.objects.all().delete()
        assert resending.offer(taken_back, at=timezone.now()) == "anew"
        assert resending.offer(taken_back, at=timezone.now() + timedelta(days=30)) == "begun"
        stored.clear()
        assert resending.offer(taken_back, at=timezone.now()) == ""
