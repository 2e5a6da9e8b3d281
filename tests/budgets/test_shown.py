"""What a sender is shown of their budget: before it is short, when it returns, and in numbers that are theirs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from calguard import guard, signals
from calguard.conf import conf
from outbound import ledger
from outbound.types import Demand
from tests.budgets.conftest import sent, strangers
from tests.conftest import NOW

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R54", "R60")]

Person = Callable[..., Any]
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def spend(user: Any, units: int, *, at: Any = None) -> None:
    """As if the account had reached so many people outside."""
    for scope in ("account", "start"):
        demand = Demand(scope=f"{scope}:{conf.host.account(user)}", units=units, limits=(), lasting=True)
        ledger.reserve([demand], f"{at}/{units}", at=at or timezone.now())


def page(budget: guard.Budget) -> str:
    return " ".join(render_to_string("calguard/budget.html", {"budget": budget}).split())


def test_what_is_left_and_when_it_returns(person: Person, clock: time_machine.Traveller) -> None:
    user = person("ann@free.example", days=10)
    spend(user, 20, at=NOW - HOUR / 2)
    spend(user, 10, at=NOW - HOUR / 4)
    budget = guard.budget(user)
    assert (budget.hour.used, budget.hour.left, budget.left) == (30, 20, 20)
    assert (budget.hour.returns_at, budget.hour.whole_at) == (NOW + HOUR / 2, NOW + HOUR * 3 / 4)
    assert (budget.week.returns_at, budget.sent) == (NOW - HOUR / 2 + WEEK, 30)
    assert budget.lifetime is not None
    assert (budget.lifetime.left, budget.lifetime.returns_at) == (1470, None)


def test_nothing_used_has_nothing_to_come_back(person: Person) -> None:
    budget = guard.budget(person())
    assert [room.returns_at for room in budget.rooms.values()] == [None] * 3
    assert (budget.lifetime, budget.warning, budget.low) == (None, "", ())


@pytest.mark.parametrize(
    ("guests", "fits", "later"),
    [(20, True, None), (21, False, HOUR / 2), (45, False, HOUR * 3 / 4), (51, False, None), (0, True, None)],
)
def test_whether_and_when_an_event_fits(
    person: Person, clock: time_machine.Traveller, guests: int, fits: bool, later: timedelta | None
) -> None:
    user = person("ann@free.example", days=10)
    spend(user, 20, at=NOW - HOUR / 2)
    spend(user, 10, at=NOW - HOUR / 4)
    budget = guard.budget(user, guests=strangers(guests))
    assert (budget.guests, budget.fits, budget.fits_at) == (guests, fits, later and NOW + later)
    assert guard.budget(user, guests=guests).fits is fits


def test_an_api_tells_the_same(person: Person) -> None:
    user = person("ann@free.example", days=10)
    spend(user, 45)
    told = json.loads(json.dumps(guard.budget(user, guests=9).as_dict()))
    assert told["rooms"]["hour"]["left"] == told["left"] == 5
    assert set(told["rooms"]) == {"hour", "day", "week", "lifetime"}
    assert told["warning"].startswith("You can invite 5 more people")
    assert (told["fits"], told["guests"]) == (False, 9)
    assert told["fits_at"] == told["rooms"]["hour"]["returns_at"]


@pytest.mark.parametrize(
    ("spent", "warning"),
    [
        (44, ""),
        (45, "You can invite 5 more people outside your organisation for now."),
        (49, "You can invite 1 more person outside your organisation for now."),
        (50, "Your account has sent all it may for now. New invitations wait, and go by themselves."),
    ],
)
def test_a_word_of_warning_from_nine_tenths_on(person: Person, spent: int, warning: str) -> None:
    user = person("ann@free.example", days=10)
    spend(user, spent)
    budget = guard.budget(user)
    assert budget.warning == warning
    assert ('role="status"' in page(budget)) is bool(warning)


def test_the_host_hears_of_it_once_for_each_window(person: Person) -> None:
    heard: list[tuple[str, int, int]] = []

    def hear(window: str, used: int, limit: int, **_: Any) -> None:
        heard.append((window, used, limit))

    signals.budget_low.connect(hear)
    try:
        user = person("ann@free.example", days=10)
        for count in (20, 24, 2, 1):
            sent(user, *strangers(count))
    finally:
        signals.budget_low.disconnect(hear)
    assert heard == [("hour", 46, 50)]


def test_what_the_page_says(person: Person, clock: time_machine.Traveller) -> None:
    user = person("ann@free.example", days=10)
    spend(user, 38, at=NOW - HOUR / 2)
    text = page(guard.budget(user))
    assert "<strong>12 more</strong> people outside your organisation." in text
    assert "Colleagues cost nothing." in text
    assert 'min="0" max="50" value="12">12</meter>' in text
    assert "more from" not in text, "all of it comes back at once"
    assert "all again from" in text
    assert "There is room for all of them." in page(guard.budget(user, guests=12))
    assert "until then nobody is told" in page(guard.budget(user, guests=13))
    assert "more than you can invite at once" in page(guard.budget(user, guests=51))


def test_meters_are_numbers_in_every_language(person: Person, clock: time_machine.Traveller) -> None:
    with translation.override("de"):
        assert 'max="1000" value="1000"' in page(guard.budget(person()))


def test_no_budget_is_nothing_to_show() -> None:
    assert not render_to_string("calguard/budget.html", {}).strip()


def test_as_many_queries_whatever_was_sent(person: Person) -> None:
    user = person("ann@free.example", days=10)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            guard.budget(user, guests=strangers(30))
        return len(captured)

    spend(user, 40)
    first = queries()
    for number in range(40):
        spend(user, 1, at=timezone.now() - number * HOUR)
    assert queries() == first <= 14
