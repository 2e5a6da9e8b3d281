"""What waits for room is judged by what is known of its sender when it goes, not when it was written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from calguard import sweeping
from calguard.engine.types import Verdict
from tests.simulation.conftest import Calendar
from tests.simulation.test_innocent import addresses
from tests.support.work import drain

Wait = Callable[..., None]
MILD = ("Quick call", "Ruth from the office, see https://paperwork.example/go for the papers", "")
LURE = (
    "Payment confirmed: McAfee",
    "Your plan was renewed, USD 499.99 will be charged. To cancel call +1 805 302 8040, https://paperwork.example/go",
    "",
)


@pytest.mark.requirement("R21", "R53")
@pytest.mark.parametrize("found_out", [False, True])
def test_what_lacked_room_is_kept_back_once_its_page_is_known(almanac: Calendar, wait: Wait, found_out: bool) -> None:
    """A day lies between the first look at what waits and the room for it. A newcomer who only wrote much waits out
    that day; one who was refused a lure to the same page meanwhile sends nothing more."""
    writer = almanac.join("writer", days=0.1)
    guests = addresses(60, private=1.0)
    for first in (0, 20):
        assert almanac.invite(writer, guests[first : first + 20], MILD).verdict <= Verdict.OBSERVE
        wait(minutes=65)
    late = guests[40:50]
    assert almanac.invite(writer, late, MILD).verdict is Verdict.THROTTLE
    wait(hours=2)
    sweeping.sweep(at=timezone.now())
    drain()  # the first look: it may go, and there is no room
    assert not set(almanac.mailed()) & set(late)
    if found_out:
        assert almanac.invite(writer, guests[50:51], LURE).verdict >= Verdict.HOLD
    for _ in range(14):
        wait(hours=2)
        sweeping.sweep(at=timezone.now())
        drain()
    assert bool(set(almanac.mailed()) & set(late)) is not found_out
