"""A statement of reasons for every measure, once, told as the person or the machine who took it must tell it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone, translation
from django.utils.html import escape

from accounts_risk.models import Restriction
from calguard import cases, enforcement, review
from calguard.conf import conf
from calguard.models import AuditEntry, Decision, Notice
from calguard.order import Order
from calguard.statements import ledger, showing, terms
from calguard.statements.models import Statement
from calguard.statements.telling import Telling
from tests.review import factories
from tests.statements.conftest import signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R91")]


def order(account: str = "shop.user:1", **given: Any) -> Order:
    return Order(owner=given.pop("owner", "case:1"), account=account, at=timezone.now(), using="default", **given)


def mails_to(address: str) -> list[str]:
    return [str(message.body) for message in mail.outbox if address in message.to]


def test_what_is_only_held_has_no_statement_yet(held: Decision) -> None:
    assert held.case is not None
    assert not Statement.objects.exists()


def test_a_person_who_confirms_a_hold_tells_what_why_and_how_to_object(
    held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "deny", "phish", telling=Telling(words="The number belongs to a known fraud.", reported=True))
    row = Statement.objects.get()
    assert (row.measure, row.source, row.ground) == ("withheld", "notice", "deception")
    assert (row.found_by_machine, row.decided_by_machine) == (True, False)
    assert row.reasons == held.reasons
    (body,) = mails_to("x@free.example")
    assert "The number belongs to a known fraud." in body
    assert str(terms.GROUNDS["deception"]) in body
    assert "found automatically, and decided by a person" in body
    assert "Somebody reported it" in body
    assert "/calguard/objection/" in body
    assert "as I see it" not in body  # the reason is for colleagues


def test_what_is_released_has_none(held: Decision, anna: Any, decide: Callable[..., Any]) -> None:
    decide(anna, "release")
    assert not Statement.objects.exists()


def test_a_machines_refusal_is_stated_and_shown_and_mailed_only_where_no_page_was(
    send: Callable[..., Decision], work: Callable[[], None]
) -> None:
    refused = {"extra": "ATTACH:https://blocked.example/x", "channel": "web"}
    for channel in ("web", "caldav"):
        row = send(**{**refused, "channel": channel, "uid": f"{channel}@x"})
        Decision.objects.filter(pk=row.pk).update(verdict=5, reasons=["link_not_allowed"])
        enforcement.registry()["deny"].carry_out(
            Order(
                owner=row.owner,
                account=row.account,
                at=timezone.now(),
                using="default",
                decision=Decision.objects.get(pk=row.pk),
            )
        )
    told = Statement.objects.filter(measure="refused").order_by("created_at")
    assert [(row.decided_by_machine, row.ground) for row in told] == [(True, "deception")] * 2
    assert [notice.context["statement"] for notice in Notice.objects.filter(kind="refused")] == [str(told[1].pk)]


@pytest.mark.parametrize(("action", "measure"), [("restrict", "restricted"), ("suspend", "suspended")])
@pytest.mark.parametrize("by_human", [True, False])
def test_what_limits_an_account_is_stated_with_its_end_and_told_once(
    owner: Any, work: Callable[[], None], action: str, measure: str, by_human: bool
) -> None:
    given = order(conf.host.account(owner), by_human=by_human, owner="case:9", parameters={"hours": 24})
    for _ in range(2):
        enforcement.registry()[action].carry_out(given)
        work()
    row = Statement.objects.get()
    stands = Restriction.objects.get()
    assert (row.measure, row.ends_at) == (measure, stands.expires_at)
    assert row.decided_by_machine is not by_human
    assert len(mails_to("x@free.example")) == 1
    enforcement.registry()[action].undo(given)
    row.refresh_from_db()
    assert row.ended_at is not None
    assert row.overturned_at is None


def test_what_has_run_out_is_over(now: Any) -> None:
    row = ledger.issue(order(), Statement.Measure.RESTRICTED, ends_at=timezone.now() + timedelta(hours=1))
    assert ledger.lapse(timezone.now()) == 0
    assert ledger.lapse(timezone.now() + timedelta(hours=1)) == 1
    row.refresh_from_db()
    assert row.ended_at is not None


def test_an_incident_is_stated_without_a_mail_to_a_mailbox_that_may_be_the_thiefs(owner: Any) -> None:
    given = order(conf.host.account(owner), owner="incident:3")
    row = ledger.issue(given, Statement.Measure.CONTAINED, ends_at=timezone.now() + timedelta(days=3))
    assert row.owner == "incident:3"
    assert not Notice.objects.exists()


def test_of_two_accounts_of_one_order_each_is_told(person: Callable[..., Any]) -> None:
    users = [person(f"{name}@free.example") for name in "ab"]
    for user in users:
        ledger.issue(order(conf.host.account(user), owner="campaign:1/2/accounts"), Statement.Measure.RESTRICTED)
    assert Notice.objects.filter(kind="restricted").count() == 2
    ledger.end("campaign:1/2/accounts", at=timezone.now(), account=conf.host.account(users[0]))
    assert list(Statement.objects.filter(ended_at=None).values_list("account", flat=True)) == [
        conf.host.account(users[1])
    ]


def test_only_a_persons_word_of_deceptive_bulk_leaves_it_untold(
    held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    with pytest.raises(review.Invalid, match="deceptive high-volume"):
        decide(anna, "deny", "unclear", telling=Telling(omit=True))
    decide(anna, "deny", "spam", telling=Telling(omit=True))
    row = Statement.objects.get()
    assert (row.omitted, row.ground) == (True, terms.BULK)
    assert not mails_to("x@free.example")
    assert not ledger.of_account(row.account).exists()
    assert AuditEntry.objects.get(action="case.deny").data["told"] == ["omit"]


@pytest.mark.parametrize(
    ("reasons", "label", "ground"),
    [
        ((), "", terms.OTHER),
        (("unreadable_event",), "", terms.OTHER),
        (("looks_automated",), "", "programs"),
        (("too_many_guests", "content_looks_like_scam"), "", "unwanted_bulk"),
        (("unusual_sign_in",), "", "account_safety"),
        (("looks_automated",), "spam", "unwanted_bulk"),  # a person's word outranks the machine's
        (("looks_automated",), "hijacked", "account_safety"),
        (("looks_automated",), "unclear", "programs"),
    ],
)
def test_the_ground_is_a_term(reasons: tuple[str, ...], label: str, ground: str) -> None:
    assert terms.ground_of(reasons, label) == ground
    assert terms.ground_text(ground)


def test_every_term_of_the_shipped_policy_has_words() -> None:
    assert set(conf.policy.terms) | {terms.OTHER} == set(terms.GROUNDS)
    for words in (terms.HEADLINES, terms.SCOPES):
        assert set(words) == set(Statement.Measure.values)


def test_what_else_people_can_do_is_the_operators_to_say(settings: Any) -> None:
    assert terms.redress() == ""
    settings.CALGUARD = {**settings.CALGUARD, "REDRESS": {"de": "Die Stelle in Bonn", "en": "The body in Bonn"}}
    with translation.override("en-gb"):
        assert terms.redress() == "The body in Bonn"
    with translation.override("fr"):
        assert terms.redress() == "Die Stelle in Bonn"


def test_a_statement_of_a_case_tells_the_reasons_of_the_strongest_first(now: Any) -> None:
    weak = factories.decision("shop.user:1", at=now, score=10.0, reasons=["looks_automated"])
    strong = factories.decision("shop.user:1", at=now, score=90.0, reasons=["link_not_allowed"])
    other = factories.decision("shop.user:2", at=now, score=99.0, reasons=["hidden_text"])
    case = cases.open_for(weak, at=now)
    Decision.objects.filter(pk__in=[strong.pk, other.pk]).update(case=case)
    row = ledger.issue_for_content(order(case=case, by_human=True, owner=f"case:{case.pk}"))
    assert row.reasons == ["link_not_allowed", "looks_automated"]


@pytest.mark.parametrize(("outcome", "subject"), [("restrict", "is paused"), ("suspend", "is suspended")])
def test_one_decision_on_account_and_content_is_one_mail_that_says_both(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any], outcome: str, subject: str
) -> None:
    decide(anna, outcome, "phish", telling=Telling(words="Please stop."))
    limit = Statement.objects.exclude(measure="withheld").get()
    assert Statement.objects.filter(measure="withheld", ended_at=None).exists(), "stated all the same, on its own page"
    mails = [message for message in mail.outbox if "x@free.example" in message.to]
    assert [subject in message.subject for message in mails] == [True]
    assert "Invitations of yours that were waiting are not sent" in str(mails[0].body)
    assert limit.case is not None


def test_the_mail_says_what_the_statement_says_and_nothing_twice(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "restrict", "phish", telling=Telling(words="Please stop.", reported=True))
    row = Statement.objects.get(measure="restricted")
    it = showing.shown(row, at=timezone.now())
    body = " ".join(str(next(m.body for m in mail.outbox if "x@free.example" in m.to)).split())
    shown = signed_in(owner).get(f"/calguard/statement/{row.code}/").content.decode()
    said = [it.scope, it.also, it.words, it.ground_text, it.source_text, it.automation, *it.titles]
    said += [text for _, text in it.facts]
    for text in said:
        assert text
        assert body.count(text) == 1, text
        assert escape(text) in shown, text
    sentences = [part.strip() for part in body.replace("!", ".").split(". ") if len(part.split()) > 3]
    assert len(sentences) == len(set(sentences))
