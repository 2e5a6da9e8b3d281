"""Staff say what became of a copy whose end nobody knows: by a button, with a reason, once, and not of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from calguard.models import AuditEntry, Case
from outbound.models import Delivery, Message
from tests.admin.conftest import signed_in
from tests.review import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R04", "R90")]

LIST = "/admin/calguard_outbound/delivery/"


@pytest.fixture
def unsure(case: Case) -> Callable[..., Delivery]:
    """A copy of the case's account, in any state."""
    submission = case.decisions.get().submission
    assert submission is not None
    message = Message.objects.create(
        submission=submission,
        account=submission.account,
        uid=submission.uid + "<b>",
        method="REQUEST",
        content_hash="c" * 64,
        occasion=1,
        created_at=case.opened_at,
    )

    def make(number: int = 1, state: str = "uncertain") -> Delivery:
        return Delivery.objects.create(
            message=message,
            recipient_hash="e" * 64,
            key_id="k1",
            dedupe_key=str(number),
            state=state,
            mail_id=f"<{number}@calendar.example>",
            error="timed out <script>",
            created_at=case.opened_at,
        )

    return make


def post(client: Client, copy: Delivery, arrived: str = "yes", reason: str = "250 in the log", **given: Any) -> Any:
    return client.post(f"{LIST}{copy.pk}/answer/", {"arrived": arrived, "reason": reason, **given}, follow=True)


def test_the_list_has_what_nobody_knows_and_nothing_else(viewer: Client, unsure: Callable[..., Delivery]) -> None:
    unsure(1)
    unsure(2, "sent")
    shown = viewer.get(LIST).content.decode()
    assert "&lt;1@calendar.example&gt;" in shown
    assert "2@calendar.example" not in shown
    assert "<script>" not in shown.partition("timed out")[2][:40]


def test_it_is_as_many_queries_for_ten_as_for_one(viewer: Client, unsure: Callable[..., Delivery]) -> None:
    unsure(1)
    with CaptureQueriesContext(
        connection,
    ) as one:
        viewer.get(LIST)
    for number in range(2, 12):
        unsure(number)
    with CaptureQueriesContext(connection) as ten:
        viewer.get(LIST)
    assert len(ten) <= len(one)


def test_the_case_leads_to_it(lead: Client, unsure: Callable[..., Delivery], address: Callable[..., str]) -> None:
    copy = unsure()
    assert f'href="{LIST}{copy.pk}/change/"' in lead.get(address()).content.decode()


@pytest.mark.parametrize(("word", "state"), [("yes", "sent"), ("no", "failed")])
def test_a_reviewer_says_what_became_of_it(
    decider: Client, unsure: Callable[..., Delivery], word: str, state: str
) -> None:
    copy = unsure()
    assert post(decider, copy, word).status_code == 200
    copy.refresh_from_db()
    assert copy.state == state
    entry = AuditEntry.objects.get(target=f"copy:{copy.pk}")
    assert (entry.reason, entry.data["message_id"]) == ("250 in the log", copy.mail_id)
    assert entry.actor.startswith("auth.user:")


def test_a_second_one_changes_nothing(decider: Client, lead: Client, unsure: Callable[..., Delivery]) -> None:
    copy = unsure()
    post(decider, copy, "yes")
    assert "answered meanwhile" in post(lead, copy, "no").content.decode()
    copy.refresh_from_db()
    assert copy.state == "sent"
    assert AuditEntry.objects.filter(target=f"copy:{copy.pk}").count() == 1


def test_without_the_permission_a_reason_or_a_post_nothing_happens(
    viewer: Client, decider: Client, unsure: Callable[..., Delivery]
) -> None:
    copy = unsure()
    assert "What became of it" not in viewer.get(f"{LIST}{copy.pk}/change/").content.decode()
    assert post(viewer, copy).status_code == 403
    assert post(decider, copy, reason=" ").status_code == 400
    assert post(decider, copy, "perhaps").status_code == 400
    assert decider.get(f"{LIST}{copy.pk}/answer/").status_code == 405
    assert decider.post(f"{LIST}{copy.pk}/change/", {"arrived": "yes"}).status_code == 405
    assert signed_in("otto", "view_decision").get(f"{LIST}{copy.pk}/change/").status_code == 403
    assert decider.get(f"{LIST}{copy.pk + 99}/change/").status_code == 404
    assert decider.get(f"{LIST}9{'9' * 30}/change/").status_code == 404
    copy.refresh_from_db()
    assert copy.state == "uncertain"
    assert not AuditEntry.objects.filter(action__startswith="copy.").exists()


def test_nobody_says_it_of_their_own(unsure: Callable[..., Delivery], sender: Any) -> None:
    copy = unsure()
    me = Client()
    sender.is_staff = True
    sender.save()
    reviewer = factories.make_user("norma", "view_case", "decide_case")
    sender.user_permissions.set(reviewer.user_permissions.all())
    me.force_login(sender)
    assert post(me, copy).status_code == 403
    copy.refresh_from_db()
    assert copy.state == "uncertain"


def test_what_the_mail_server_wrote_stands_on_the_case_page_and_can_do_nothing_there(
    lead: Client, unsure: Callable[..., Delivery], address: Callable[..., str]
) -> None:
    copy = unsure(1, "failed")
    Delivery.objects.filter(pk=copy.pk).update(error="550 5.7.1 <script>alert(1)</script> see https://evil.example/x")
    shown = lead.get(address()).content.decode()
    said = shown.partition("the mail server: “")[2].partition("”")[0]
    assert "550" in said
    assert "&lt;script&gt;" in said
    assert "<script>" not in said
    assert "https://evil.example" not in shown
