"""Whatever is not sent at once says what, why and what next, with the same codes on every path (R53)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from calguard import guard, reasons
from calguard.conf import conf
from calguard.engine.policy import Ladder
from calguard.engine.types import Verdict
from calguard.integrations import caldav, rest
from calguard.models import Decision
from tests.guard.events import LURE, invitation
from tests.statements.conftest import ADDRESS, signed_in

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R53")]

FAR = 1000.0
LADDERS = {
    Verdict.CHALLENGE: Ladder(observe=0, challenge=1, hold=FAR),
    Verdict.THROTTLE: Ladder(observe=0, challenge=1, throttle=1, hold=FAR),
    Verdict.HOLD: Ladder(observe=0, challenge=1, hold=1),
    Verdict.DENY: Ladder(observe=0, challenge=1, hold=1, deny=1),
}
APPEALABLE = (Verdict.HOLD, Verdict.DENY)
OTHERS = [verdict for verdict in Verdict if verdict > Verdict.OBSERVE]


@pytest.fixture
def answer(owner: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Verdict], guard.Decision]:
    """What a host is answered by a policy whose ladder gives this verdict to a lure."""
    shipped = conf.policy

    def judged(verdict: Verdict) -> guard.Decision:
        rules = {tier: one.model_copy(update={"ladder": LADDERS[verdict]}) for tier, one in shipped.tiers.items()}
        policy = shipped.model_copy(update={"tiers": rules, "floors": {}, "escalations": ()})
        monkeypatch.setattr("calguard.conf.Settings.policy", property(lambda self: policy))
        with guard.sending(owner, invitation(organizer=ADDRESS, summary=LURE), reference="7") as decision:
            pass
        assert decision.verdict is verdict
        return decision

    return judged


def inner(decision: guard.Decision) -> set[str]:
    """What nobody outside may read: names of rules, what they found, and the policy."""
    row = Decision.objects.get(pk=decision.id)
    signals = {signal[key] for signal in row.signals for key in ("code", "reason")}
    return {*signals, row.policy_version} - set(row.reasons) - {""}


def test_each_verdict_is_among_them() -> None:
    assert set(LADDERS) == set(OTHERS)


@pytest.mark.parametrize("verdict", OTHERS, ids=lambda verdict: verdict.name)
def test_the_problem_document_of_an_api(answer: Callable[[Verdict], guard.Decision], verdict: Verdict) -> None:
    decision = answer(verdict)
    response = rest.problem(decision)
    said = json.loads(response.content)
    assert 400 <= response.status_code == said["status"] < 500
    assert said["code"] == said["reasons"][0]["code"]
    assert all(reason["code"] in reasons.TEXTS and reason["text"] for reason in said["reasons"])
    assert said["title"]
    assert said["next_step"]
    assert bool(said.get("retry_after")) is bool(response.get("Retry-After")) is (verdict is Verdict.THROTTLE)
    assert bool(said.get("appeal")) is (verdict in APPEALABLE)
    assert not [word for word in inner(decision) if word in response.content.decode()]


@pytest.mark.parametrize("verdict", OTHERS, ids=lambda verdict: verdict.name)
def test_the_banner_on_a_page(answer: Callable[[Verdict], guard.Decision], verdict: Verdict) -> None:
    decision = answer(verdict)
    shown = render_to_string("calguard/decision.html", {"decision": decision})
    for reason in decision.reasons:
        assert f'data-code="{reason.code}"' in shown
    assert decision.reference in shown
    assert decision.explain_url in shown
    assert ("Probably in about" in shown) is (verdict is Verdict.THROTTLE)
    assert ("Explain or object" in shown) is (verdict in APPEALABLE)
    assert not [word for word in inner(decision) if word in shown]


@pytest.mark.parametrize("verdict", OTHERS, ids=lambda verdict: verdict.name)
def test_the_decisions_own_page_for_people_and_programs(
    answer: Callable[[Verdict], guard.Decision], owner: Any, verdict: Verdict
) -> None:
    decision = answer(verdict)
    client, path = signed_in(owner), f"/calguard/explain/{decision.reference}/"
    said = client.get(path, headers={"accept": "application/json"}).json()
    assert [reason["code"] for reason in said["reasons"]] == [reason.code for reason in decision.reasons]
    assert (said["verdict"], bool(said["appeal_url"])) == (verdict.name, verdict in APPEALABLE)
    assert bool(said["retry_at"]) is (verdict is Verdict.THROTTLE)
    assert bool(said["due_at"]) is (verdict is Verdict.HOLD) or verdict is Verdict.THROTTLE
    shown = client.get(path).content.decode()
    assert ('action="/calguard/appeal/' in shown) is (verdict in APPEALABLE)
    assert not [word for word in inner(decision) if word in shown + json.dumps(said)]


def test_the_precondition_of_a_caldav_client(answer: Callable[[Verdict], guard.Decision]) -> None:
    """What is only kept back is stored for CalDAV clients, and told by mail; what is refused is answered here."""
    decision = answer(Verdict.DENY)
    said = caldav.refused(RequestFactory().put("/dav/1.ics"), decision).content.decode()
    assert all(f'code="{reason.code}"' in said for reason in decision.reasons)
    assert decision.explain_url in said
    assert not [word for word in inner(decision) if word in said]


@pytest.mark.requirement("R65")
def test_who_is_restricted_is_told_until_when_and_where_to_object(
    owner: Any, held: Decision, anna: Any, decide: Callable[..., Any]
) -> None:
    decide(anna, "restrict", "spam")
    with guard.sending(owner, invitation(organizer=ADDRESS, uid="next@x")) as decision:
        pass
    said = json.loads(rest.problem(decision).content)
    assert (said["code"], decision.verdict) == ("account_restricted", Verdict.DENY)
    assert said["retry_after"] > 0
    assert said["appeal"]
    client = signed_in(owner)
    for path in ("/calguard/account/", f"/calguard/explain/{held.code}/", f"/calguard/explain/{decision.reference}/"):
        assert client.get(path).status_code == 200
    shown = client.get("/calguard/account/").content.decode()
    assert "Inviting others is paused for your account" in shown
    assert "All reasons, and how to object" in shown
