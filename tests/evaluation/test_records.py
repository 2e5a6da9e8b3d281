"""What reaches the judge of a labelled record: what a host would pass, and nothing of its labels."""

from __future__ import annotations

import gzip
import io
import json
from itertools import pairwise
from pathlib import Path

import icalendar
import pytest

from calguard.content.reader import read
from calguard.evaluation import records
from calguard.evaluation.records import MalformedError, Source
from tests.evaluation.labelled import RECORDS, lines, record, written


def numbers(path: Path) -> list[int]:
    with Source(path) as source:
        return [number for number, _ in source.lines()]


def test_blank_lines_are_counted_but_are_no_records(tmp_path: Path) -> None:
    assert numbers(written(tmp_path, b'{"a": 1}\n\n  \r\n{"b": 2}')) == [1, 4]


@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz", "events.txt"])
def test_compression_is_told_by_content_and_not_by_name(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(lines()[:200]) + gzip.compress(lines()[200:])  # as two runs of gzip append
    for octets in (lines(), packed):
        with Source(written(tmp_path, octets, name)) as source:
            assert b"".join(line for _, line in source.lines()) == lines()


def test_a_file_that_breaks_off_gives_what_is_there(tmp_path: Path) -> None:
    many = lines() * 400
    with Source(written(tmp_path, gzip.compress(many)[:-400])) as source:
        stream = source.lines()
        assert next(stream)[0] == 1
        with pytest.raises(records.UNREADABLE):
            list(stream)


def test_a_line_without_end_is_not_held_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "LONGEST_LINE", 1000)
    path = written(tmp_path, b"x" * 10_000 + b"\n" + b'{"a": 1}\n')
    with Source(path) as source:
        found = list(source.lines())
    assert [(number, len(line)) for number, line in found] == [(1, 1001), (2, 9)]
    with pytest.raises(MalformedError, match="longer than"):
        records.parse(found[0][1], 1)


def test_how_much_was_read_is_known(tmp_path: Path) -> None:
    with Source(written(tmp_path, lines() * 1000)) as source:
        shares = [source.read or 0.0 for _ in source.lines()]
    assert 0 < shares[0] < 0.5
    assert shares[-1] == 1.0
    assert all(later >= earlier for earlier, later in pairwise(shares))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (b"{", "not JSON"),
        (b'"text"', "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"\xff\xfe\xfa", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b'{"n": ' + b"9" * 5000 + b"}", "not JSON"),
    ],
)
def test_what_is_no_record_is_named(line: bytes, complaint: str) -> None:
    with pytest.raises(MalformedError, match=complaint):
        records.parse(line, 7)


def test_the_invitation_is_one_that_any_calendar_reads() -> None:
    made = records.calendar(record("a", "ham", "ics-feed", "Tea, cake; and \\ more\r\nat ours", attendees_count=3))
    [event] = icalendar.Calendar.from_ical(made).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Tea, cake; and \\ more\nat ours"
    assert len(event["ATTENDEE"]) == 3
    assert "ORGANIZER" in event
    content = read(made)
    assert (content.method, len(content.attendees), content.problems) == ("REQUEST", 3, frozenset())


@pytest.mark.parametrize(("count", "guests"), [(None, 1), (0, 1), (1, 1), (30, 30), (10**9, records.MOST_GUESTS)])
def test_guests(count: int | None, guests: int) -> None:
    made = records.calendar({"id": "a", "attendees_count": count})
    assert made.count(b"ATTENDEE") == guests


def test_nothing_of_the_labels_is_in_the_invitation() -> None:
    """Whatever is said of a record, the octets are the same; a null is the same as a key that is not there."""
    plain = {"id": "x", "summary": "Tea", "description": None, "location": "Hall", "rrule": None}
    labels = {
        "label": "phish",
        "kind": "ics-phish",
        "source": "evil/source",
        "year": 1999,
        "license": "SECRET",
        "license_use": "open",
        "cluster": "c",
        "language": "xx",
        "has_conference_link": True,
        "organizer": True,
        "method": "CANCEL",
        "calendar_native": True,
        "llm_written": True,
        "attendees_count": 0,
    }
    bare = {"id": "x", "summary": "Tea", "location": "Hall"}
    assert records.calendar(plain | labels) == records.calendar(plain) == records.calendar(bare)
    assert b"phish" not in records.calendar({"id": "phish-17"})


@pytest.mark.parametrize(
    "value", [7, 1.5, True, ["a", {"b": 1}], {"c": None}, "\ud800 half", "\x00\x07", "a\nEND:VEVENT"]
)
def test_odd_values_make_an_invitation_still(value: object) -> None:
    fields = dict.fromkeys(("summary", "description", "location", "rrule", "attendees_count"), value)
    made = records.calendar({"id": "a", **fields})
    assert made.count(b"\r\nEND:VEVENT\r\n") == 1
    assert len(read(made).attendees) >= 1
    odd = records.record({"id": "a", **dict.fromkeys(("label", "kind", "language", "cluster", "year"), value)})
    assert odd.label
    assert odd.kind


def test_missing_keys_are_not_known() -> None:
    found = records.record(records.parse(b"{}", 12))
    assert (found.id, found.label, found.kind, found.year, found.cluster) == ("line 12", "(none)", "(none)", None, "")


def test_own_records_are_whole() -> None:
    stream = io.BytesIO(lines())
    assert [json.loads(line)["id"] for line in stream] == [found["id"] for found in RECORDS]
