"""All that one check needs to know of an account, in three queries whatever its history."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, cast

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts_risk.answers import oldest_week
from accounts_risk.habits import Habits
from accounts_risk.models import Clearance, Profile, Restriction, Sighting, Strike, Tally
from accounts_risk.restrictions import unexpired
from accounts_risk.types import Answers, Known, Restricted
from calguard.sql import Prepared, given

__all__ = ["is_known", "known"]

HISTORY = timedelta(days=30)  # with less, a first sight says nothing
SETTLED = timedelta(days=3)  # what signed in an hour ago is not known by that: it may be the thief
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
CROWD = 50  # other accounts are counted up to here, so that a crowd costs no more than a few
USUAL = 500  # sign-ups of a week on one network from which nothing is unusual
BEYOND = 5  # times the usual
ON_RECORD = timedelta(days=90)  # how long a restriction that ran out is looked back at
ANSWERS = ("sent", "bounced", "accepted", "declined")
CLEARANCE, STRIKE, ENDED = "clearance", "strike", "ended"
ACCOUNT, AT = given("account", str), given("at", datetime)


def known(account: str, *, device: str, prefix: str, at: datetime, using: str = "default") -> Known:
    """The account's facts. `device` and `prefix` are the request's pseudonyms, "" where it shows none. Three queries.

    A device or network is known where the account was seen with it at least three days ago. It is None, unknown,
    where the request shows none, or where the account's own history of that kind is shorter than 30 days.
    """
    facts = _facts(account, at, using)
    standing = sorted(STANDING.rows(using, account=account, at=at), key=lambda row: (row[5], row[1]))
    seen = {
        kind: (oldest, first) for kind, oldest, first in SEEN.rows(using, account=account, device=device, prefix=prefix)
    }
    cleared = {made: expires_at for kind, _, _, _, expires_at, made in standing if kind == CLEARANCE}
    appealed = [
        end for kind, _, _, ground, end, _ in standing if kind == CLEARANCE and ground == Clearance.Ground.APPEAL
    ]
    restrictions = tuple(
        Restricted(kind=kind, owner=owner, by_human=by_human, reason=reason, expires_at=expires_at)
        for kind, owner, by_human, reason, expires_at, made in standing
        if kind not in {CLEARANCE, STRIKE, ENDED} and (by_human or not _outranked(kind, made, cleared))
    )
    over = [expires_at for kind, _, _, _, expires_at, _ in standing if kind == ENDED]
    return Known(
        account=account,
        **facts,
        restrictions=restrictions,
        strikes=sum(row[0] == STRIKE for row in standing),
        known_device=is_known(device, seen.get(Sighting.Kind.DEVICE), at),
        known_prefix=is_known(prefix, seen.get(Sighting.Kind.PREFIX), at),
        restricted_until=max(over, default=None),
        cleared_until=max(cleared.values(), default=None),
        appealed_until=max(appealed, default=None),
    )


def _outranked(kind: str, made: datetime, cleared: Collection[datetime]) -> bool:
    """Whether a person's word, given at these moments, stands over a machine's restriction. For one that contains a
    theft it must have been given since."""
    if kind == Restriction.Kind.CONTAINMENT:
        return any(given_at >= made for given_at in cleared)
    return bool(cleared)


class Few(Subquery):
    """How many rows a query gives that is cut off at some number: counting to it costs the same in any crowd."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) few)"
    output_field = IntegerField()


def _facts(account: str, at: datetime, using: str) -> dict[str, Any]:
    """The profile, the accounts that were made together with it, and what became of what it sent."""
    rows = FACTS.rows(using, account=account, at=at, today=at.date(), oldest_week=oldest_week(at))
    if not rows:
        return {}
    found = dict(zip(FACTS_NAMES, rows[0], strict=True))
    found["answers"] = Answers(**{name: found.pop(f"answers_{name}") for name in ANSWERS})
    found["habits"] = Habits.read(found["habits"])
    for name, usual in (("signups_same_prefix_hour", "usual_on_prefix"), ("signups_same_asn_hour", "usual_in_asn")):
        found[name] = _beyond(found[name], found.pop(usual))
    return found


def _write_facts() -> QuerySet[Profile, Any]:
    young: dict[str, Any] = {
        name: Case(When(first_seen_at__lt=AT - HISTORY, then=Value(0)), default=Few(rows))
        for name, rows in _made_together().items()
    }
    weeks = Q(week__gte=given("oldest_week", date), week__lte=given("today", date))
    week = Tally.objects.filter(weeks, account=OuterRef("account"))
    sums = {
        f"answers_{name}": Coalesce(
            Subquery(week.order_by().values(group=Value(1)).annotate(value=Sum(name)).values("value")),
            0,
            output_field=IntegerField(),
        )
        for name in ANSWERS
    }
    return Profile.objects.filter(account=ACCOUNT).annotate(**young, **sums).values_list(*FACTS_NAMES)


