"""One case for what many visitors of one booking page have waiting for the same reason, and whom a decision on it
reaches."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q

from calguard import actors
from calguard.conf import conf
from calguard.models import Case, Decision
from outbound.fitting import fit

ALONE = 3  # visitors of a page who each have a case; with one more for the same reason they share one
LOOKED_AT = 200  # attempts of a page that wait, newest first; far fewer are asked for
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """One of them: what they tried, and from where."""

    name: str
    attempts: int
    networks: int
    countries: tuple[str, ...]
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """Who is in a case of visitors, how fast they came, and from where."""

    page: str  # the account whose page it was, "" where there were several
    visitors: int
    networks: int
    countries: tuple[tuple[str, int], ...]
    hour: int  # attempts within the last hour
    day: int
    attempts: int
    busiest: tuple[Visitor, ...]


def case_for(decision: Decision, party: str) -> str:
    """The name under which its case is kept: whoever answers for it, or its page, where too many visitors of it wait
    for the same reason."""
    if actors.kind(party) != "visitor":
        return party
    page = fit(actors.page(decision.account, why(decision)), 200)
    cases = Case.objects.using(conf.database).filter(state=Case.State.OPEN, campaign="")
    if cases.filter(account=page).exists():
        return page
    others = {row.actor for row in _alone(decision) if row.actor != party}
    return page if len(others) >= ALONE else party


def gather(decision: Decision, case: Case) -> set[int]:
    """Bring what waits alone of the same page for the same reason into the case of the page; the cases it was taken
    from. What somebody is at work on, and what its visitor has objected to, stays where it is."""
    using = conf.database
    rows = {row.pk: row.case_id for row in _alone(decision)}
    left = {former for former in rows.values() if former is not None}
    moved = Decision.objects.using(using).filter(pk__in=list(rows), case__in=left)
    severities = list(moved.values_list("verdict", flat=True))
    moved.update(case=case)
    case.severity = max([case.severity, *severities])
    Case.objects.using(using).filter(pk__in=left).update(version=F("version") + 1)
    return left


def parties(case: Case) -> list[str]:
    """Whom a decision on the case reaches: the account, or each visitor in it."""
    if not actors.is_page(case.account):
        return [case.account]
    rows = Decision.objects.using(conf.database).filter(case=case).order_by().values_list("account", "actor")
    return sorted({actors.answers_for(account, actor) for account, actor in rows.distinct()})


def why(decision: Decision) -> str:
    """The strongest reason: one abuse is not to hide among the cases of another."""
    signals = sorted(decision.signals, key=lambda one: -float(one.get("points", 0)))
    codes = [*(str(one.get("public", "")) for one in signals[:1]), *decision.reasons, "other"]
    return next(filter(None, codes))


def crowd(case: Case, at: datetime, *, most: int = 20) -> Crowd | None:
    """Who is in a case of visitors; None in any other."""
    if not actors.is_page(case.account) and actors.kind(case.account) != "visitor":
        return None
    rows = Decision.objects.using(conf.database).filter(case=case).order_by("created_at")
    columns = ("account", "actor", "prefix", "country", "created_at")
    tried: dict[str, list[tuple[str, str, datetime]]] = {}
    pages, countries, times = set(), Counter[str](), []
    for account, actor, prefix, country, made in rows.values_list(*columns).iterator(chunk_size=2000):
        tried.setdefault(actor, []).append((prefix, country, made))
        pages.add(account)
        countries[country] += bool(country)
        times.append(made)
    found = [
        Visitor(
            name=name,
            attempts=len(made),
            networks=len({prefix for prefix, _, _ in made if prefix}),
            countries=tuple(sorted({country for _, country, _ in made if country})),
            first=made[0][2],
            last=made[-1][2],
        )
        for name, made in tried.items()
    ]
    return Crowd(
        page=pages.pop() if len(pages) == 1 else "",
        visitors=len(found),
        networks=len({prefix for made in tried.values() for prefix, _, _ in made if prefix}),
        countries=tuple((country, number) for country, number in countries.most_common(8) if number),
        hour=sum(made > at - HOUR for made in times),
        day=sum(made > at - DAY for made in times),
        attempts=len(times),
        busiest=tuple(sorted(found, key=lambda one: (-one.attempts, one.first))[:most]),
    )


def _alone(decision: Decision) -> list[Decision]:
    """What waits of other visitors of the same page for the same reason, each in a case of its own."""
    rows = Decision.objects.using(conf.database).filter(
        Q(case__state=Case.State.OPEN, case__campaign="", case__claimed_by="", case__account=F("actor")),
        account=decision.account,
        actor__startswith="visitor:",
        appeal=None,
    )
    rows = rows.exclude(pk=decision.pk).only("actor", "case", "signals", "reasons").order_by("-created_at")
    code = why(decision)
    return [row for row in rows[:LOOKED_AT] if why(row) == code]
