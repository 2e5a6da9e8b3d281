"""Real and hostile files: all are read, at the price of any other, and as icalendar reads them where it can."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from icalendar import Calendar

from calguard.content.gather import MAX_TEXTS
from calguard.content.people import normalise, written_address
from calguard.content.reader import read, split
from calguard.content.types import Content
from tests.support.growth import Ratio

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
HOSTILE = sorted((DATA / "hostile_ics").glob("*.ics"))
BENIGN = sorted((DATA / "ics_dev").glob("*.ics"))

OURS_IS_BETTER = {
    ("007_ical4j_php-flp.ics", "DESCRIPTION"),
    ("048_ical.net_Parse1.ics", "DESCRIPTION"),
    ("092_kcalendarcore_LibICal_TestCase01.ics", "DESCRIPTION"),
}

pytestmark = pytest.mark.needs("data")


@pytest.mark.requirement("R32", "R49")
def test_hostile_files_cost_no_more_than_four_times_ordinary_ones_of_their_length() -> None:
    """Of those that seem to, the best of several rounds counts. `tests/scan/test_acceptance.py` has them in ms."""
    assert len(HOSTILE) > 250
    ordinary = b"".join(path.read_bytes() for path in BENIGN)
    dear = {path.name: cost for path in HOSTILE if (cost := beside(path, ordinary, 1)) > 4}
    dear = {name: cost for name in dear if (cost := beside(DATA / "hostile_ics" / name, ordinary, 5)) > 4}
    assert dear == {}


def beside(path: Path, ordinary: bytes, rounds: int) -> Ratio:
    """CPU time of a file in that of ordinary calendars cut to its length, which no short beginning stands for."""
    data = path.read_bytes()
    twin = ordinary[: max(len(data), 2_000)]
    assert len(twin) >= len(data)
    return Ratio(
        lambda: (read(data).texts, read(data).hash),
        lambda: (read(twin).texts, read(twin).hash),
        repeats=1,
        rounds=rounds,
    )


@pytest.mark.requirement("R32")
def test_hostile_files_are_read() -> None:
    for path in HOSTILE:
        data = path.read_bytes()
        content = read(data)
        assert (content.size, len(content.hash)) == (len(data), 64), path.name
        assert len(content.texts) <= MAX_TEXTS + 1, path.name


@pytest.mark.requirement("R26")
def test_the_reader_agrees_with_icalendar() -> None:
    """Summary, description, location and guests of every event that icalendar 7.3 reads, in 120 real files.

    It leaves escaped quotes and quoted-printable as they are, and skips a component whose BEGIN has a space behind it.
    """
    different = []
    for path in BENIGN:
        data = path.read_bytes()
        calendars = parsed(data)
        if calendars is None:
            continue
        content = read(data)
        read_as = {
            name: {clean(text.value) for text in content.texts if text.field == name} - {""}
            for name in ("SUMMARY", "DESCRIPTION", "LOCATION")
        }
        different += [(path.name, name) for name, texts in read_as.items() if told(calendars, name) != texts]
        if guests(calendars) != {a.email for a in content.addresses if a.role == "attendee"} - {""}:
            different.append((path.name, "ATTENDEE"))
    assert len(BENIGN) == 120
    assert set(different) <= OURS_IS_BETTER


def parsed(data: bytes) -> list[Calendar] | None:
    """What icalendar makes of it; it warns of zones it has to guess, and raises on what it cannot read."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(Calendar.from_ical(data, multiple=True))
        except ValueError:
            return None


def clean(value: str) -> str:
    return " ".join(value.replace('\\"', '"').split())


def told(calendars: list[Calendar], field: str) -> set[str]:
    found = set()
    for calendar in calendars:
        for component in calendar.walk():
            if component.name in ("VEVENT", "VTODO", "VJOURNAL"):
                values = component.get(field, [])
                found |= {clean(str(value)) for value in (values if isinstance(values, list) else [values])}
    return found - {""}


def guests(calendars: list[Calendar]) -> set[str]:
    found = set()
    for calendar in calendars:
        for component in calendar.walk():
            if component.name in ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY"):
                values = component.get("ATTENDEE", [])
                for value in values if isinstance(values, list) else [values]:
                    found.add(normalise(written_address(str(value))) or normalise(value.params.get("EMAIL", "")))
    return found - {""}


@pytest.mark.parametrize("name", ["sample-6118", "sample-6120", "sample-6289", "sample-6293"])
def test_real_call_back_lures_show_number_and_amount(name: str) -> None:
    content = read((DATA / "phish_ics_dev" / f"{name}.ics").read_bytes())
    assert content.phones
    assert [money.currency for money in content.money] == ["USD"]
    assert content.problems == set()


def test_ordinary_calendars_have_hardly_any_problem() -> None:
    """Several events in a file are ordinary; anything else should be rare in real calendars."""
    odd = {path.name: rest for path in BENIGN if (rest := strange(read(path.read_bytes())))}
    assert len(odd) <= 12, odd


def strange(content: Content) -> set[str]:
    return set(content.problems) - {"several_uids"}


def test_splitting_loses_no_event() -> None:
    for path in BENIGN[:40]:
        content = read(path.read_bytes())
        parts = split(content)
        assert sum(len(part.events) for part in parts) == len(content.events), path.name
