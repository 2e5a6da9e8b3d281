"""What holds of every calendar: said in another way it says the same, and broken it is read all the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calguard.content.reader import read
from calguard.content.types import Content
from tests.content.strategies import WRITINGS, Written, broken, calendars, rewritten
from tests.fuzz.properties import holds


def told(content: Content) -> Content:
    """All a guest can be shown, without what belongs to the octets themselves, nor the order of guests."""
    people = tuple(sorted(content.addresses, key=lambda one: (one.role, one.written)))
    return replace(content, addresses=people, raw=b"", size=0, problems=content.problems - {"bad_encoding"})


@pytest.mark.requirement("R31")
@settings(max_examples=80, deadline=None)
@given(calendar=calendars(), writing=st.sampled_from(WRITINGS), width=st.integers(1, 80))
def test_another_way_of_writing_says_the_same(calendar: Written, writing: str, width: int) -> None:
    plain, other = read("\n".join(calendar.lines).encode()), read(rewritten(calendar, writing, width))
    assert told(other) == told(plain)


@pytest.mark.requirement("R31")
@settings(max_examples=40, deadline=None)
@given(calendar=calendars())
def test_a_text_and_its_octets_say_the_same(calendar: Written) -> None:
    data = "\r\n".join(calendar.lines)
    assert read(data) == read(data.encode())


@pytest.mark.requirement("R32", "R49")
@settings(max_examples=100, deadline=None)
@given(data=broken())
def test_what_is_broken_is_read_all_the_same(data: bytes) -> None:
    holds(data)


@pytest.mark.requirement("R32", "R49")
@settings(max_examples=80, deadline=None)
@given(calendar=calendars())
def test_what_is_valid_has_no_problem(calendar: Written) -> None:
    assert holds(calendar.data()).problems <= {"several_uids"}
