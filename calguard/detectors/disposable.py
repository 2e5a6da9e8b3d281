"""Throw-away addresses (R23)."""

from __future__ import annotations

from collections.abc import Iterator

from disposable_email_domains import blocklist

from calguard.content.hosts import covers
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

_KNOWN = frozenset(blocklist)


@detector(group="account", codes={"address": Reason.DISPOSABLE_ADDRESS})
def disposable(attempt: Attempt) -> Iterator[Signal]:
    """The account's or the organiser's address is at a provider of throw-away addresses, or below one of its
    domains."""
    account, found = attempt.account, attempt.content.organizer
    places = {"account.email": account.email.rpartition("@")[2]}
    if found:
        places["ORGANIZER"] = found.domain
    for field, domain in places.items():
        if domain in account.verified_domains or covers(attempt.lists.allow_domains, domain):
            continue
        if covers(_KNOWN, domain) or covers(attempt.lists.extra_disposable, domain):
            yield Signal(code="address", reason=f"{domain} gives out throw-away addresses", field=field)
            return