def _beyond(together: int, usual: int) -> int:
    """Of the accounts made within two hours, those beyond what the week before lets expect: shared networks and large
    providers have newcomers all the time (R16)."""
    return max(0, round(together - BEYOND * 2 * usual / (7 * 24))) if usual < USUAL else 0


COLUMNS = (
    "tenant",
    "first_seen_at",
    "created_at",
    "credential_changed_at",
    "probation_until",
    "accepted_total",
    "accepted_domains",
)
TOGETHER = (
    "signups_same_prefix_hour",
    "signups_same_device",
    "signups_same_domain_day",
    "signups_same_asn_hour",
    "usual_on_prefix",
    "usual_in_asn",
)
FACTS_NAMES = (*COLUMNS, "habits", *TOGETHER, *(f"answers_{name}" for name in ANSWERS))


def _made_together() -> dict[str, QuerySet[Profile, Any]]:
    """Other accounts by what they share with the outer one: each at most CROWD rows of an index."""
    made = OuterRef("first_seen_at")

    def others(column: str, unknown: Q, before: timedelta, after: timedelta, most: int) -> QuerySet[Profile, Any]:
        rows = Profile.objects.filter(first_seen_at__gte=made - before, first_seen_at__lte=made + after)
        rows = rows.filter(**{column: OuterRef(column)}).exclude(unknown | Q(account=OuterRef("account")))
        return rows.order_by().values("pk")[:most]

    nowhere = Q(signup_asn=None)
    return {
        "signups_same_prefix_hour": others("signup_prefix", Q(signup_prefix=""), HOUR, HOUR, CROWD),
        "signups_same_device": others("signup_device", Q(signup_device=""), HISTORY, HISTORY, CROWD),
        "signups_same_domain_day": others("signup_domain", Q(signup_domain=""), DAY, DAY, CROWD),
        "signups_same_asn_hour": others("signup_asn", nowhere, HOUR, HOUR, CROWD),
        "usual_on_prefix": others("signup_prefix", Q(signup_prefix=""), 7 * DAY + HOUR, -HOUR, USUAL),
        "usual_in_asn": others("signup_asn", nowhere, 7 * DAY + HOUR, -HOUR, USUAL),
    }


def _write_standing() -> QuerySet[Restriction, Any]:
    """Restrictions, clearances and strikes that count now, and restrictions that ran out lately and were never
    overturned: kind, owner, by_human, reason (of a clearance its ground), expires_at, created_at."""
    over = Q(ended_at__gt=AT - ON_RECORD) & ~Q(kind=Restriction.Kind.CONTAINMENT)  # which says nothing of its owner
    counts = unexpired(AT) | over
    rows: Any = Restriction.objects.filter(counts, account=ACCOUNT)
    rows = rows.annotate(what=Case(When(ended_at=None, then="kind"), default=Value(ENDED)))
    rows = rows.values_list("what", "owner", "by_human", "reason", "expires_at", "created_at")
    others = [
        model.objects.filter(account=ACCOUNT, expires_at__gt=AT).values_list(
            Value(kind, output_field=CharField()),
            "owner",
            Value(False, output_field=BooleanField()),
            ground,
            "expires_at",
            "created_at",
        )
        for model, kind, ground in (
            (Clearance, CLEARANCE, "ground"),
            (Strike, STRIKE, Value("", output_field=CharField())),
        )
    ]
    return cast("QuerySet[Restriction, Any]", rows.union(*others, all=True))


def _write_seen() -> QuerySet[Sighting, Any]:
    """By kind: when the account was first seen with any, and with the one that the request shows."""
    device = Q(kind=Sighting.Kind.DEVICE, value=given("device", str))
    prefix = Q(kind=Sighting.Kind.PREFIX, value=given("prefix", str))
    rows: Any = Sighting.objects.filter(account=ACCOUNT).values_list("kind")
    rows = rows.annotate(oldest=Min("first_seen_at"), mine=Min("first_seen_at", filter=device | prefix))
    return cast("QuerySet[Sighting, Any]", rows)


FACTS, STANDING, SEEN = Prepared(_write_facts), Prepared(_write_standing), Prepared(_write_seen)


def is_known(value: str, seen: tuple[datetime, datetime | None] | None, at: datetime) -> bool | None:
    """Whether what a request shows is known; `seen` says since when anything of its kind is, and since when this is."""
    if not value or seen is None or seen[0] > at - HISTORY:
        return None
    return seen[1] is not None and seen[1] <= at - SETTLED
