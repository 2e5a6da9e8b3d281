"""Several mails handed to the gate at once: where the server breaks, it is known which had left, and the rest goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.locmem import EmailBackend

from outbound.models import Delivery
from tests.guard.conftest import person
from tests.guard.events import invitation

__all__ = ["person"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R04")]

REFUSING: set[str] = set()  # whom the server does not take
OPENED: list[str] = []


class Choosy(EmailBackend):
    """A server that hangs up at some addresses; silent about it where it is asked to be."""

    def open(self) -> bool:
        OPENED.append("open")
        return True

    def close(self) -> None:
        OPENED.append("close")

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        sent = 0
        for message in messages:
            if REFUSING & set(message.to):
                if not self.fail_silently:
                    raise ConnectionResetError("hung up")
                continue
            sent += super().send_messages([message])
        return sent


@pytest.fixture(autouse=True)
def gate(settings: Any, person: Any) -> Iterator[None]:
    settings.EMAIL_BACKEND = "calguard.integrations.mail.GuardedBackend"
    settings.CALGUARD = {**settings.CALGUARD, "EMAIL_BACKEND": f"{__name__}.Choosy"}
    person()
    OPENED.clear()
    yield
    REFUSING.clear()


def lot(*guests: str) -> list[EmailMessage]:
    found = []
    for guest in guests:
        message = EmailMessage("Invitation", "You are invited.", "no-reply@calendar.example", [guest])
        message.attach("i.ics", invitation(guests=guests), "text/calendar; method=REQUEST")
        found.append(message)
    return found


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for state in Delivery.objects.values_list("state", flat=True):
        found[state] = found.get(state, 0) + 1
    return found


def left() -> list[str]:
    return [message.to[0] for message in mail.outbox if "no-reply" in message.from_email]


A, B, C = "a@x.example", "b@x.example", "c@x.example"


def test_all_of_a_lot_leave_over_one_connection() -> None:
    assert get_connection().send_messages(lot(A, B, C)) == 3
    assert (left(), states(), OPENED) == ([A, B, C], {"sent": 3}, ["open", "close"])


def test_what_left_before_it_broke_is_not_called_failed() -> None:
    REFUSING.add(B)
    with pytest.raises(ConnectionResetError):
        get_connection().send_messages(lot(A, B, C))
    assert left() == [A]
    assert states() == {"sent": 1, "failed": 2}
    assert OPENED == ["open", "close"]


def test_what_a_silent_backend_did_not_send_is_not_called_sent() -> None:
    REFUSING.add(B)
    assert get_connection(fail_silently=True).send_messages(lot(A, B, C)) == 2
    assert (left(), states()) == ([A, C], {"sent": 2, "failed": 1})


def test_a_host_that_tries_again_is_not_told_that_nothing_left_for_ever() -> None:
    REFUSING.add(B)
    with pytest.raises(ConnectionResetError):
        get_connection().send_messages(lot(A, B, C))
    REFUSING.clear()
    rest = [message for message in lot(A, B, C) if message.to != [A]]
    assert get_connection().send_messages(rest) == 2
    assert sorted(left()) == [A, B, C]
