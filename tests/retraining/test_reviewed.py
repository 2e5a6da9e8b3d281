"""Which texts are learned from: decided ones with a clear label, still kept, never on both sides of the split."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from calguard.models import Evidence
from calguard.retraining.reviewed import Reviewed, reviewed, sides, split
from tests.guard.events import invitation
from tests.retraining.making import advert, closed_case, history, talk

pytestmark = pytest.mark.django_db


def text(number: int, at: datetime, **said: Any) -> Reviewed:
    known = {
        "case": number,
        "reference": f"R{number}",
        "account": f"user:{number}",
        "similarity": f"s{number}",
        "hash": f"h{number}",
        "tier": "new",
        "abuse": False,
        "content": b"",
        "group": number,
    }
    return Reviewed(at=at, **(known | said))


@pytest.mark.parametrize("label", ["", "unclear", "hijacked", "runaway"])
def test_what_says_nothing_of_the_text_is_left_out(now: datetime, label: str) -> None:
    closed_case("user:1", talk(1), label, at=now)
    assert reviewed(now) == ()


def test_open_cases_and_ended_retention_are_left_out(now: datetime) -> None:
    closed_case("user:1", talk(1), "innocent", at=now, closed=False)
    closed_case("user:2", talk(2), "innocent", at=now)
    Evidence.objects.update(expires_at=now)
    assert reviewed(now) == ()
    assert reviewed(now - timedelta(seconds=1)) != ()


@pytest.mark.parametrize(("label", "abuse"), [("innocent", False), ("spam", True), ("phish", True)])
def test_clear_labels(now: datetime, label: str, abuse: bool) -> None:
    case = closed_case("user:1", talk(1), label, at=now, tier="established")
    [found] = reviewed(now)
    assert (found.case, found.account, found.abuse, found.tier) == (case.pk, "user:1", abuse, "established")
    assert found.read().summary == "Evening of rowing in the harbour"


def test_the_same_text_counts_once_with_its_last_label(now: datetime) -> None:
    closed_case("user:1", advert(1), "innocent", at=now)
    closed_case("user:2", advert(1), "spam", at=now + timedelta(days=1))
    [found] = reviewed(now)
    assert (found.account, found.abuse) == ("user:2", True)


def test_a_tier_of_another_version_is_the_least_trusted(now: datetime) -> None:
    closed_case("user:1", talk(1), "innocent", at=now, tier="platinum")
    assert [found.tier for found in reviewed(now)] == ["new"]


def test_accounts_and_near_duplicates_are_one_group(now: datetime) -> None:
    """user:1 and user:2 share a text but for its number, user:2 and user:3 nothing, user:1 wrote two."""
    same = [invitation(summary=f"Glimmerfund pays the {n} of you", uid=f"{n}@x") for n in (1, 2)]
    closed_case("user:1", same[0], "spam", at=now)
    closed_case("user:2", same[1], "spam", at=now)
    closed_case("user:1", talk(1), "innocent", at=now)
    closed_case("user:3", talk(2), "innocent", at=now)
    groups: dict[str, set[int]] = {}
    for found in reviewed(now):
        groups.setdefault(found.account, set()).add(found.group)
    assert groups["user:1"] == groups["user:2"]
    assert len(groups["user:1"]) == 1
    assert groups["user:3"].isdisjoint(groups["user:1"])


def test_the_newest_count_where_there_are_too_many(now: datetime) -> None:
    list(history(6, start=now))
    found = reviewed(now, most=4)
    assert len(found) == 4
    assert {text.account for text in found} == {"user:4", "firm:4", "user:5", "firm:5"}
    assert [text.at for text in found] == sorted(text.at for text in found)


def test_the_future_is_held_out(now: datetime) -> None:
    texts = [text(number, now + timedelta(days=number)) for number in range(10)]
    found = split(texts)
    assert [one.case for one in found.past] == list(range(7))
    assert [one.case for one in found.later] == [7, 8, 9]
    assert found.dropped == 0


def test_no_group_is_on_both_sides(now: datetime) -> None:
    texts = [text(number, now + timedelta(days=number), group=number % 5) for number in range(10)]
    found = split(texts)
    assert {one.group for one in found.past} & {one.group for one in found.later} == set()
    assert len(found.past) + len(found.later) + found.dropped == 10


def test_what_was_decided_at_once_is_not_torn_apart(now: datetime) -> None:
    texts = [text(number, now + timedelta(days=number // 5)) for number in range(10)]
    found = split(texts, 0.6)
    assert [len(found.past), len(found.later)] == [5, 5]


def test_nothing_to_split(now: datetime) -> None:
    assert split([]).past == split([]).later == ()
    assert sides([text(1, now), text(2, now, abuse=True), text(3, now, abuse=True)]) == (1, 2)
