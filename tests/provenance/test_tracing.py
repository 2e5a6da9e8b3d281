"""Whatever left is led back to who sent it, in one query, and nothing that we did not make is."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.test import override_settings

from calguard import actors, provenance
from calguard.case_search import search
from calguard.conf import conf
from calguard.models import Case, Decision
from outbound.models import Delivery, Submission
from tests.guard.events import LURE, invitation
from tests.support.work import drain
from tests.updates.events import save

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R78")]
BEN = "ben@home.example"


def found(text: str, queries: Any) -> list[provenance.Trace]:
    with queries(1):
        return provenance.find(text)


@pytest.mark.parametrize("written", ["{}", "  {} ", "bare"])
def test_by_message_id(person: Any, written: str, django_assert_num_queries: Any) -> None:
    user = person()
    decision = save(user, sequence=3, actor=actors.delegate("auth.user:77"))
    sent = str(mail.outbox[0].message()["Message-ID"])
    asked = sent.strip("<>") if written == "bare" else written.format(sent)
    (trace,) = found(asked, django_assert_num_queries)
    assert (trace.account, trace.actor) == (conf.host.account(user), "delegate:auth.user:77")
    assert (trace.channel, trace.route, trace.method, trace.state) == ("web", "mail", "REQUEST", "sent")
    assert (trace.uid, trace.sequence, trace.message_id) == ("plan@x.example", 3, sent)
    assert (trace.decision, trace.code) == (str(decision.id), decision.reference)
    assert (trace.submission, trace.reference) == (decision.submission, "e1")
    assert trace.at == Delivery.objects.get().sent_at


def test_by_uid_everything_that_was_sent_of_it(person: Any, django_assert_num_queries: Any) -> None:
    user = person()
    save(user)
    save(user, method="CANCEL", sequence=1)
    cancelled, invited = found("plan@x.example", django_assert_num_queries)
    assert (invited.method, cancelled.method) == ("REQUEST", "CANCEL")
    assert {invited.account, cancelled.account} == {conf.host.account(user)}


def test_by_feedback_id_as_it_left(person: Any, django_assert_num_queries: Any) -> None:
    user = person()
    decision = save(user, guests=[BEN, "cleo@home.example"])
    headers = {str(message.message()[provenance.HEADER]) for message in mail.outbox}
    assert len(headers) == 1
    (header,) = headers
    assert str(decision.submission) not in header
    for written in (header, f"{provenance.HEADER}: {header}", header.upper()):
        (trace,) = found(written, django_assert_num_queries)
        assert (trace.account, trace.code) == (conf.host.account(user), decision.reference)


def test_only_what_we_made_leads_anywhere(person: Any) -> None:
    decision = save(person())
    assert decision.submission is not None
    ours = provenance.feedback_id(decision.submission)
    named, _, mac = ours.partition(".")
    other = provenance.feedback_id(uuid4())
    forged = [f"{named}.{other.partition('.')[2]}", f"{named}.{'a' * 24}", named, mac, f"{ours}a", f".{mac}", "!" * 51]
    for text in [*forged, "", " ", "<>", "nobody@nowhere.example", "\x00", "ø" * 3000]:
        assert provenance.find(text) == [], text
    assert provenance.submission_of(other) is not None, "made by us, and of nothing that is kept"
    assert provenance.find(other) == []


def test_after_the_key_was_changed(person: Any, settings: Any) -> None:
    decision = save(person())
    assert decision.submission is not None
    before = provenance.feedback_id(decision.submission)
    keys = dict(conf.keys)
    with override_settings(CALGUARD={**settings.CALGUARD, "KEYS": {"newer": "n" * 50, **keys}}):
        assert provenance.feedback_id(decision.submission) != before
        assert [trace.submission for trace in provenance.find(before)] == [decision.submission]


def test_a_calendar_here_and_a_booking_say_how(person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calguard.host.Host.on_system", lambda _self, addresses: frozenset(addresses))
    monkeypatch.setattr("calguard.host.Host.deliver", lambda _self, _message: True)
    from calguard import guard

    user = person()
    with guard.sending(user, invitation(), channel="booking", reference="b1") as decision:
        pass
    drain()
    (trace,) = provenance.find("lunch-1@calendar.example")
    assert (trace.channel, actors.kind(trace.actor)) == ("booking", "visitor")
    assert mail.outbox == []
    (copy,) = provenance.find(Delivery.objects.get().mail_id)
    assert (copy.route, copy.submission) == ("internal", decision.submission)


def test_mail_the_host_rendered_is_found_by_its_own_id(person: Any, settings: Any) -> None:
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
    person()
    message = EmailMessage("Lunch", "At noon?", "ada@clinic.example", [BEN, "cleo@home.example"])
    message.attach("invite.ics", invitation(guests=[BEN, "cleo@home.example"]), "text/calendar; method=REQUEST")
    assert message.send() == 1
    left = str(mail.outbox[-1].message()["Message-ID"])
    traces = provenance.find(left)
    assert {trace.account for trace in traces} == {
        "auth.user:" + conf.host.account_for("ada@clinic.example").split(":")[1]
    }  # type: ignore[union-attr]
    assert {trace.channel for trace in traces} == {"mail"}
    assert mail.outbox[-1].message()[provenance.HEADER] is None, "what the host made leaves as it is"


def test_no_address_is_told(person: Any) -> None:
    save(person())
    assert not any(BEN in str(trace) for trace in provenance.find("plan@x.example"))


def test_the_command(person: Any) -> None:
    user = person()
    decision = save(user)
    out = StringIO()
    call_command("calguard_trace", "plan@x.example", stdout=out)
    assert conf.host.account(user) in out.getvalue()
    assert decision.reference in out.getvalue()
    out = StringIO()
    call_command("calguard_trace", "plan@x.example", "--json", stdout=out)
    assert json.loads(out.getvalue())[0]["code"] == decision.reference
    with pytest.raises(SystemExit):
        call_command("calguard_trace", "nobody@nowhere.example", stderr=StringIO())


def test_the_box_above_the_queue(person: Any) -> None:
    user = person("x@free.example", days=0.1)
    held = save(user, summary=LURE)
    drain()
    case = Decision.objects.get(pk=held.id).case
    assert case is not None
    assert held.submission is not None
    assert list(search(provenance.feedback_id(held.submission))) == [case]
    assert list(search(provenance.feedback_id(uuid4()))) == []
    assert Case.objects.count() == 1
    assert Submission.objects.count() == 1
