"""What an account did, as it is read from the database for Redis to keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce, TruncHour

from calguard.engine.types import Verdict
from calguard.facts.history import Bucket, Record, place_octets, record_of
from calguard.facts.packing import microseconds
from calguard.facts.trail import JOURNEY
from calguard.facts.types import MINUTES, RECENT, RECHECK, VISITED, WEEK
from calguard.letting_go import let_go, lets_go
from calguard.models import Decision

__all__ = ["Loaded", "form_of", "load", "place_of", "words_of"]

WHOLE = 64  # attempts kept one by one; older ones by the hour
COLUMNS = (
    "created_at",
    "verdict",
    "enforced",
    "gate",
    "recipients",
    "strangers",
    "content_hash",
    "guests_hash",
    "similarity",
    "prefix",
    "asn",
    "country",
    "via",
    "latitude",
    "longitude",
    "said",
    "reasons",
    "facts__client__form",
    "case__outcome",
    "case__label",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Loaded:
    records: tuple[Record, ...]  # the newest, whenever they were
    buckets: tuple[Bucket, ...]  # older ones of the last seven days
    words: tuple[tuple[int, bytes], ...]  # when, and what was said
    place: bytes  # the last known one; empty where there is none


class Attempted(Protocol):
    """The columns of a decision that tell what was said, and where."""

    created_at: datetime
    verdict: int
    gate: str
    said: str
    latitude: int | None
    longitude: int | None


def load(account: str, *, at: datetime, using: str) -> Loaded:
    """One query, and two more for an account with more than WHOLE attempts."""
    mine = Decision.objects.using(using).filter(account=account).exclude(channel__in=VISITED)
    rows: list[Any] = list(mine.order_by("-created_at").values_list(*COLUMNS, named=True)[:WHOLE])
    tried = [row for row in rows if row.gate != RECHECK][:RECENT]
    places = (place_of(row) for row in tried if at - row.created_at < JOURNEY)
    said = [(microseconds(row.created_at), words_of(row)) for row in tried if at - row.created_at < MINUTES]
    return Loaded(
        records=tuple(
            record_of(row, row.facts__client__form, released=lets_go(row.case__outcome, row.case__label))
            for row in rows
        ),
        buckets=_older(mine, rows[-1].created_at, at) if len(rows) == WHOLE else (),
        words=tuple((when, words) for when, words in said if words),
        place=next(filter(None, places), b""),
    )


def words_of(row: Attempted) -> bytes:
    """With their moment, so that the same words twice are kept twice; empty where they are not to be read again."""
    if not row.said or row.verdict >= Verdict.HOLD or row.gate == RECHECK:
        return b""
    return microseconds(row.created_at).to_bytes(8, "little") + row.said.encode("utf-8", "surrogatepass")


def form_of(row: Decision) -> object:
    """The rendering of the form that it came from, as the judge's facts hold it."""
    client = row.facts.get("client")
    return client.get("form") if isinstance(client, dict) else ""


def place_of(row: Attempted) -> bytes:
    if row.latitude is None or row.longitude is None or row.gate == RECHECK:
        return b""
    return place_octets(row.latitude, row.longitude, row.created_at)


def _older(mine: Any, oldest: datetime, at: datetime) -> tuple[Bucket, ...]:
    """By the hour; and the last attempt before the week, which tells how long the account was silent."""
    tried, refused = ~Q(gate=RECHECK), Q(verdict__gte=Verdict.HOLD) & ~let_go()
    rows = mine.filter(created_at__gt=at - WEEK, created_at__lt=oldest)
    rows = rows.annotate(hour=TruncHour("created_at")).values("hour").order_by("hour")
    rows = rows.annotate(
        last=Coalesce(Max("created_at", filter=tried), Max("created_at")),
        attempts=Count("pk", filter=tried),
        guests=Coalesce(Sum("recipients", filter=tried), 0),
        unknown=Coalesce(Sum("strangers", filter=tried), 0),
        withheld=Count("similarity", distinct=True, filter=refused),
    ).values_list("last", "attempts", "guests", "unknown", "withheld")
    found = tuple(Bucket(microseconds(last), *(min(n, 0xFFFF_FFFF) for n in counts)) for last, *counts in rows)
    before = mine.filter(tried, created_at__lte=at - WEEK).order_by("-created_at").values_list("created_at", flat=True)
    return (*(Bucket(microseconds(last), 0, 0, 0, 0) for last in before[:1]), *found)
