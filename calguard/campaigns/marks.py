"""What an attempt has in common with others: keyed numbers of its text, phones, links, guests and device."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from calguard import keyed
from calguard.campaigns.models import Campaign, Mark
from calguard.content.hosts import (
    FREEMAIL,
    MESSENGERS,
    PLATFORMS,
    SHORTENERS,
    TRACKERS,
    USER_CONTENT,
    covers,
    registrable,
)
from calguard.content.sketch import Sketch, bands
from calguard.content.types import Content, Link
from calguard.engine.channels import contact_phones
from calguard.engine.types import Attempt
from calguard.sql import ALONE, Around

PER_KIND = 4
LOOKED_AT = 1000  # rows a value is looked up by, so that what half the world links to costs no more than anything else
PER_PARTY = 3  # of them, of one sender, so that nobody hides the others behind a thousand of their own
NEWEST = 100  # of those
GUESTS = 5  # strangers, from which a guest list says something
GUEST_SLOTS = 4
VISITOR = "visitor:"  # how the party begins that is no account: who books a time with one
FEW = 5  # strangers of a week, up to which nobody compares what an account of age sends
_SHARED_HOSTS = PLATFORMS | SHORTENERS | MESSENGERS | TRACKERS | USER_CONTENT  # where the whole address tells who it is
_NOBODYS = FREEMAIL | frozenset({"example.com", "example.org", "example.net"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """The marks of one attempt. Numbers are keyed, 63 bits; 0 is none."""

    values: tuple[tuple[str, int], ...]  # kind and value
    party: str  # the account, or its organisation where that has proved a domain
    guests: int
    strangers: int
    prefix: int = 0
    client: int = 0
    cohort: int = 0
    campaign: int | None = None  # found to be part of
    todo: bool = False  # to be counted by a worker

    def of(self, kind: str) -> frozenset[int]:
        return frozenset(value for named, value in self.values if named == kind)


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A mark of somebody else's attempt."""

    kind: str
    value: int
    decision: UUID
    account: str
    party: str
    guests: int
    strangers: int
    prefix: int
    client: int
    cohort: int
    campaign: int | None
    reference: str
    state: str
    over_budget: bool


def traced(
    attempt: Attempt,
    content: Content,
    text: Sketch,
    strangers: Collection[str],
    *,
    device: str,
    prefix: str,
    earned: bool = True,
) -> Trace | None:
    """The marks of an attempt that is to be compared with others'; None for any other.

    Compared is who writes to strangers and is not established, or may be in other hands, or is established by age alone
    (not `earned`) and writes to more than a few. `content` is what the sender wrote, `strangers` are keyed hashes of
    guests outside without a relation.
    """
    account, audience = attempt.account, attempt.audience
    reached = audience.external - audience.related
    many = not earned and attempt.behaviour.strangers_week + reached > FEW
    if not (account.tier != "established" or account.doubted or many) or reached <= 0 or not strangers:
        return None
    named = [("text", f"{band:x}") for band in bands(text)]
    if content.phones:
        numbers = dict.fromkeys(phone.number for phone in contact_phones(content))
        named += [("phone", number) for number in list(numbers)[:PER_KIND]]
    named += [("host", place) for place in list(dict.fromkeys(filter(None, map(_place, content.links))))[:PER_KIND]]
    named += [("guests", mark) for mark in _list(strangers)]
    named += [("device", device)] * bool(device)
    made = "" if account.age_hours is None else _hour(attempt.now - timedelta(hours=account.age_hours))
    around = [
        ("set", "".join(sorted(strangers))),
        ("prefix", prefix),
        ("client", attempt.client.signature),
        ("cohort", made),
    ]
    numbers_of = _numbers([*named, *around])
    of_set, of_prefix, of_client, of_cohort = numbers_of[len(named) :]
    return Trace(
        values=tuple(zip((kind for kind, _ in named), numbers_of, strict=False)),
        party=f"tenant:{account.tenant}" if account.tenant and account.verified_domains else account.id,
        guests=of_set,
        strangers=reached,
        prefix=of_prefix if prefix else 0,
        client=of_client if attempt.client.signature else 0,
        cohort=of_cohort if made else 0,
    )


def visited(
    attempt: Attempt, content: Content, text: Sketch, strangers: Collection[str], *, prefix: str
) -> Trace | None:
    """The marks of what a visitor of a booking page wrote, whose page that is left aside; None where they wrote nothing
    that leads anywhere.

    The party is the guest's organisation, or the network where the guest's mailbox is anybody's: what the staff of one
    firm sign with is one sender's. `content` is the visitor's words alone.
    """
    homes = sorted({registrable(guest.rpartition("@")[2]) for guest in attempt.content.guest_emails} - FREEMAIL)
    who = homes[0] if homes else prefix
    named = [("text", f"{band:x}") for band in bands(text)]
    leading = [
        ("phone", number) for number in list(dict.fromkeys(p.number for p in contact_phones(content)))[:PER_KIND]
    ]
    places = [place for place in dict.fromkeys(filter(None, map(_place, content.links))) if place not in homes]
    leading += [("host", place) for place in places[:PER_KIND]]
    if not (named and leading and who and strangers):
        return None
    numbers = _numbers([*named, *leading, ("set", "".join(sorted(strangers))), ("party", who)])
    return Trace(
        values=tuple(zip((kind for kind, _ in (*named, *leading)), numbers, strict=False)),
        party=f"{VISITOR}{numbers[-1]}",
        guests=numbers[-2],
        strangers=len(strangers),
    )


