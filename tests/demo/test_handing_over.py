"""The mail about a shared calendar, when the worker dies or the server refuses: once where it can be, never thrice."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend
from django.utils import timezone

from demo import sharing
from demo.models import Share

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R04")]

AILING: list[BaseException] = []  # what becomes of the worker, or of the server, at the next mails
TAKEN_FIRST = (SystemExit, ConnectionResetError)


class Ailing(EmailBackend):
    """Takes the mail before the worker dies or the connection breaks; a refused one it does not take."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        error = AILING.pop(0) if AILING else None
        if error is not None and not isinstance(error, TAKEN_FIRST):
            raise error
        sent = int(super().send_messages(messages))
        if error is not None:
            raise error
        return sent


@pytest.fixture
def share(ada, settings) -> Iterator[Share]:
    settings.CALGUARD = {**settings.CALGUARD, "EMAIL_BACKEND": f"{__name__}.Ailing"}
    mail.outbox = []
    yield Share.objects.create(owner=ada.user, address="sam@else.example", title="Hours", created_at=timezone.now())
    AILING.clear()


def let_go(share: Share, minutes: int = 0) -> None:
    sharing.released(str(share.pk), timezone.now() + timedelta(minutes=minutes))
    share.refresh_from_db()


def test_it_goes_once_however_often_it_is_released(share: Share) -> None:
    for minutes in (0, 0, 60):
        let_go(share, minutes)
    assert len(mail.outbox) == 1
    assert share.told_at is not None


@pytest.mark.parametrize("error", [SystemExit(), ConnectionResetError("after the last dot")])
def test_where_nobody_knows_whether_it_left_it_goes_once_more_under_the_same_name(
    share: Share, error: BaseException
) -> None:
    AILING.append(error)
    with pytest.raises(type(error)):
        let_go(share)
    with pytest.raises(sharing.InHandError):  # the first worker may only be slow
        let_go(share, 5)
    for minutes in (15, 15, 60):
        let_go(share, minutes)
    assert len(mail.outbox) == 2
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1
    assert share.told_at is not None


def test_a_worker_that_always_dies_sends_no_third(share: Share) -> None:
    AILING.extend([SystemExit(), SystemExit(), SystemExit()])
    for minutes in (0, 15):
        with pytest.raises(SystemExit):
            let_go(share, minutes)
    let_go(share, 30)
    assert len(mail.outbox) == 2
    assert share.told_at is not None


@pytest.mark.parametrize("error", [ConnectionRefusedError(), smtplib.SMTPDataError(451, b"later")])
def test_what_surely_did_not_leave_is_tried_as_long_as_it_takes(share: Share, error: Exception) -> None:
    AILING.extend([error] * 4)
    for _ in range(4):
        with pytest.raises(type(error)):
            let_go(share)
    assert (len(mail.outbox), share.told_at) == (0, None)
    let_go(share)
    assert len(mail.outbox) == 1
    assert share.told_at is not None
