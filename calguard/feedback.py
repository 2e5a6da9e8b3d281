"""What the world answers, told by the host: sign-ups, changed credentials, accepted and junked invitations."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from accounts_risk import ledger as people
from accounts_risk.models import Sighting
from calguard import client, client_ip, keyed
from calguard.conf import conf
from calguard.content.people import normalise


def signed_up(user: Any, request: HttpRequest | None = None, *, at: datetime | None = None) -> None:
    """An account was made (gate G1): remembers when, and from which network and device, as pseudonyms. `at` is now
    where nothing is said, here and below."""
    people.note_signup(
        conf.host.account(user),
        prefix=_prefix(request),
        device=_device(request),
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


def credential_changed(user: Any, *, at: datetime | None = None) -> None:
    """A password, second factor or address was changed or reset (G1)."""
    people.note_credential_change(conf.host.account(user), at=at or timezone.now(), using=conf.database)


def answered(account: str, guest: str, *, accepted: bool, at: datetime | None = None) -> None:
    """A guest answered an invitation of `account`; an acceptance makes a relation for that pair only (R84)."""
    if not accepted:
        return
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    people.accepted(account, value, key_id, at=at or timezone.now(), using=conf.database)


def junk(account: str, guest: str, *, at: datetime | None = None) -> None:
    """A guest reported an invitation of `account` as junk. The organiser is not told (R81)."""
    value, key_id = keyed.pseudonym("recipient", normalise(guest))
    people.junked(account, value, key_id, at=at or timezone.now(), using=conf.database)


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
