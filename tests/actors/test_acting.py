"""Delegates, API clients and staff act on accounts: each can be stopped alone, and what they did is on record."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts_risk.models import Restriction
from calguard import actors, guard, stopping
from calguard.conf import conf
from calguard.guard import Verdict
from calguard.models import AuditEntry, Case, Decision, Notice
from outbound.models import Submission
from tests.actors.browsing import posted
from tests.guard.events import LURE, invitation
from tests.support.work import drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R64")]


def send(user: Any, actor: str, summary: str = "Lunch", *, number: int = 0, **options: Any) -> guard.Decision:
    event = invitation(organizer=user.email, summary=summary, uid=f"{number}@x", guests=[f"guest{number}@home.example"])
    with guard.sending(user, event, actor=actor, reference=f"e{number}", **options) as decision:
        pass
    drain()
    return decision


def test_a_delegate_answers_for_what_they_send(person: Any, clock: Any) -> None:
    boss, helper = person("boss@free.example", days=3), person("helper@free.example", days=3)
    actor = actors.delegate(conf.host.account(helper))
    for number in range(8):
        send(boss, actor, f"{LURE} {number}", number=number)
        clock.shift(700 + 61 * number)
    assert {case.account for case in Case.objects.all()} == {actor}
    assert {restriction.account for restriction in Restriction.objects.all()} <= {actor}
    assert guard.can_send(boss).allowed
    assert guard.can_send(helper).allowed, "their own calendar is another matter"


def test_a_stopped_delegate_and_the_others(person: Any) -> None:
    boss, helper = person("boss@clinic.example"), person("helper@clinic.example")
    actor = actors.delegate(conf.host.account(helper))
    assert send(boss, actor).may_send
    stopping.stop(actor, by="auth.user:1", reason="reported", hours=3, at=timezone.now())
    assert send(boss, actor, number=1).is_refused
    assert send(boss, "", number=2).may_send
    assert send(boss, actors.delegate("auth.user:999"), number=3).may_send
    assert send(helper, "", number=4).may_send


def test_the_machine_stops_a_delegate_and_tells_both(person: Any, settings: Any, monkeypatch: Any) -> None:
    boss, helper = person("boss@clinic.example"), person("helper@clinic.example", first_name="Hal")
    told: list[str] = []
    monkeypatch.setattr("calguard.host.Host.stop_actor", lambda _self, actor: told.append(actor))
    actor = actors.delegate(conf.host.account(helper))
    decision = send(boss, actor, LURE)
    row = Decision.objects.get(pk=decision.id)
    from calguard import enforcement

    enforcement.order("restrict", owner=row.owner, account=actor, parameters={}, at=timezone.now())
    order = row.enforcements.model.objects.get(action="restrict", owner=row.owner)
    order.decision = row
    order.save()
    assert enforcement.run(order.pk)
    drain()
    assert told == [actor]
    kinds = dict(Notice.objects.values_list("kind", "account"))
    assert kinds["delegate_paused"] == conf.host.account(boss)
    assert any(message.to == ["helper@clinic.example"] for message in mail.outbox)
    to_boss = [message for message in mail.outbox if message.to == ["boss@clinic.example"]]
    assert any("Hal" in message.body for message in to_boss)
    assert not any("your account cannot send" in message.body for message in mail.outbox)


def test_a_client_is_stopped_alone_and_its_account_goes_on(person: Any) -> None:
    user = person()
    token, other = actors.client(17), actors.client(18)
    assert send(user, token, channel="api").may_send
    with guard.sending(user, invitation(organizer=user.email, uid="w@x"), actor=token, channel="api") as waiting:
        pass
    held = stopping.stop(token, by="auth.user:1", reason="runs wild", at=timezone.now())
    assert held == Submission.objects.filter(state="accepted").count()
    drain()
    assert Submission.objects.get(pk=waiting.submission).state in ("accepted", "sent")
    assert send(user, token, number=1, channel="api").is_refused
    assert send(user, other, number=2, channel="api").may_send
    assert send(user, "", number=3).may_send
    stopping.let_act(token, by="auth.user:1", reason="mended", at=timezone.now())
    assert send(user, token, number=4, channel="api").may_send
    assert not stopping.let_act(token, by="auth.user:1", reason="mended", at=timezone.now())


def test_what_waits_is_stopped_too(person: Any, monkeypatch: Any) -> None:
    user = person()
    with monkeypatch.context() as busy:
        busy.setattr("calguard.wake.dispatch", lambda _submission: None)
        with guard.sending(user, invitation(organizer=user.email), actor=actors.client(17), channel="api"):
            pass
        assert stopping.stop(actors.client(17), by="x", reason="y", at=timezone.now()) == 1
    drain()
    assert mail.outbox == []
    assert stopping.let_act(actors.client(17), by="x", reason="y", at=timezone.now()) == 1
    drain()
    assert len(mail.outbox) == 1


def test_a_client_is_a_tool_of_its_account(person: Any, clock: Any) -> None:
    """Who could mint another token would otherwise never be stopped."""
    user = person("x@free.example", days=0.3)
    for number in range(8):
        send(user, actors.client(number), f"{LURE} {number}", number=number, channel="api")
        clock.shift(700 + 61 * number)
    assert {case.account for case in Case.objects.all()} == {conf.host.account(user)}


def test_staff_who_act_for_somebody_are_on_record(person: Any) -> None:
    user, helper = person(), person("support@service.example", is_staff=True)
    actor = actors.staff(conf.host.account(helper))
    decision = send(user, actor)
    assert decision.verdict is Verdict.ALLOW
    entry = AuditEntry.objects.get(action="sent_for")
    assert (entry.actor, entry.target) == (conf.host.account(helper), conf.host.account(user))
    assert entry.data["submission"] == str(decision.submission)
    assert Decision.objects.get(pk=decision.id).actor == actor


def test_their_devices_are_not_the_accounts(person: Any, clock: Any) -> None:
    """An assistant works from another place than the boss: that is no sign of a theft."""
    boss = person()
    from calguard import feedback

    account = conf.host.account(boss)
    clock.move_to("2026-06-15 09:00+02:00")
    feedback.known_since(boss, timezone.now().replace(year=2025), networks=["198.51.100.7"])
    away = posted("/", "203.0.113.9")
    decision = send(boss, actors.delegate("auth.user:999"), request=away)
    facts = Decision.objects.get(pk=decision.id).facts
    assert facts["client"]["known_device"] is None
    assert facts["network"]["known_prefix"] is None
    assert Decision.objects.get(pk=decision.id).account == account


def test_only_an_actor_is_stopped_by_name(person: Any) -> None:
    person()
    for name in ("auth.user:1", "", "nobody", "somebody:5"):
        with pytest.raises(ValueError, match="names no"):
            stopping.stop(name, by="x", reason="y", at=timezone.now())
    with pytest.raises(CommandError):
        call_command("calguard_stop", "auth.user:1", "--reason", "x")
    call_command("calguard_stop", "client:17", "--reason", "runs wild")
    assert Restriction.objects.get().account == "client:17"
    call_command("calguard_stop", "client:17", "--reason", "mended", "--lift")
    assert not Restriction.objects.exists()
