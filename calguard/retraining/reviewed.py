"""What the operator's reviewers decided and is still kept: texts with a label, grouped, and split by time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from calguard.conf import conf
from calguard.content.reader import read
from calguard.content.types import Content
from calguard.engine.types import Tier
from calguard.models import Case, Evidence

ABUSE = frozenset({Case.Label.SPAM, Case.Label.PHISH})
BENIGN = frozenset({Case.Label.INNOCENT})
# Left out: a hijacked account's case holds its owner's events too, a runaway program's text says nothing of abuse.
MOST = 20_000  # the newest count
HELD_OUT = 0.3  # share of the texts, the newest


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """One text that a person looked at."""

    case: int
    reference: str  # of the decision, as people know it
    account: str
    similarity: str  # equal for nearly equal content
    hash: str
    at: datetime  # when its case was closed
    tier: Tier
    abuse: bool
    content: bytes
    group: int = 0  # the same for what one account wrote and for what is nearly equal

    def read(self) -> Content:
        return read(self.content)


@dataclass(frozen=True, kw_only=True, slots=True)
class Split:
    """The past to learn from and the time after it to be tested on; no group is in both."""

    past: tuple[Reviewed, ...]
    later: tuple[Reviewed, ...]
    dropped: int  # of the time after, from groups of the past


def reviewed(at: datetime, most: int = MOST) -> tuple[Reviewed, ...]:
    """The newest texts of closed cases with a clear label, whose retention has not ended, oldest first.

    The same text once, with the label it was given last.
    """
    rows = (
        Evidence.objects.using(conf.database)
        .filter(
            decision__case__state=Case.State.CLOSED,
            decision__case__label__in=sorted(ABUSE | BENIGN),
            decision__case__closed_at__isnull=False,
            expires_at__gt=at,
        )
        .select_related("decision", "decision__case")
        .order_by("-decision__case__closed_at", "-decision__created_at", "-pk")
    )
    found: dict[str, Reviewed] = {}
    for row in rows[:most].iterator(chunk_size=200):
        text = _text(row)
        found.setdefault(text.hash or text.reference, text)
    return tuple(_grouped(list(reversed(found.values()))))


def _text(row: Evidence) -> Reviewed:
    decision, case = row.decision, row.decision.case
    if case is None or case.closed_at is None:
        raise ValueError(f"evidence {row.pk} is of no closed case")  # the query asks for it
    return Reviewed(
        case=case.pk,
        reference=decision.code,
        account=decision.account,
        similarity=decision.similarity,
        hash=decision.content_hash,
        at=case.closed_at,
        tier=_tier(decision.tier),
        abuse=case.label in ABUSE,
        content=bytes(row.content),
    )


def _tier(written: str) -> Tier:
    """Of a tier that this version does not know, the one with the least trust."""
    return written if written in ("trial", "established") else "new"  # type: ignore[return-value]


def _grouped(texts: Sequence[Reviewed]) -> Iterator[Reviewed]:
    """What shares an account or is nearly equal, directly or through others, has one number (union-find)."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            parent[key] = key = parent[parent[key]]
        return key

    for text in texts:
        if text.similarity:
            parent[root(f"account {text.account}")] = root(f"similar {text.similarity}")
    numbers: dict[str, int] = {}
    for text in texts:
        yield replace(text, group=numbers.setdefault(root(f"account {text.account}"), len(numbers)))


def split(texts: Sequence[Reviewed], held_out: float = HELD_OUT) -> Split:
    """By time: the newest share is held out, without what belongs to a group that was there before."""
    ordered = sorted(texts, key=lambda text: text.at)
    cut = round(len(ordered) * (1 - held_out))
    while 0 < cut < len(ordered) and ordered[cut].at == ordered[cut - 1].at:
        cut += 1  # what was decided at one moment stays together
    known = {text.group for text in ordered[:cut]}
    later = tuple(text for text in ordered[cut:] if text.group not in known)
    return Split(past=tuple(ordered[:cut]), later=later, dropped=len(ordered) - cut - len(later))


def sides(texts: Iterable[Reviewed]) -> tuple[int, int]:
    """How many are benign, and how many abuse."""
    abuse = [text.abuse for text in texts]
    return len(abuse) - sum(abuse), sum(abuse)
