"""Rates with their intervals, near-duplicates counted once, the worst of many, and percentiles in little memory."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable

import pytest

from calguard.engine.types import Verdict
from calguard.evaluation.counting import OTHERS, Count, Durations, Group, Worst, band, summary, wilson
from calguard.evaluation.judging import Judged, Malformed
from calguard.evaluation.progress import Progress
from calguard.evaluation.records import Record
from calguard.evaluation.records import record as labels


def judged(number: int, verdict: Verdict, score: float = 0.0, **said: object) -> Judged:
    found: Record = labels({"id": str(number), **said})
    return Judged(
        number=number,
        record=found,
        verdict=verdict,
        score=score,
        reasons=(),
        signals=(),
        reading=0.001,
        judging=0.002,
    )


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.27753),
        (5, 10, 0.23659, 0.76341),
        (10, 10, 0.72247, 1.0),
        (1, 1000, 0.00018, 0.00564),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval(hits: int, n: int, low: float, high: float) -> None:
    """The published values of the score interval without continuity correction."""
    assert wilson(hits, n) == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))


def test_a_cluster_counts_once_by_its_worst() -> None:
    group = Group()
    for verdict, cluster in ((0, b"a"), (4, b"a"), (1, b"a"), (2, b"b"), (0, b"")):
        group.add(Verdict(verdict), cluster)
    assert (group.n, group.at_least(Verdict.OBSERVE), group.at_least(Verdict.HOLD)) == (5, 3, 1)
    assert len(group.clusters) == 2
    assert group.clusters_at_least(Verdict.CHALLENGE) == 2
    assert group.clusters_at_least(Verdict.HOLD) == 1


def test_sides_are_told_apart() -> None:
    count = Count(worst=5)
    for number, label in enumerate(("ham", "spam", "phish", "unsure", "(none)")):
        count.add(judged(number, Verdict.HOLD, label=label, kind="email", language="en", year=2025))
    assert set(count.groups["label"]) == {"ham", "spam", "phish", "unsure", "(none)"}
    assert set(count.groups["recall by label and kind"]) == {"spam email", "phish email"}
    assert count.groups["recall by kind"]["email"].n == 2
    assert count.groups["false positives by kind"]["email"].n == 1
    assert count.groups["recall by year"]["2022 to 2026"].n == 2


def test_missing_columns_leave_tables_out() -> None:
    count = Count(worst=5)
    count.add(judged(1, Verdict.ALLOW, label="ham"))
    assert "false positives by year" not in count.groups
    assert count.groups["false positives by kind"]["(none)"].clusters == {}
    assert count.groups["false positives, attendees"].keys() == {"without"}


@pytest.mark.parametrize(
    ("said", "rows"),
    [
        ({"label": "ham", "kind": "ics-feed"}, ["false positives, real calendar events"]),
        (
            {"label": "ham", "kind": "ics-fixture", "has_conference_link": True},
            ["false positives, real calendar events", "false positives, real calendar events with a conference link"],
        ),
        ({"label": "ham", "kind": "sms"}, ["false positives, SMS and comments"]),
        ({"label": "ham", "kind": "email", "has_conference_link": True}, ["false positives, mail"]),
        ({"label": "ham", "kind": "web-event"}, ["false positives, other"]),
        ({"label": "spam", "kind": "sms", "year": 2024}, ["recall, all abuse"]),
        ({"label": "phish", "kind": "email", "year": 2021}, ["recall, all abuse"]),
        ({"label": "phish", "kind": "calendar-mail"}, ["recall, all abuse", "recall, real calendar phishing"]),
        (
            {"label": "phish", "kind": "email", "year": 2022, "language": "pt"},
            [
                "recall, all abuse",
                "recall, phishing mail 2022 to 2026",
                "recall, phishing mail 2022 to 2026, pt",
            ],
        ),
        ({"label": "unsure", "kind": "email", "year": 2024}, []),
    ],
)
def test_mail_is_never_counted_as_calendars(said: dict[str, object], rows: list[str]) -> None:
    assert list(summary(labels({"id": "a", **said}))) == rows


def test_year_bands() -> None:
    assert [band(year) for year in (1980, 2009, 2010, 2021, 2022, 2026, 2027)] == [
        "to 2009",
        "to 2009",
        "2010 to 2021",
        "2010 to 2021",
        "2022 to 2026",
        "2022 to 2026",
        "2027 on",
    ]


def ids(worst: Iterable[Judged]) -> list[str]:
    return [found.record.id for found in worst]


def test_the_worst_are_the_same_in_any_order() -> None:
    many = [
        judged(i, Verdict(i % 6), score=float(i % 17), label="ham", cluster=f"c{i % 40}" if i % 3 else "")
        for i in range(300)
    ]
    expected = None
    for seed in range(5):
        random.Random(seed).shuffle(many)
        highest = Worst(10, lowest=False)
        for found in many:
            highest.add(found)
        kept = list(highest)
        assert len(kept) == 10
        clusters = [found.record.cluster for found in kept if found.record.cluster]
        assert len(set(clusters)) == len(clusters)
        assert [found.verdict for found in kept] == sorted((found.verdict for found in kept), reverse=True)
        expected = expected or ids(kept)
        assert ids(kept) == expected


def test_only_errors_are_among_the_worst() -> None:
    count = Count(worst=10)
    for number, (label, verdict) in enumerate(
        [("ham", 1), ("ham", 2), ("ham", 4), ("phish", 4), ("phish", 1), ("spam", 0), ("unsure", 5)]
    ):
        count.add(judged(number, Verdict(verdict), label=label))
    assert ids(count.false_positives) == ["2", "1"]
    assert ids(count.misses) == ["5", "4"]
    assert ids(Count(worst=0).misses) == []


def test_percentiles_within_a_hundredth() -> None:
    durations = Durations()
    chance = random.Random(1)
    values = [chance.lognormvariate(-8, 1) for _ in range(5000)]
    for value in values:
        durations.add(value)
    values.sort()
    for share in (0.5, 0.99):
        assert durations.percentile(share) == pytest.approx(values[int(share * len(values))], rel=0.02)
    assert durations.percentile(0.5) < durations.percentile(0.99)
    assert Durations().percentile(0.5) == 0.0


def test_names_without_end_are_counted_together() -> None:
    count = Count(worst=0)
    for number in range(1000):
        count.add(judged(number, Verdict.HOLD, label="spam", kind="sms", language=f"l{number}"))
    rows = count.groups["recall by language"]
    assert len(rows) == 301
    assert rows[OTHERS].n == 700
    assert sum(group.n for group in rows.values()) == 1000


def test_malformed_lines_are_counted_and_the_first_hundred_named() -> None:
    count = Count(worst=0)
    for number in range(250):
        count.add(Malformed(number=number, problem="not JSON"))
    assert (count.malformed, len(count.problems), count.judged) == (250, 100, 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_one_line_of_a_terminal_and_nothing_elsewhere() -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress(stream)
        for number in range(1000):
            progress.step(number / 1000, number)
        progress.step(None, 1000)
        progress.end()
    assert file.getvalue() == ""
    written = terminal.getvalue()
    assert written.startswith("\r[......")
    assert written.endswith("\r\x1b[K")
    assert "\n" not in written
    assert len(written) < 1000  # not once a record
