"""Who acts on an account where it is not its owner: visitors, delegates, API clients, staff; and who answers for it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, get_args

from django.http import HttpRequest

from calguard import client as clients
from calguard import client_ip, keyed, people
from calguard.conf import conf
from calguard.content.people import normalise
from calguard.facts.types import VISITED

Kind = Literal["visitor", "client", "delegate", "staff"]

KINDS: frozenset[str] = frozenset(get_args(Kind))
APART = frozenset({"visitor", "delegate", "staff"})
"""Whose deeds are not their account's: what they send is kept back, and the account they act on stays as it is. Not so
a client, which is a tool of the account: who could mint another token would otherwise never be stopped."""
PAGE = "page:"
DIGITS = 32  # of a keyed hash: 128 bits


def visitor(request: HttpRequest | None, address: str = "") -> str:
    """Somebody who books a time, or writes otherwise without an account: a keyed hash of their network and of the
    address that the mail is to go to, or of the device where there is none. "visitor:" alone where nothing is known."""
    ip = client_ip.of(request) if request is not None else None
    network = client_ip.prefix(ip) if ip is not None else ""
    who = normalise(address) if address else (clients.device(request) if request is not None else "")
    if not network and not who:
        return "visitor:"
    return _hashed(f"{network}|{who}")


def client(token: object) -> str:
    """An API client: your own id of one token or grant, and not of a program that many accounts use."""
    return f"client:{token}"


def delegate(account: str) -> str:
    """The account of a person who acts on another's."""
    return f"delegate:{account}"


def staff(account: str) -> str:
    """The account of a member of staff who acts on a user's."""
    return f"staff:{account}"


def kind(actor: str) -> str:
    """ "visitor", "client", "delegate" or "staff"; "" where it is an account, or a name of the host's own."""
    named, colon, _ = actor.partition(":")
    return named if colon and named in KINDS else ""


def booked_by(actor: str, request: HttpRequest | None, address: str = "") -> str:
    """Who acts on a booking page: the visitor the host names, or else one told by the request."""
    if kind(actor) == "visitor" and actor != "visitor:":
        return actor
    return _hashed(actor) if actor not in ("", "visitor", "visitor:") else visitor(request, address)


def answers_for(account: str, actor: str) -> str:
    """Whom a sanction is to reach for what `actor` does on `account`."""
    return actor if kind(actor) in APART else account


def page(account: str, why: str) -> str:
    """All visitors of an account's booking page who are kept back for one reason. It names nobody who acts."""
    return f"{PAGE}{why}:{account}"


def is_page(party: str) -> bool:
    return party.startswith(PAGE)


def owner_of_page(party: str) -> str:
    """The account whose page it is; "" where it is no page."""
    return party.split(":", 2)[2] if is_page(party) and party.count(":") > 1 else ""


def own_account(party: str) -> str:
    """The account that is behind a party, for whatever is to be told to it; "" where there is none."""
    if not kind(party):
        return "" if is_page(party) else party
    return party.partition(":")[2] if kind(party) in ("delegate", "staff") else ""


def stopped(account: str, actor: str, *, at: datetime) -> bool:
    """Whether the account, or whoever acts on it, may not send now."""
    parties = [account, actor] if kind(actor) else [account]
    return any(people.active(party, at=at, using=conf.database) for party in parties)


def visits(channel: str) -> bool:
    """Whether it is a channel on which others act than the account."""
    return channel in VISITED


def _hashed(value: str) -> str:
    return f"visitor:{keyed.pseudonym('visitor', value)[0][:DIGITS]}"
