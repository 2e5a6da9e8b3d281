"""Whose event it is, and whether this account may send it (RFC 5546 1.4 and 6.1; R08, R09)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FROM_GUESTS = frozenset({"REPLY", "COUNTER", "REFRESH"})


@detector(
    group="identity",
    codes={"mismatch": Reason.ORGANIZER_NOT_YOURS, "wrong_role": Reason.WRONG_ROLE},
)
def organizer(attempt: Attempt) -> Iterator[Signal]:
    """The organiser, or who sends on its behalf, is not an address of this account; or a guest sends what only an
    organiser may send, or an answer comes from somebody who was never invited."""
    content, account = attempt.content, attempt.account
    own = account.addresses or frozenset({account.email} - {""})
    if not own:
        return  # the host does not know the account's addresses; nothing can be said
    mine = not own.isdisjoint(content.guest_emails)
    if content.method in FROM_GUESTS:
        if content.guest_emails and not mine:
            guest = content.attendees[0]
            reason = f"answers for {guest.written}, not for the account"
            yield Signal(code="wrong_role", reason=reason, field=guest.field)
        return
    for address in content.named:
        if address.role not in ("organizer", "sent_by") or address.email in own:
            continue
        if not address.email and "@" not in address.written:
            continue  # no mail address at all; one that is only misspelt is still shown to guests as one
        if mine and address.role == "organizer" and content.method:
            reason = f"{content.method} for an event of {address.written}, where the account is a guest"
            yield Signal(code="wrong_role", reason=reason, field=address.field)
        else:
            who = "organiser" if address.role == "organizer" else "sender on behalf"
            yield Signal(code="mismatch", reason=f"{who} {address.written} is not of this account", field=address.field)
