"""From where else an account sent lately, where it was last, and who abuses the network it sends from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from calguard.engine.types import Verdict
from calguard.facts import remembering, trail
from calguard.facts.types import Answer, Question, Seen, Trail
from calguard.models import Case
from tests.facts.rows import ago, decided, question

Ask = Callable[[Question], Answer]
pytestmark = pytest.mark.django_db(transaction=True)
HERE: dict[str, Any] = {"prefix": "h" * 64, "asn": 1, "country": "DE"}


def network(n: int, **given: Any) -> dict[str, Any]:
    """Columns of a decision from the nth network, each of its own system and country."""
    return {"prefix": f"{n:064}", "asn": 100 + n, "country": f"{chr(65 + n)}X", "via": "direct"} | given


def test_who_sent_nothing_left_no_trail(answer: Ask, now: datetime) -> None:
    assert answer(question(now)).trail == Trail()
    assert answer(question(now, **HERE)).trail == Trail()


def test_other_networks_of_the_hour_count_each_once(answer: Ask, now: datetime) -> None:
    for minutes, n in ((5, 1), (10, 2), (20, 1), (59, 3), (61, 4)):
        decided(ago(now, minutes=minutes), **network(n))
    decided(ago(now, minutes=2), **HERE, via="direct")  # where the question is asked from
    decided(ago(now, minutes=3), **network(9), account="auth.user:2")
    found = answer(question(now, **HERE)).trail
    assert (found.prefixes_hour, found.asns_hour, found.countries_hour) == (3, 3, 3)


@pytest.mark.parametrize(
    ("via", "counts"), [("direct", (2, 2, 2)), ("hosting", (2, 2, 0)), ("relay", (0, 0, 0)), ("program", (0, 0, 0))]
)
def test_relays_and_programs_do_not_count_and_data_centres_are_in_no_country(
    answer: Ask, now: datetime, via: str, counts: tuple[int, int, int]
) -> None:
    for n in (1, 2):
        decided(ago(now, minutes=n), **network(n, via=via))
    found = answer(question(now, **HERE)).trail
    assert (found.prefixes_hour, found.asns_hour, found.countries_hour) == counts


def test_what_is_not_known_is_not_counted(answer: Ask, now: datetime) -> None:
    decided(ago(now, minutes=1), **network(1, asn=None, country=""))
    decided(ago(now, minutes=2), prefix="", via="direct")
    found = answer(question(now, **HERE | {"asn": None, "country": ""})).trail
    assert (found.prefixes_hour, found.asns_hour, found.countries_hour) == (1, 0, 0)


def test_a_second_look_is_no_place_of_its_own(answer: Ask, now: datetime) -> None:
    decided(ago(now, minutes=1), **network(1), gate="G3")
    assert answer(question(now, **HERE)).trail == Trail()


def test_the_newest_known_place_is_the_last(answer: Ask, now: datetime) -> None:
    decided(ago(now, hours=5), **network(1), latitude=52, longitude=13)
    decided(ago(now, hours=3), **network(2), latitude=-33, longitude=-70)
    decided(ago(now, hours=1), **network(3, via="relay"))
    assert answer(question(now, **HERE)).trail.last == Seen(latitude=-33, longitude=-70, at=ago(now, hours=3))


def test_a_place_of_yesterday_is_no_journey(answer: Ask, now: datetime) -> None:
    decided(ago(now, hours=25), **network(1), latitude=52, longitude=13)
    assert answer(question(now, **HERE)).trail.last is None


def abused(at: datetime, account: str, label: str = "phish", state: str = "closed", **given: Any) -> None:
    """An attempt of another account that a person decided on."""
    case = Case.objects.create(account=account, state=state, label=label, opened_at=at, closed_at=at)
    decided(at, Verdict.HOLD, account=account, case=case, **{**HERE, "via": "direct"} | given)
    remembering.forget(account)


def test_abusers_of_the_network_are_counted_each_once(answer: Ask, now: datetime) -> None:
    for days, account in ((1, "auth.user:2"), (2, "auth.user:2"), (3, "auth.user:3"), (8, "auth.user:4")):
        abused(ago(now, days=days), account)
    assert answer(question(now, **HERE)).trail.abusers_on_prefix == 2
    assert answer(question(now, **HERE, account="auth.user:2")).trail.abusers_on_prefix == 1
    assert answer(question(now, prefix="e" * 64)).trail.abusers_on_prefix == 0
    assert answer(question(now)).trail.abusers_on_prefix == 0


@pytest.mark.parametrize(
    "innocent",
    [
        {"label": "hijacked"},  # its owner is a victim
        {"label": "runaway"},
        {"label": "innocent"},
        {"state": "open", "label": ""},  # nobody has decided
        {"prefix": "", "label": "phish"},  # of nowhere
    ],
)
def test_who_is_no_abuser_spoils_no_network(answer: Ask, now: datetime, innocent: dict[str, Any]) -> None:
    abused(ago(now, days=1), "auth.user:2", **innocent)
    assert answer(question(now, **HERE)).trail.abusers_on_prefix == 0


def test_neighbours_are_found_by_their_index(now: datetime, transactional_db: None) -> None:
    """However much the others decided: the index holds only what came to a case."""
    for n in range(20):
        decided(ago(now, hours=n), **network(n))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET enable_seqscan = off")  # twenty rows are read faster without any index
    rows = trail._abuse("h" * 64, now, "default")
    assert "calguard_decision_cased" in rows.explain()
