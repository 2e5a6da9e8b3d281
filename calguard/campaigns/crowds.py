"""Who sends the same as an attempt: counted from marks, without a look at anything else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from calguard.campaigns.marks import KINDS, VISITOR, Row, Trace
from calguard.engine.types import Crowd

OWN = frozenset({"phone", "host"})  # kinds that say where a reader is to turn
MEMBERS = 2  # parties of a campaign that an attempt must be like to belong to it
_ORDER = (*KINDS, "prefix", "client", "cohort")
_STATES = ("held", "watched")


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """Another sender, one account or one organisation, and what it shares with the attempt."""

    strong: frozenset[str]
    weak: frozenset[str]
    sets: int  # different sets of strangers it wrote to
    recipients: int
    rows: tuple[Row, ...]

    @property
    def counts(self) -> bool:
        """Two kinds, one of them strong. Half the world has the same browser, so that this is no second kind. Of what
        visitors of booking pages write, where it leads."""
        if self.visitor:
            return bool(self.strong & OWN)
        return len(self.strong) + len(self.weak - {"client"}) >= 2 and bool(self.strong)

    @property
    def sure(self) -> bool:
        return len(self.strong) >= 2

    @property
    def spreads(self) -> bool:
        """It writes to ever new strangers; a visitor of booking pages has a new name each time."""
        return self.sure and ("text" in self.strong if self.visitor else self.sets > 1)

    @property
    def visitor(self) -> bool:
        return self.rows[0].party.startswith(VISITOR)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The crowd that the judge is told of, and the campaign to write the attempt's marks to."""

    crowd: Crowd
    campaign: int | None
    parties: tuple[Party, ...]


def parties(trace: Trace, rows: Iterable[Row]) -> list[Party]:
    """Every other sender among the rows."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.party].append(row)
    return [_party(trace, theirs) for theirs in found.values()]


def count(trace: Trace, rows: Sequence[Row]) -> Found:
    """What the marks of others say of an attempt. Marks of a campaign that a person cleared count for nothing, unless
    the attempt leads its readers elsewhere than what was cleared."""
    cleared = [row for row in rows if row.state == "cleared"]
    known = {row.value for row in cleared}
    elsewhere = any(kind in OWN and value not in known for kind, value in trace.values)
    standing = [party for party in parties(trace, (row for row in rows if row.state != "cleared")) if party.counts]
    belongs = _belongs(parties(trace, cleared)) if cleared and not elsewhere else None
    belongs = _belongs(standing) or belongs
    kinds = {kind for party in standing for kind in party.strong | party.weak}
    if belongs:
        kinds |= {row.kind for row in rows if row.campaign == belongs.campaign}
    crowd = Crowd(
        campaign=belongs.reference if belongs else "",
        state=belongs.state if belongs else "",  # type: ignore[arg-type]
        accounts=len(standing),
        spreading=sum(party.spreads for party in standing),
        recipients=sum(party.recipients for party in standing),
        shared=tuple(kind for kind in _ORDER if kind in kinds),
        over_budget=bool(belongs and belongs.over_budget),
    )
    return Found(crowd=crowd, campaign=belongs.campaign if belongs else None, parties=tuple(standing))


def _party(trace: Trace, theirs: Sequence[Row]) -> Party:
    mine = dict(Counter(kind for kind, _ in {(row.kind, row.value) for row in theirs}))
    weak = {
        name
        for name in ("prefix", "client", "cohort")
        if getattr(trace, name) and any(getattr(row, name) == getattr(trace, name) for row in theirs)
    }
    reached: dict[int, int] = {}
    for row in theirs:
        reached[row.guests] = max(row.strangers, reached.get(row.guests, 0))
    return Party(
        strong=frozenset(kind for kind, needed in KINDS.items() if mine.get(kind, 0) >= needed),
        weak=frozenset(weak),
        sets=len(reached),
        recipients=sum(reached.values()),
        rows=tuple(theirs),
    )


def _belongs(found: Iterable[Party]) -> Row | None:
    """The campaign of which the attempt is surely like several members: a held one first, then the largest."""
    members: dict[int, list[Row]] = defaultdict(list)
    for party in found:
        if party.sure:
            for campaign, row in {row.campaign: row for row in party.rows if row.campaign is not None}.items():
                members[campaign].append(row)
    large = [rows for rows in members.values() if len(rows) >= MEMBERS]
    if not large:
        return None
    return min(large, key=lambda rows: (rows[0].state not in _STATES[:1], -len(rows)))[0]
