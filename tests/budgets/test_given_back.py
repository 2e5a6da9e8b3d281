"""What is given back, and the many things that never are (R60)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calguard import allowances, dispatch, guard
from calguard.host import Host
from outbound.models import Charge, Delivery, Submission
from tests.budgets.conftest import sent, strangers, used
from tests.guard.events import invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R60")]

Person = Callable[..., Any]
HOUR = timedelta(hours=1)


def send_on(decision: guard.Decision, times: int = 12) -> None:
    """A worker comes again and again, each time after whatever it waited for."""
    for number in range(times):
        dispatch.send(decision.submission, at=timezone.now() + HOUR * 5 * number)


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Calendars on this system cannot be written to."""

    def fail(self: Host, message: Any) -> bool:
        raise OSError("the database of calendars is away")

    monkeypatch.setattr(
        Host, "on_system", lambda self, addresses: frozenset(a for a in addresses if a.endswith("@here.example"))
    )
    monkeypatch.setattr(Host, "deliver", fail)
    return lambda: monkeypatch.setattr(Host, "deliver", lambda self, message: True)


def test_copies_that_we_could_never_hand_over(person: Person, broken: Callable[[], None]) -> None:
    user = person("ann@free.example", days=10)
    decision = sent(user, "a@here.example", "b@here.example", "c@elsewhere.example")
    assert used("account:") == 3
    send_on(decision)
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["failed", "failed", "sent"]
    assert {scope: used(scope) for scope in ("account:", "network:", "start:", "guest:")} == {
        "account:": 1,
        "network:": 1,
        "start:": 1,
        "guest:": 1,
    }
    assert Charge.objects.filter(units__lt=0).count() == 10, "rows beside the others, none is changed or deleted"
    assert guard.budget(user).sent == 1


def test_copies_that_arrive_late_are_not(person: Person, broken: Callable[[], None]) -> None:
    decision = sent(person(), "a@here.example")
    send_on(decision, 3)
    broken()
    send_on(decision)
    assert Delivery.objects.get().state == "sent"
    assert used("account:") == 1


def test_one_that_may_have_left_is_not(person: Person) -> None:
    decision = sent(person(), *strangers(1))
    copy = Delivery.objects.get()
    copy.recipient, copy.doubtful_at = "a@b.example", timezone.now()
    assert allowances.give_back(Submission.objects.get(pk=decision.submission), copy, at=timezone.now()) == 0


@pytest.mark.parametrize("how", ["withdraw", "cancel", "rename", "recreate", "delete", "erase"])
def test_nothing_a_sender_does_gives_room_back(person: Person, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not what they take back before a copy has left: else they would learn who waits, and try again for free."""
    user = person("ann@free.example", days=10)
    monkeypatch.setattr("calguard.handover.batch", lambda *_: 0)  # reserved, and nothing has left yet
    decision = sent(user, *strangers(6), reference="7")
    monkeypatch.undo()
    before = used("account:")
    assert before == 6
    calendar: dict[str, Any] = {"organizer": user.email, "uid": "7@x", "guests": ["a@b.example"]}
    if how == "withdraw":
        guard.withdraw(decision)
    elif how == "delete":
        Submission.objects.filter(pk=decision.submission).delete()
    elif how == "erase":
        from outbound import ledger

        ledger.forget(Submission.objects.get(pk=decision.submission).account)
    else:
        changes: dict[str, Any] = {
            "cancel": {"method": "CANCEL", "sequence": 1},
            "rename": {"summary": "Another", "sequence": 1},
            "recreate": {"uid": "8@x"},
        }[how]
        with guard.sending(user, invitation(**calendar | changes), reference="7") as again:
            pass
        dispatch.send(again.submission, at=timezone.now())
    assert used("account:") >= before
    assert not Charge.objects.filter(units__lt=0).exists()


def test_an_address_that_its_server_refuses_is_not(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from calguard import conversation

    def refuse(*_: Any, **__: Any) -> None:
        raise conversation.Refused(550, "no such user", lasting=True)

    monkeypatch.setattr(conversation, "send", refuse)
    sent(person(), *strangers(2))
    assert set(Delivery.objects.values_list("state", flat=True)) == {"failed"}
    assert used("account:") == 2
