"""The front door: a host asks here before anybody is notified, and everything else follows from the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from calguard import actors, alarm, allowances, answering, attempts, recording, waiting, wake
from calguard.calls import Call
from calguard.conf import conf
from calguard.content.types import Content
from calguard.decision import Decision
from calguard.engine.types import Channel, Verdict
from calguard.facts.database import unspoilt
from calguard.rooms import Budget, budget_of
from calguard.standing import GuestState, Standing, guest_states_of, standing_of
from outbound import ledger as messages
from outbound.fitting import fit
from outbound.models import Submission

__all__ = [
    "Budget",
    "Decision",
    "GuestState",
    "Standing",
    "Verdict",
    "acheck",
    "actors",
    "budget",
    "can_send",
    "challenge_passed",
    "check",
    "confirm",
    "crowded",
    "guest_states",
    "keeps_time",
    "sending",
    "withdraw",
]


def check(
    user: Any,
    content: bytes | str | Content,
    *,
    channel: Channel = "web",
    request: HttpRequest | None = None,
    reference: object = "",
    previous: bytes | str | Content | None = None,
    actor: str | None = None,
    resend: bool | Literal["missing"] = False,
    token: str | None = None,
    dispatch: Literal["calguard", "host"] | None = None,
    extra_texts: Mapping[str, str] | None = None,
) -> Decision:
    """Judge one attempt to notify guests, before anything is saved or sent (CC/R 18003 4.2(2)).

    `user` is whose account sends; `content` iCalendar as the guests would get it, METHOD included, in any state;
    `previous` the version they have. `channel` says how it came in, `request` with which client (None: a program of
    the host's own). `reference` is the host's key of the event, at most 200 characters; `actor` who acts when it is
    not the account itself, by a name of `guard.actors`: `client(token)`, `delegate(account)`, `staff(account)`,
    `visitor(request, address)`, which "booking" finds by itself; `resend` that guests are to get the same content
    again, "missing" that only those do who have not surely got it; `token` a challenge answer where it does not stand
    in `request.POST`; `dispatch` who builds and sends the mail, CALGUARD["DISPATCH"] by default; `extra_texts` what
    guests read beside the event, plain or HTML, by a name for its place, such as "calendar.name", "file.name",
    "comment", "booking.title", "booking.answer", "logo.alt", "mail.template". They are judged with it.
    Without a METHOD it is taken as an invitation, REQUEST.

    Nothing leaves before `confirm` or the end of `sending`; what is never confirmed expires. Never raises because of
    content, load or a failing part: the answer is then a HOLD with the reason "check_unavailable".
    """
    return attempts.check(
        _call(
            user,
            content,
            channel=channel,
            request=request,
            reference=reference,
            previous=previous,
            actor=actor,
            resend=resend,
            token=token,
            dispatch=dispatch,
            extra_texts=extra_texts,
        )
    )


async def acheck(user: Any, content: bytes | str | Content, **options: Any) -> Decision:
    """`check` for async views; same arguments and answer."""
    return await sync_to_async(check, thread_sensitive=True)(user, content, **options)


def _call(
    user: Any,
    content: bytes | str | Content,
    *,
    channel: Channel = "web",
    request: HttpRequest | None = None,
    reference: object = "",
    previous: bytes | str | Content | None = None,
    actor: str | None = None,
    resend: bool | Literal["missing"] = False,
    token: str | None = None,
    dispatch: Literal["calguard", "host"] | None = None,
    extra_texts: Mapping[str, str] | None = None,
    saved: bool = False,
) -> Call:
    if resend not in (True, False, "missing"):
        raise ValueError(f"resend is True, False or 'missing', and not {resend!r}")
    return Call(
        user=user,
        content=attempts.as_message(content),
        channel=channel,
        request=request,
        reference="" if reference is None else str(reference),
        previous=attempts.as_content(previous) if previous is not None else None,
        actor=actor or "",
        resend=bool(resend),
        missing=resend == "missing",
        token=token,
        sender=dispatch or "",
        extra_texts=extra_texts or {},
        saved=saved,
        at=timezone.now(),
    )


@contextmanager
def sending(user: Any, content: bytes | str | Content, **options: Any) -> Iterator[Decision]:
    """Check, then run the host's save and the acceptance in one transaction: both happen, or neither.

    `options` are those of `check`. Inside the block the host looks at the decision and saves. A block that raises
    leaves no submission, and the attempt is still on record: at once where its transaction is over, else by
    `CalguardMiddleware` (R52). What is challenged is not accepted at the end of the block; it waits for its answer.
    """
    recorded: recording.Recorded | None = None
    try:
        with transaction.atomic(using=conf.database):
            decision = attempts.check(_call(user, content, saved=True, **options))
            recorded = recording.written(decision)
            yield decision
            if decision.verdict is not Verdict.CHALLENGE:
                _accept(decision, already=recorded is not None)
    except BaseException:
        if recorded is not None:
            recording.restore_lost(recorded)
        raise


def confirm(decision: Decision) -> None:
    """The host's save stands: the submission may go once nothing holds it. Safe to repeat."""
    if decision.submission is not None:
        attempts.accept(decision.submission, at=timezone.now())


def _accept(decision: Decision, *, already: bool) -> None:
    """What the host saved in the same transaction was written down as accepted."""
    if already and decision.submission is not None and not decision.is_refused:
        wake.dispatch(decision.submission)
    elif not already:
        confirm(decision)


def withdraw(what: Decision | UUID | str) -> None:
    """The host does not want this sent after all; what has not left never will. Safe to repeat.

    `what` is a decision, a submission's id (a UUID), or the host's own reference (a str): then all that is open for
    that event.
    """
    for submission in attempts.meant(what):
        messages.withdraw(submission, "withdrawn_by_host", at=timezone.now(), using=conf.database)


def challenge_passed(submission: UUID | str, token: str) -> bool:
    """Lift the challenge hold of a submission with an answer that is bound to it; True when it was right and unused.

    For clients that cannot show a form again. Both may come from the client as they are: what is no id, no submission
    or no answer is False. A passed challenge clears automation only: what is held for its content stays held (R56).
    """
    try:
        named = UUID(str(submission))
    except ValueError:
        return False
    return answering.passed(named, token, at=timezone.now())


def can_send(user: Any) -> Standing:
    """Whether the account may notify others now, and if not, until when and why. Where that cannot be read, it is
    allowed to ask: `check` decides."""
    with alarm.shielded("guard.can_send"), unspoilt(conf.database):
        return standing_of(conf.host.account(user), at=timezone.now())
    return Standing(allowed=True)


def budget(user: Any, *, guests: Collection[str] | int | None = None) -> Budget:
    """What is left of the account's own budget in each window and all in all, and when it returns (R60).

    `guests` of an event that is being written, by address or by number of those outside the organisation: the answer
    says whether there is room for all of them, and when. Nothing is reserved: an event takes its room when it goes.
    """
    account = ""
    with alarm.shielded("guard.budget"):
        account = conf.host.account(user)
    return budget_of(account, user, guests=guests, at=timezone.now())


def keeps_time(references: Iterable[object]) -> frozenset[str]:
    """Which of the host's bookings, by their references, keep their time against others.

    All do that have left or are on their way. What waits for a look does so for some hours, and of one page only the
    first few (`[bookings]` in the policy): offer the time of the others again, and `withdraw` one whose time was taken.
    """
    return waiting.keeping(references, at=timezone.now())


def crowded(reference: object, addresses: Iterable[str]) -> dict[str, datetime]:
    """For a host that sends by itself, of an event that it was let go (`Host.released`): which of these guests get too
    many from senders they do not know, and until when nothing of it is to be sent to them. The others count as written
    to. Asked again, or with a mail that passes the gate, nobody is counted twice. Established senders, and whoever
    knows the sender, are never in it.
    """
    sent = Submission.objects.using(conf.database).filter(
        reference=fit(str(reference), 200), sender="host", state__in=["accepted", "sent"]
    )
    latest = sent.exclude(channel="mail").order_by("-created_at").first() if reference else None
    return allowances.crowding(latest, addresses, at=timezone.now()) if latest is not None else {}


def guest_states(reference: object) -> list[GuestState]:
    """The state of each guest's invitation to one event, newest per guest, in words for its owner."""
    return guest_states_of(str(reference))