def others(trace: Trace, account: str, *, at: datetime, window: timedelta, using: str) -> list[Row]:
    """The newest marks of others with the same values: one query, bounded for each value, whatever the history.

    Visitors of booking pages are compared with each other, on the same page too, and with no account.
    """
    visitor = trace.party.startswith(VISITOR)
    values = list(dict.fromkeys(value for _, value in trace.values))
    if not values:
        return []
    connection = connections[using]
    quote = connection.ops.quote_name
    mark, campaign = quote(Mark._meta.db_table), quote(Campaign._meta.db_table)
    columns = "kind, value, decision_id, account, party, guests, strangers, prefix, client, cohort, campaign_id"
    one = (
        f"SELECT * FROM (SELECT {columns} FROM (SELECT {columns}, at, "  # noqa: S608  names of ours
        f"ROW_NUMBER() OVER (PARTITION BY party ORDER BY at DESC) AS nth FROM (SELECT {columns}, at FROM {mark} "
        f"WHERE value = %s AND at > %s AND account <> %s AND party <> %s ORDER BY at DESC LIMIT {LOOKED_AT}) "
        f"AS latest) AS numbered WHERE nth <= {PER_PARTY} ORDER BY at DESC LIMIT {NEWEST}) AS newest"
    )
    each = " UNION ALL ".join([one] * len(values))
    query = (
        f"SELECT found.*, c.reference, c.state, c.over_budget FROM ({each}) AS found "  # noqa: S608  names of ours
        f"LEFT JOIN {campaign} c ON c.id = found.campaign_id"
    )
    since = connection.ops.adapt_datetimefield_value(at - window)
    but = "" if visitor else account
    parameters = [given for value in values for given in (value, since, but, trace.party)]
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = [_row(found) for found in cursor.fetchall()]
    return [row for row in rows if row.party.startswith(VISITOR) is visitor]


def write(trace: Trace, decision: UUID, account: str, *, at: datetime, using: str, within: Around = ALONE) -> None:
    """Keep the marks of an attempt with one INSERT; the first of them stands for the attempt. By hand, as the request
    waits for it: an object a mark costs three times as much, and so does a parameter a number."""
    connection = connections[using]
    key = decision if connection.features.has_native_uuid_field else decision.hex
    party, moment = trace.party[:200], connection.ops.adapt_datetimefield_value(at)
    numbers = (trace.guests, trace.strangers, trace.prefix, trace.client, trace.cohort)
    same = f"%s, %s, %s, %s, {', '.join(str(int(number)) for number in numbers)}, " + (
        "NULL" if trace.campaign is None else str(int(trace.campaign))
    )
    rows = [
        f"({same}, {'TRUE' if trace.todo and place == 0 else 'FALSE'}, '{Mark.Kind(kind).value}', {int(value)})"
        for place, (kind, value) in enumerate(trace.values)
    ]
    table = connection.ops.quote_name(Mark._meta.db_table)
    columns = (
        "decision_id, account, party, at, guests, strangers, prefix, client, cohort, campaign_id, todo, kind, value"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"{within.before}INSERT INTO {table} ({columns}) VALUES {', '.join(rows)}{within.after}",  # noqa: S608  numbers and words of ours
            [key, account, party, moment] * len(rows),
        )


def stored(marks: Sequence[Mark]) -> Trace:
    """The trace that was written as these rows of one attempt."""
    first = marks[0]
    return Trace(
        values=tuple((mark.kind, mark.value) for mark in marks),
        party=first.party,
        guests=first.guests,
        strangers=first.strangers,
        prefix=first.prefix,
        client=first.client,
        cohort=first.cohort,
        campaign=first.campaign_id,
        todo=any(mark.todo for mark in marks),
    )


def number_of(kind: str, written: str) -> int:
    """The mark of a phone number or host that stands in plain elsewhere."""
    return _numbers([(kind, registrable(written) if kind == "host" else written)])[0]


def in_campaign(trace: Trace, campaign: int | None, *, todo: bool) -> Trace:
    return replace(trace, campaign=campaign, todo=todo)


def _numbers(named: Iterable[tuple[str, str]]) -> list[int]:
    return [
        int(hashed[:16], 16) >> 1 for hashed in keyed.pseudonyms("mark", (f"{kind}|{said}" for kind, said in named))
    ]


def _place(link: Link) -> str:
    """Whose page a link leads to: its domain, or the whole address where everybody has pages; "" for nobody's."""
    if not link.domain or "conference" in link.flags or link.field.startswith("TZ") or covers(_NOBODYS, link.domain):
        return ""
    if covers(_SHARED_HOSTS, link.host) or link.flags & {"user_content", "shortener", "messenger"}:
        page = link.url.partition("://")[2].partition("#")[0]
        return page if "/" in page.rstrip("/") else ""
    return link.domain


def _list(strangers: Collection[str]) -> list[str]:
    """A few numbers of which guest lists that overlap share some."""
    if len(strangers) < GUESTS:
        return []
    least: dict[int, str] = {}
    for hashed in sorted(strangers):
        least.setdefault(int(hashed[-1], 16) % GUEST_SLOTS, hashed)
    return [f"{slot}:{hashed}" for slot, hashed in sorted(least.items())]


def _hour(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}"


def _row(found: Sequence[Any]) -> Row:
    kind, value, decision, account, party, guests, strangers, prefix, client, cohort, campaign, *of = found
    reference, state, over = of
    return Row(
        kind=kind,
        value=value,
        decision=decision if isinstance(decision, UUID) else UUID(str(decision)),
        account=account,
        party=party,
        guests=guests,
        strangers=strangers,
        prefix=prefix,
        client=client,
        cohort=cohort,
        campaign=campaign,
        reference=reference or "",
        state=state or "",
        over_budget=bool(over),
    )


KINDS: Mapping[str, int] = {"text": 2, "phone": 1, "host": 1, "guests": 2, "device": 1}  # how many must be shared
