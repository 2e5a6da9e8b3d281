"""Who had to do with an account before: trust for that pair only, ended by a junk report and by time (R84)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Count, F, Q, QuerySet

from accounts_risk.models import Profile, Relation, Sighting
from accounts_risk.profiles import ensure
from calguard.sql import Added, Changed, Prepared, given, many, several

__all__ = [
    "LIFE",
    "Welcome",
    "accepted",
    "added",
    "bounced",
    "heard",
    "independent",
    "junked",
    "related",
    "speaks",
    "spoken_for",
    "welcomed",
]

LIFE = timedelta(days=183)  # after half a year without an answer two people are strangers again
ONCE = timedelta(days=1)  # answers of one guest within a day are one
AGAIN = timedelta(days=35)  # an address that does not exist counts once in this time
HEARD = 500  # accounts that one accepted that are looked at
COHORT = timedelta(days=1)  # accounts made so close together in one autonomous system may be one person's


def related(account: str, hashes: Sequence[str], *, at: datetime, using: str = "default") -> frozenset[str]:
    """Which of these guests accepted the account, or put it into their contacts, within half a year and since they last
    reported it as junk; one query.

    At most 500 hashes, which the caller picks; more are a ValueError.
    """
    if len(hashes) > 500:
        raise ValueError(f"{len(hashes)} guests asked for at once")
    if not hashes:
        return frozenset()
    guests = many("guest", hashes)
    return frozenset(guest for (guest,) in RELATED.rows(using, len(guests), account=account, at=at, **guests))


def _write_related(size: int) -> QuerySet[Relation, Any]:
    guests = several("guest", str, size)
    rows = Relation.objects.filter(account=given("account", str), recipient_hash__in=guests)
    rows = rows.filter(Q(accepted__gt=0) | Q(contact=True), last_at__gt=given("at", datetime) - LIFE)
    return cast("QuerySet[Relation, Any]", rows.values_list("recipient_hash"))


RELATED = Prepared(_write_related)


@dataclass(frozen=True, kw_only=True, slots=True)
class Welcome:
    """Guests who accepted, or put the sender into their contacts; and from how many sources, as anybody may own a
    domain with as many mailboxes as they like: its people are one."""

    guests: int = 0
    sources: int = 0


def welcomed(accounts: Collection[str], *, since: datetime, using: str = "default") -> Welcome:
    """Who accepted any of these accounts since then; one query."""
    rows = Relation.objects.using(using).filter(account__in=accounts, last_at__gt=since)
    rows = rows.filter(Q(accepted__gt=0) | Q(contact=True))
    mailboxes, organisations = Q(domain=""), ~Q(domain="")
    said = rows.aggregate(
        guests=Count("pk"),
        alone=Count("pk", filter=mailboxes),
        together=Count("domain", distinct=True, filter=organisations),
    )
    return Welcome(guests=said["guests"], sources=said["alone"] + said["together"])


def accepted(
    account: str,
    recipient_hash: str,
    key_id: str,
    *,
    at: datetime,
    counted: bool = False,
    domain: str = "",
    voice: str = "",
    using: str = "default",
) -> bool:
    """The guest accepted an invitation of the account: a relation of that pair, however often it is told.

    `counted`: an independent account of this system, whose first acceptance speaks for the account itself too.
    `domain`: the keyed pseudonym of a mail guest's organisation, which speaks for it once, however often and whoever.
    `voice`: that of the guest's own account here, by which it is known whom else it speaks for.
    True if the pair's last answer is a day old or there was none.
    """
    ensure(account, at, using)
    first = bool(domain) and not SPEAKS.rows(using, account=account, domain=domain)
    row = _row(account, recipient_hash, key_id, at, using)
    pair = {"account": account, "guest": recipient_hash, "at": at}
    fresh = bool(FRESH.rows(using, **pair))
    ACCEPTED.run(using, bool(domain), domain=domain, **pair)
    if voice:
        row.exclude(voice=voice).update(voice=voice)
    profile = Profile.objects.using(using).filter(account=account)
    if counted and row.filter(counted=False).update(counted=True):
        profile.update(accepted_total=F("accepted_total") + 1)
    if first:
        profile.update(accepted_domains=F("accepted_domains") + 1)
    return fresh


def _pair() -> QuerySet[Relation]:
    return Relation.objects.filter(account=given("account", str), recipient_hash=given("guest", str))


def _write_fresh() -> QuerySet[Relation, Any]:
    rows = _pair().filter(Q(accepted=0) | Q(last_at__lte=given("at", datetime) - ONCE))
    return cast("QuerySet[Relation, Any]", rows.values_list("pk"))


def _write_speaks() -> QuerySet[Relation, Any]:
    rows = Relation.objects.filter(account=given("account", str), domain=given("domain", str), accepted__gt=0)
    return cast("QuerySet[Relation, Any]", rows.values_list("pk")[:1])


def _write_accepted(organisation: bool) -> tuple[QuerySet[Relation], Mapping[str, Any]]:
    changes = {"accepted": F("accepted") + 1, "last_at": given("at", datetime)}
    return _pair(), changes | ({"domain": given("domain", str)} if organisation else {})


FRESH, SPEAKS, ACCEPTED = Prepared(_write_fresh), Prepared(_write_speaks), Changed(_write_accepted)
MET = Added(Relation, ignore=True)


def spoken_for(voices: Collection[str], *, using: str = "default") -> list[str]:
    """The accounts that somebody with an account here accepted, the latest five hundred; one query. A guest has one
    voice for each key that pseudonyms are still made with."""
    rows = Relation.objects.using(using).filter(voice__in=voices, accepted__gt=0)
    return list(rows.order_by("-last_at").values_list("account", flat=True)[:HEARD])


def speaks(account: str, voices: Collection[str], *, using: str = "default") -> bool:
    """Whether one of these voices counts for the account itself; one query."""
    return _of(account, using).filter(counted=True, voice__in=voices).exists()


def heard(account: str, guest: str, voices: Collection[str], *, own: Collection[str], using: str = "default") -> bool:
    """Whether a guest with an account here, of these voices, had to do with those who speak for the account: one of
    them, or the account itself (`own` are its voices), accepted the guest; or both accepted a third. Two queries."""
    witnesses = _of(account, using).filter(counted=True).exclude(voice="").exclude(voice__in=voices).values("voice")
    met = Relation.objects.using(using).filter(accepted__gt=0)
    if met.filter(Q(voice__in=witnesses) | Q(voice__in=own), account=guest).exists():
        return True
    others = met.filter(voice__in=voices).exclude(account=account).values("account")
    return met.filter(account__in=others, voice__in=witnesses).exists()


def bounced(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> bool:
    """The guest's address does not exist. True where that is news of the last five weeks: each address counts once."""
    row = _row(account, recipient_hash, key_id, at, using)
    return bool(row.filter(Q(bounced_at=None) | Q(bounced_at__lte=at - AGAIN)).update(bounced_at=at))


