"""What is counted over a run: verdicts by group, near-duplicates by group, the worst errors, and time."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from calguard.engine.types import Verdict
from calguard.evaluation.judging import Judged, Malformed
from calguard.evaluation.records import ABUSE, HAM, Record

MOST_GROUPS = 300  # names per table; what comes after them is counted together
OTHERS = "(others)"
MOST_PROBLEMS = 100
Z = 1.959963984540054  # two-sided 95 %
MAIL = frozenset({"email"})
NATIVE = frozenset({"ics-feed", "ics-fixture"})
CALENDAR_LURES = frozenset({"ics-phish", "calendar-mail"})
SHORT = frozenset({"sms", "comment"})
MODERN = 2022


def wilson(hits: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a rate (Wilson 1927); (0, 1) for nothing seen."""
    if n == 0:
        return 0.0, 1.0
    rate, square = hits / n, Z * Z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(slots=True)
class Group:
    """Records counted together, by verdict, and the clusters of near-duplicates among them by their worst."""

    verdicts: list[int] = field(default_factory=lambda: [0] * len(Verdict))
    clusters: dict[bytes, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        return sum(self.verdicts)

    def at_least(self, verdict: Verdict) -> int:
        return sum(self.verdicts[verdict:])

    def clusters_at_least(self, verdict: Verdict) -> int:
        return sum(worst >= verdict for worst in self.clusters.values())

    def add(self, verdict: Verdict, cluster: bytes) -> None:
        self.verdicts[verdict] += 1
        if cluster:
            self.clusters[cluster] = max(verdict, self.clusters.get(cluster, 0))


def tables(record: Record) -> Iterator[tuple[str, str]]:
    """Every table a record counts in, and the row of it: the false positives of the innocent, the recall of abuse,
    and the figures an operator asks for first."""
    yield "label", record.label
    if record.label in ABUSE:
        yield "recall by label and kind", f"{record.label} {record.kind}"
        yield "recall by kind", record.kind
        yield "recall by language", record.language
        yield "recall by source", record.source
        yield "recall by licence", record.licence
        if record.year is not None:
            yield "recall by year", band(record.year)
    elif record.label == HAM:
        yield "false positives by kind", record.kind
        yield "false positives by language", record.language
        yield "false positives by source", record.source
        yield "false positives by licence", f"{record.licence} {'calendar' if record.kind in NATIVE else 'other'}"
        yield "false positives, conference link", "with" if record.conference_link else "without"
        yield "false positives, attendees", "with" if record.attendees else "without"
        if record.year is not None:
            yield "false positives by year", band(record.year)
    for name in summary(record):
        yield "summary", name


def summary(record: Record) -> Iterator[str]:
    if record.label == HAM:
        if record.kind in NATIVE:
            yield "false positives, real calendar events"
            if record.conference_link:
                yield "false positives, real calendar events with a conference link"
        elif record.kind in MAIL:
            yield "false positives, mail"
        elif record.kind in SHORT:
            yield "false positives, SMS and comments"
        else:
            yield "false positives, other"
    elif record.label in ABUSE:
        yield "recall, all abuse"
        if record.kind in CALENDAR_LURES:
            yield "recall, real calendar phishing"
        elif record.label == "phish" and record.kind in MAIL and band(record.year or 0) == "2022 to 2026":
            yield "recall, phishing mail 2022 to 2026"
            yield f"recall, phishing mail 2022 to 2026, {record.language}"


def band(year: int) -> str:
    if year < 2010:
        return "to 2009"
    if year < MODERN:
        return "2010 to 2021"
    return "2022 to 2026" if year <= 2026 else "2027 on"


class Durations:
    """Seconds, in bins one hundredth apart, so that a percentile of any number of them needs little memory."""

    def __init__(self) -> None:
        self._bins: dict[int, int] = {}
        self.total = 0.0
        self.n = 0

    def add(self, seconds: float) -> None:
        bin_ = math.floor(math.log(max(seconds, 1e-9)) * 100)
        self._bins[bin_] = self._bins.get(bin_, 0) + 1
        self.total += seconds
        self.n += 1

    def percentile(self, share: float) -> float:
        """Seconds below which this share lies, within a hundredth; 0 where there are none."""
        left = share * self.n
        for bin_ in sorted(self._bins):
            left -= self._bins[bin_]
            if left <= 0:
                return math.exp((bin_ + 0.5) / 100)
        return 0.0


class Worst:
    """The worst of many, one of each cluster."""

    def __init__(self, most: int, *, lowest: bool) -> None:
        self._most, self._sign = most, 1 if lowest else -1
        self._kept: list[tuple[tuple[float, float, int], Judged]] = []

    def add(self, judged: Judged) -> None:
        rank = (self._sign * int(judged.verdict), self._sign * judged.score, judged.number)
        if self._most < 1 or (len(self._kept) >= self._most and rank >= self._kept[-1][0]):
            return
        cluster = judged.record.cluster
        same = [i for i, (_, other) in enumerate(self._kept) if cluster and other.record.cluster == cluster]
        if same:
            if rank >= self._kept[same[0]][0]:
                return
            del self._kept[same[0]]
        insort(self._kept, (rank, judged), key=lambda entry: entry[0])
        del self._kept[self._most :]

    def __iter__(self) -> Iterator[Judged]:
        return (judged for _, judged in self._kept)


class Count:
    """Everything counted over one run. Memory grows with the number of clusters, and with nothing else."""

    def __init__(self, worst: int) -> None:
        self.judged = 0
        self.malformed = 0
        self.problems: list[Malformed] = []
        self.groups: dict[str, dict[str, Group]] = {}
        self.false_positives = Worst(worst, lowest=False)
        self.misses = Worst(worst, lowest=True)
        self.reading, self.judging, self.both = Durations(), Durations(), Durations()

    def add(self, answer: Judged | Malformed) -> None:
        if isinstance(answer, Malformed):
            self.malformed += 1
            if len(self.problems) < MOST_PROBLEMS:
                self.problems.append(answer)
            return
        self.judged += 1
        record = answer.record
        cluster = blake2b(record.cluster.encode("utf-8", "replace"), digest_size=8).digest() if record.cluster else b""
        for table, row in tables(record):
            self._group(table, row).add(answer.verdict, cluster)
        if record.label == HAM and answer.verdict > Verdict.OBSERVE:
            self.false_positives.add(answer)
        elif record.label in ABUSE and answer.verdict < Verdict.HOLD:
            self.misses.add(answer)
        self.reading.add(answer.reading)
        self.judging.add(answer.judging)
        self.both.add(answer.reading + answer.judging)

    def _group(self, table: str, row: str) -> Group:
        rows = self.groups.setdefault(table, {})
        if row not in rows and len(rows) >= MOST_GROUPS:
            row = OTHERS
        return rows.setdefault(row, Group())
