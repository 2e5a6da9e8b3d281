"""The event form says how many guests can be invited before anybody finds out by trying."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from calguard.conf import conf
from outbound import ledger
from outbound.types import Demand
from tests.demo.conftest import Visitor, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R54")]


def spend(visitor: Visitor, units: int) -> None:
    demand = Demand(scope=f"account:{conf.host.account(visitor.user)}", units=units, limits=())
    ledger.reserve([demand], "before", at=timezone.now())


def test_the_form_says_what_is_left_and_that_colleagues_cost_nothing(ada: Visitor) -> None:
    spend(ada, 11)
    page = text_of(ada.get("/events/new/"))
    assert "989 more people outside your organisation. Colleagues cost nothing." in page
    assert "989 of 1000 left" in page


def test_it_counts_the_guests_that_were_typed(ada: Visitor) -> None:
    spend(ada, 999)
    guests = "lena@harbour-school.example, noor@northwind-clinic.example, bo@friends.example"
    page = text_of(ada.send("/events/new/", title="", guests=guests))
    assert "This event has 2 guests outside." in page, "Noor is a colleague"
    assert "until then nobody is told" in page


def test_a_form_about_an_event_that_exists_says_it_too(ada: Visitor, visitor: Callable[[str], Any]) -> None:
    start = timezone.localtime(timezone.now() + timedelta(days=3))
    times = {"start": f"{start:%Y-%m-%dT%H:00}", "end": f"{start + timedelta(hours=1):%Y-%m-%dT%H:00}"}
    made = ada.send("/events/new/", title="Lunch", **times)
    page = text_of(ada.get(f"{made.url}edit/"))
    assert "1000 more people outside your organisation" in page