def added(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> None:
    """The guest put the account into their own contacts. What an account has in its own says nothing of its guests."""
    ensure(account, at, using)
    _row(account, recipient_hash, key_id, at, using).update(contact=True, last_at=at)


def junked(account: str, recipient_hash: str, key_id: str, *, at: datetime, using: str = "default") -> None:
    """The guest reported the account's invitation as junk: what the pair had is void, what it said for the account
    too, and both may be earned anew."""
    ensure(account, at, using)
    row = _row(account, recipient_hash, key_id, at, using)
    if row.filter(counted=True).update(counted=False):
        profile = Profile.objects.using(using).filter(account=account, accepted_total__gt=0)
        profile.update(accepted_total=F("accepted_total") - 1)
    domain = row.filter(accepted__gt=0).values_list("domain", flat=True).first()
    row.update(accepted=0, contact=False, junked=F("junked") + 1, last_at=at)
    if domain and not _of(account, using).filter(domain=domain, accepted__gt=0).exists():
        profile = Profile.objects.using(using).filter(account=account, accepted_domains__gt=0)
        profile.update(accepted_domains=F("accepted_domains") - 1)


def independent(account: str, other: str, *, using: str = "default") -> bool:
    """Whether nothing says that the same person made both accounts: no network, device or odd domain shared at
    sign-up, none of them made within a day in one autonomous system, no device that both were seen with, no tenant of
    both. Two queries. An account without a profile is nobody's, and not independent of any."""
    rows = Profile.objects.using(using).filter(account__in=[account, other])
    found = {row.account: row for row in rows}
    one, two = found.get(account), found.get(other)
    if account == other or one is None or two is None:
        return False
    for name in ("tenant", "signup_prefix", "signup_device", "signup_domain"):
        if getattr(one, name) and getattr(one, name) == getattr(two, name):
            return False
    apart = abs((one.created_at or one.first_seen_at) - (two.created_at or two.first_seen_at))
    if one.signup_asn is not None and one.signup_asn == two.signup_asn and apart < COHORT:
        return False
    devices = Sighting.objects.using(using).filter(kind=Sighting.Kind.DEVICE)
    shared = devices.filter(account=other, value__in=devices.filter(account=account).values("value"))
    return not shared.exists()


def _of(account: str, using: str) -> QuerySet[Relation]:
    return Relation.objects.using(using).filter(account=account)


def _row(account: str, recipient_hash: str, key_id: str, at: datetime, using: str) -> QuerySet[Relation]:
    row = Relation(account=account, recipient_hash=recipient_hash, key_id=key_id, last_at=at)
    MET.add(row, using)
    return _of(account, using).filter(recipient_hash=recipient_hash)
