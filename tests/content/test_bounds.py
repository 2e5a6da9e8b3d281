"""The largest things that can be sent cost what their size says, to the last word of the judge (R49)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calguard.content import gather
from calguard.content.components import MAX_ADDRESSES, plan_of
from calguard.content.reader import read
from calguard.content.structure import MAX_IN_ONE
from calguard.content.types import Content
from calguard.engine.judge import judge
from calguard.engine.types import Attempt, Audience
from tests.content.calendars import event
from tests.fuzz.properties import NOW, POLICY, STRANGER, bounded
from tests.support.growth import Ratio, growth

PROSE = "We meet at noon, see https://docs.clinic.example/plan or call +49 30 5550 1234 about the room. "


def guest(number: int) -> str:
    return f"ATTENDEE;CN=Guest {number};RSVP=TRUE:mailto:guest{number}@d{number % 97}.example"


def odd_guest(number: int) -> str:
    return f'ATTENDEE;X-A="b{number}":mailto:guest{number}@d{number % 97}.example'


# What, how many at first, and how; eight times as many may cost at most sixteen times as much.
LARGE: dict[str, tuple[int, Callable[[int], bytes]]] = {
    "description of five MB": (640_000, lambda size: event("DESCRIPTION:" + (PROSE * (size // len(PROSE) + 1))[:size])),
    "one letter five million times": (640_000, lambda size: event("DESCRIPTION:" + "a" * size)),
    "50,000 attendees": (6_250, lambda count: event(*map(guest, range(count)))),
    "20,000 attendees of odd shape": (2_500, lambda count: event(*map(odd_guest, range(count)))),
    "unbroken token of 64 KB": (8_192, lambda size: event("DESCRIPTION:" + ("x1y.2" * size)[:size])),
    "50,000 nested tags": (6_250, lambda count: event("X-ALT-DESC;FMTTYPE=text/html:" + "<div>" * count)),
    "16,000 alarms": (2_000, lambda count: event(*["BEGIN:VALARM\r\nACTION:EMAIL\r\nEND:VALARM"] * count)),
    "16,000 properties": (2_000, lambda count: event(*(f"X-N{number}:some words" for number in range(count)))),
    "deep components": (500, lambda count: event(*["BEGIN:X-IN\r\nNOTE:words"] * count)),
    "escaped semicolons": (8_192, lambda count: event("SUMMARY;X-A=" + "\\;" * count + ":x")),
}


def judged(data: bytes) -> Content:
    content = read(data)
    audience = Audience(total=1, external=1, domains=1)
    judge(Attempt(content=content, account=STRANGER, now=NOW, audience=audience), POLICY)
    assert content.hash
    return content


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(("small", "made"), LARGE.values(), ids=LARGE.keys())
def test_large_input_costs_what_its_size_says(small: int, made: Callable[[int], bytes]) -> None:
    data = {count: made(count) for count in (small, 8 * small)}
    assert growth(lambda count: judged(data[count]), small, 8) <= 2 * 8


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(("small", "made"), LARGE.values(), ids=LARGE.keys())
def test_what_is_kept_of_large_input_is_bounded(small: int, made: Callable[[int], bytes]) -> None:
    content = read(made(8 * small))
    bounded(content)
    assert sum(len(text.value) for text in content.texts) <= gather.MAX_CHARACTERS + gather.MAX_VALUE + 2
    assert len(content.addresses) <= MAX_ADDRESSES + 1


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("place", ["head", "middle", "tail"])
def test_a_lure_in_five_megabytes_is_judged(place: str) -> None:
    lure = " Your PayPal account was charged USD 499.99. Call +1 (805) 302-8040 to cancel the order. "
    filler = "lorem ipsum dolor sit amet " * 95_000
    parts = {"head": (lure, filler, filler), "middle": (filler, lure, filler), "tail": (filler, filler, lure)}[place]
    content = judged(event("DESCRIPTION:" + "".join(parts)))
    assert "oversize" in content.problems
    assert [phone.number for phone in content.phones] == ["+18053028040"]
    assert content.hash != read(event("DESCRIPTION:" + "".join(parts).replace("499", "498"))).hash


@pytest.mark.requirement("R49")
def test_two_hundred_guests_cost_hardly_more_than_one() -> None:
    """P4: at most 2.5 times for the whole content judge; four here, where one guest's event is shorter than most."""
    text = "DESCRIPTION:" + PROSE * 8
    one, many = event(text, guest(0)), event(text, *map(guest, range(200)))
    assert Ratio(lambda: judged(many), lambda: judged(one)) <= 4


@pytest.mark.requirement("R49")
def test_comparing_hashes_reads_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is invited, when, and whether it is still the same costs no look at what it says."""
    looked: list[str] = []
    monkeypatch.setattr(gather, "make_text", lambda name, *_: looked.append(name))
    content = read(event("DESCRIPTION:" + PROSE, guest(1), "ORGANIZER;CN=Ada:mailto:ada@clinic.example"))
    assert content.hash
    assert content.guests_hash
    assert [one.written for one in content.attendees] == ["guest1@d1.example"]
    assert content.organizer
    assert content.start
    assert looked == []


@pytest.mark.requirement("R49")
def test_behind_thousands_of_properties_only_what_counts_is_taken_apart() -> None:
    """The rest is one text; components still end, and guests still count."""
    flood = [f"X-END-{number}:some words" for number in range(3 * MAX_IN_ONE)]
    flood[2 * MAX_IN_ONE] = "X-N:Your PayPal account was charged USD 499.99. Call +1 (805) 302-8040 to cancel."
    plan_of.cache_clear()
    content = judged(event(*flood, guest(1), "END:VEVENT", "BEGIN:VEVENT", "UID:two", "SUMMARY:Choir"))
    assert plan_of.cache_info().misses < MAX_IN_ONE + 50
    assert "too_many_properties" in content.problems
    assert [phone.number for phone in content.phones] == ["+18053028040"]
    assert [one.written for one in content.attendees] == ["guest1@d1.example"]
    assert "Choir" in content.texts[-1].value
