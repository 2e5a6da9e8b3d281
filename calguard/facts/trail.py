"""From where else an account sent lately, and who else was found to abuse the network it sends from (R16, R17)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, cast

from django.db.models import Aggregate, Count, Q, QuerySet, Value

from calguard.facts.types import Question, Seen, Trail
from calguard.models import Case, Decision
from calguard.sql import Prepared, given

ABUSE = (Case.Label.SPAM, Case.Label.PHISH)  # a hijacked or runaway account is no abuser
REMEMBERED = timedelta(days=7)
JOURNEY = timedelta(hours=24)  # within which anybody can be anywhere
MANY = 100  # abusers of one network that are told apart
COUNTS = ("prefixes_hour", "asns_hour", "countries_hour")


def sums(question: Question, tried: Q) -> dict[str, Aggregate]:
    """What the aggregate over the account's decisions counts for a trail; of the last hour, beside the networks,
    systems and countries of the question itself."""
    counted = tried & Q(created_at__gt=question.at - timedelta(hours=1))
    placed = counted & Q(via__in=("direct", "hosting"))
    return {
        "prefixes_hour": Count("prefix", distinct=True, filter=placed & ~Q(prefix__in=("", question.prefix))),
        "asns_hour": Count("asn", distinct=True, filter=placed & Q(asn__isnull=False) & ~Q(asn=question.asn)),
        "countries_hour": Count(
            "country", distinct=True, filter=counted & Q(via="direct") & ~Q(country__in=("", question.country))
        ),
    }


def trail(counts: Mapping[str, int], lately: Iterable[tuple[Any, ...]], at: datetime) -> Trail:
    """Counts by the names of `sums`; `lately` are rows of when, latitude and longitude, newest first."""
    places = ((made, lat, lon) for made, lat, lon in lately if lat is not None and lon is not None)
    last = next((Seen(latitude=lat, longitude=lon, at=made) for made, lat, lon in places if at - made < JOURNEY), None)
    return Trail(**{name: counts[name] for name in COUNTS}, last=last)


def abusers(question: Question, using: str) -> int:
    """Other accounts that sent from this network within seven days, and in whose case a person found abuse."""
    if not question.prefix:
        return 0
    rows = ABUSERS.rows(using, account=question.account, prefix=question.prefix, at=question.at)
    return int(rows[0][0])


def abusing(prefix: str, at: datetime, using: str) -> frozenset[str]:
    """All accounts of which `abusers` speaks, up to MANY."""
    rows = _abuse(prefix, at, using).order_by().values_list("account", flat=True)
    return frozenset(rows.distinct()[:MANY])


def _abuse(prefix: Any, at: Any, using: str | None) -> QuerySet[Decision]:
    """What is said twice is what SQLite needs to see that the index `calguard_decision_cased` serves."""
    rows = Decision.objects.using(using).filter(
        prefix=prefix,
        created_at__gt=at - REMEMBERED,
        case__isnull=False,
        case__state=Case.State.CLOSED,
        case__label__in=ABUSE,
    )
    return rows.exclude(prefix="")


def _write_abusers() -> QuerySet[Decision, Any]:
    others: Any = _abuse(given("prefix", str), given("at", datetime), None).exclude(account=given("account", str))
    counted = others.order_by().values(all=Value(1)).annotate(number=Count("account", distinct=True))
    return cast("QuerySet[Decision, Any]", counted.values_list("number"))


ABUSERS = Prepared(_write_abusers)
