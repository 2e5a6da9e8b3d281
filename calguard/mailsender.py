"""Whose account a mail is sent for: the request's user, else whom the host knows by the addresses in it."""

from __future__ import annotations

from typing import Any

from calguard import current, keyed
from calguard.conf import conf
from calguard.content import mail as mails

SENDERS = 10  # addresses looked up per mail


def account_of(parts: mails.Parts) -> tuple[str, Any]:
    """Who sends: the request's user, else whom the host knows by ORGANIZER, SENT-BY, Reply-To or From."""
    host = conf.host
    user = signed_in()
    if user is not None:
        return host.account(user), user
    senders = _senders(parts)
    for address in senders:
        account = host.account_for(address)
        if account:
            return account, host.user(account)
    unknown = senders[0] if senders else "nobody"
    return f"unknown:{keyed.pseudonym('sender', unknown)[0][:32]}", None


def signed_in() -> Any | None:
    user = getattr(current.request(), "user", None)
    return user if user is not None and user.is_authenticated else None


def _senders(parts: mails.Parts) -> list[str]:
    """Addresses in whose name it is sent, the event's before the envelope's."""
    event = parts.calendars[0].addresses if parts.calendars else ()
    ordered = [
        *(a for a in event if a.role == "organizer"),
        *(a for a in event if a.role == "sent_by"),
        *(a for a in parts.letter.addresses if a.field == "mail.reply-to"),
        *(a for a in parts.letter.addresses if a.field in ("mail.from", "mail.sender")),
    ]
    return list(dict.fromkeys(address.written.lower() for address in ordered if address.email))[:SENDERS]
