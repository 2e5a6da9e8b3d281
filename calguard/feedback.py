"""What the world answers, told by the host: sign-ups, changed credentials, accepted and junked invitations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts_risk.models import Sighting
from calguard import client, client_ip, geo, keyed, people, relations
from calguard.conf import conf
from calguard.content.hosts import is_freemail, registrable
from calguard.content.people import normalise
from calguard.facts.types import VISITED
from calguard.host import Facts
from calguard.incidents import answering
from outbound import ledger as messages

VISITORS_ONLY = frozenset(frozenset({channel}) for channel in VISITED)


def signed_up(user: Any, request: HttpRequest | None = None, *, at: datetime | None = None) -> None:
    """An account was made (gate G1): remembers when, and from which network and device, as pseudonyms, and which odd
    domain its address is at (R23). `at` is now where nothing is said, here and below."""
    account = conf.host.account(user)
    facts = conf.host.facts(account, user)
    ip = client_ip.of(request) if request is not None else None
    people.note_signup(
        account,
        prefix=_prefix(request),
        device=_device(request),
        asn=geo.place(ip).asn if ip is not None else None,
        domain=_odd_domain(facts),
        tenant=facts.tenant,
        at=at or timezone.now(),
        using=conf.database,
    )


def logged_in(user: Any, request: HttpRequest | None = None, *, at: datetime | None = None) -> None:
    """A sign-in (G1); connected to Django's `user_logged_in` by default."""
    people.note_login(
        conf.host.account(user),
        device=_device(request),
        prefix=_prefix(request),
        at=at or timezone.now(),
        using=conf.database,
    )


def credential_changed(user: Any, request: HttpRequest | None = None, *, at: datetime | None = None) -> None:
    """A password, second factor or address was changed or reset (G1). Give the request where there is one: after a
    theft, only the device that had the link of the alert can give the account back to its owner by this (R59)."""
    account, at = conf.host.account(user), at or timezone.now()
    people.note_credential_change(account, at=at, using=conf.database)
    answering.credential_changed(account, request, at=at)


def answered(account: str, guest: str, *, accepted: bool, at: datetime | None = None) -> None:
    """A guest answered an invitation of `account`. An acceptance makes a relation for that pair only (R84).

    A guest with an account here counts only where that account is trusted and nothing says that the same person made
    both, and of guests who accepted each other, or the same others, one speaks for the account: accounts that accept
    each other earn nothing. A guest by mail counts for the pair, and their organisation once
    for the account, as anybody may own mailboxes. Refusals of one guest are one, and none after they once accepted.
    """
    at = at or timezone.now()
    standing = relations.of_guest(account, guest, at=at)
    if not standing.counts:
        return
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    if not accepted:
        if people.declined(account, value, key_id, at=at, using=conf.database):
            people.note_answers(account, at=at, declined=1, using=conf.database)
        return
    fresh = people.accepted(
        account,
        value,
        key_id,
        at=at,
        counted=standing.here,
        domain=standing.organisation,
        voice=standing.voice,
        using=conf.database,
    )
    if fresh:
        people.note_answers(account, at=at, accepted=1, using=conf.database)


def contact_added(account: str, guest: str, *, at: datetime | None = None) -> None:
    """A guest put `account` into their own contacts, which counts as an acceptance does. Never call it for the
    account's own address book: whom a sender writes down says nothing of them."""
    at = at or timezone.now()
    if not relations.of_guest(account, guest, at=at).counts:
        return
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    people.added(account, value, key_id, at=at, using=conf.database)


def junk(account: str, guest: str, *, at: datetime | None = None) -> None:
    """A guest reported an invitation of `account` as junk: what they had is void. The organiser is not told (R81)."""
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    people.junked(account, value, key_id, at=at or timezone.now(), using=conf.database)


def bounced(account: str, guest: str, *, at: datetime | None = None) -> None:
    """An invitation came back because the guest's address does not exist (RFC 3464, status 5.1.x). A full mailbox or a
    refusal by policy is no such thing. Each address counts once in five weeks, and not where it stood in bookings only:
    whoever books with a made-up address is not the owner of the page."""
    at = at or timezone.now()
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    if messages.channels_to(account, value, using=conf.database) in VISITORS_ONLY:
        return
    if people.bounced(account, value, key_id, at=at, using=conf.database):
        people.note_answers(account, at=at, bounced=1, using=conf.database)


def _odd_domain(facts: Facts) -> str:
    """The pseudonym of the domain of an account's address, where neither everybody nor a known tenant has addresses."""
    domain = registrable(facts.email.rpartition("@")[2].lower())
    if not domain or is_freemail(domain) or domain in facts.verified_domains:
        return ""
    return keyed.pseudonym("domain", domain)[0]


def _prefix(request: HttpRequest | None) -> str:
    ip = client_ip.of(request) if request is not None else None
    return keyed.pseudonym("prefix", client_ip.prefix(ip))[0] if ip is not None else ""


def _device(request: HttpRequest | None) -> str:
    return client.device(request) if request is not None else ""


def known_since(user: Any, when: datetime, *, networks: Iterable[str] = ()) -> None:
    """The host has watched this account's devices and networks since `when`, and has seen it from `networks` (IP
    addresses). From then on an unknown device or network is unknown, and not merely new to CalGuard.
    """
    account, using = conf.host.account(user), conf.database
    people.sighted(account, Sighting.Kind.DEVICE, keyed.pseudonym("device", "before CalGuard")[0], at=when, using=using)
    for network in networks:
        ip = client_ip.read(network)
        if ip is None:
            raise ValueError(f"not an IP address: {network!r}")
        prefix = keyed.pseudonym("prefix", client_ip.prefix(ip))[0]
        people.sighted(account, Sighting.Kind.PREFIX, prefix, at=when, using=using)
