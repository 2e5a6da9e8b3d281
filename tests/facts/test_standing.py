"""What is known of an account beside what it did, however it changes, and who is related to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from accounts_risk import ledger
from accounts_risk.models import Relation, Sighting
from calguard import exemptions, people
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.exemptions import Exempt
from calguard.facts import remembering
from calguard.facts.database import DatabaseFacts
from calguard.facts.standing import RELATED, SIGHTED
from calguard.facts.types import Answer, Question
from tests.facts.rows import ME, ago, decided, question

Ask = Callable[[Question], Answer]
pytestmark = pytest.mark.django_db(transaction=True)
DEVICE, PREFIX, GUEST = "d" * 64, "e" * 64, "f" * 64


def of_row(number: int) -> str:
    return f"{number:064x}"[::-1]


def test_an_account_nobody_knows(answer: Ask, now: datetime) -> None:
    found = answer(question(now, device=DEVICE, guests=(GUEST,)))
    assert found.known == ledger.Known(account=ME)
    assert (found.related, found.exempt) == (frozenset(), frozenset())


def test_every_change_of_the_people_ledger_is_in_the_next_answer(answer: Ask, now: datetime) -> None:
    """One after the other, as the product writes them; asked in between, so that Redis always knew what was before."""
    other = now + timedelta(days=1)
    changes: list[Callable[[], object]] = [
        lambda: people.note_signup(ME, prefix="b" * 64, device=DEVICE, at=ago(now, days=40)),
        lambda: people.note_login(ME, prefix=PREFIX, device=DEVICE, at=ago(now, days=5)),
        lambda: people.sighted(ME, Sighting.Kind.DEVICE, "a" * 64, at=ago(now, days=5)),
        lambda: people.note_credential_change(ME, at=ago(now, hours=3)),
        lambda: people.put_on_probation(ME, until=other, at=now),
        lambda: people.accepted(ME, GUEST, "k", at=ago(now, days=2), counted=True, domain="1" * 64),
        lambda: people.added(ME, "2" * 64, "k", at=ago(now, days=2)),
        lambda: people.junked(ME, GUEST, "k", at=now),
        lambda: people.added(ME, "3" * 64, "k", at=now),
        lambda: people.restrict(ME, "sending", "o:1", "why", by_human=False, at=now, expires_at=other),
        lambda: people.restrict(ME, "suspension", "o:2", "why", by_human=True, at=now, expires_at=None),
        lambda: people.clear(ME, "o:3", at=now, until=other),
        lambda: people.strike(ME, "o:4", at=now, expires_at=other),
        lambda: people.unclear("o:3"),
        lambda: people.lift("o:1"),
        lambda: people.unstrike("o:4"),
        lambda: people.lift_account(ME, by_human=True),
        lambda: people.forget(ME),
    ]
    asked = question(now, device=DEVICE, prefix=PREFIX, guests=(GUEST, "2" * 64, "3" * 64))
    before = answer(asked)
    for n, change in enumerate(changes):
        change()
        after = answer(asked)
        assert after == DatabaseFacts(conf.database).answer(asked), n
        assert after != before or n == 2, n  # a device that the question does not show is no news
        before = after


def test_every_writing_function_of_the_ledger_tells_or_says_why_not() -> None:
    reads = {
        "active",
        "answers_told",
        "heard",
        "imposed",
        "independent",
        "known",
        "lapsed",
        "related",
        "restricted_since",
        "speaks",
        "spoken_for",
        "strikes",
        "welcomed",
    }
    functions = {name for name in ledger.__all__ if name[0].islower()}
    assert {name for name in people.__all__ if name[0].islower()} == functions
    told = {name for name in functions if getattr(people, name) is not getattr(ledger, name)}
    assert told == functions - reads - people.UNTOLD


def test_what_ends_with_time_alone_ends_without_a_word(answer: Ask, now: datetime) -> None:
    people.note_seen(ME, at=ago(now, days=90))
    people.restrict(ME, "sending", "o:1", "why", by_human=False, at=now, expires_at=now + timedelta(hours=2))
    people.clear(ME, "o:2", at=now, until=now + timedelta(hours=1))
    people.strike(ME, "o:3", at=now, expires_at=now + timedelta(hours=3))
    cleared, restricted, struck, over = (
        answer(question(now + timedelta(minutes=minutes))).known for minutes in (1, 61, 121, 181)
    )
    assert (cleared.restrictions, cleared.strikes) == ((), 1)
    assert [r.owner for r in restricted.restrictions] == ["o:1"]
    assert (struck.restrictions, struck.strikes) == ((), 1)
    assert (over.restrictions, over.strikes) == ((), 0)


@pytest.mark.parametrize(("days", "known"), [(29, None), (31, False)])
def test_a_device_is_new_only_to_an_account_with_a_history(
    answer: Ask, now: datetime, days: int, known: bool | None
) -> None:
    people.sighted(ME, Sighting.Kind.DEVICE, "a" * 64, at=ago(now, days=days))
    assert answer(question(now, device=DEVICE)).known.known_device is known
    assert answer(question(now, device="a" * 64)).known.known_device is (None if known is None else True)
    assert answer(question(now)).known.known_device is None


@pytest.mark.parametrize("number", [SIGHTED, SIGHTED + 8])
def test_accounts_with_many_devices_are_known_by_all_of_them(answer: Ask, now: datetime, number: int) -> None:
    for n in range(number):
        people.sighted(ME, Sighting.Kind.DEVICE, of_row(n + 1), at=ago(now, days=60 - n / 10))
    for n in (1, number // 2, number):
        assert answer(question(now, device=of_row(n))).known.known_device is True
    assert answer(question(now, device=DEVICE)).known.known_device is False


@pytest.mark.parametrize("number", [5, RELATED, RELATED + 1])
def test_related_guests_of_small_and_large_circles(answer: Ask, now: datetime, number: int) -> None:
    rows = [
        Relation(account=ME, recipient_hash=of_row(n + 1), key_id="k", accepted=1, last_at=ago(now, days=3))
        for n in range(number)
    ]
    Relation.objects.bulk_create(rows)
    guests = (of_row(1), of_row(number), of_row(number + 1), GUEST)
    assert answer(question(now, guests=guests)).related == {of_row(1), of_row(number)}
    assert answer(question(now, account="auth.user:2", guests=guests)).related == frozenset()


def test_relations_end_after_half_a_year(answer: Ask, now: datetime) -> None:
    people.added(ME, GUEST, "k", at=ago(now, days=180))
    asked = question(now, guests=(GUEST,))
    assert answer(asked).related == {GUEST}
    assert answer(question(now + timedelta(days=5), guests=(GUEST,))).related == frozenset()


def test_exemptions_come_and_go(answer: Ask, now: datetime) -> None:
    assert answer(question(now)).exempt == frozenset()
    signals = [{"detector": "links", "code": "many"}]
    row = decided(ago(now, hours=1), Verdict.HOLD, signals=signals, outcome="release")
    assert row.case is not None
    exemptions.grant(row.case, Exempt(scopes=("links.many",), days=2), actor="a", reason="r", at=now)
    assert answer(question(now)).exempt == {"links.many"}
    assert answer(question(now + timedelta(days=3))).exempt == frozenset()


def test_a_change_is_seen_by_the_rest_of_its_transaction_and_forgotten_when_it_is_rolled_back(
    answer: Ask, now: datetime
) -> None:
    people.note_seen(ME, at=ago(now, days=90))
    asked = question(now)
    assert answer(asked).known.restrictions == ()
    with transaction.atomic():
        people.restrict(ME, "sending", "o:1", "why", by_human=True, at=now, expires_at=None)
        assert len(remembering.facts().answer(asked).known.restrictions) == 1
        transaction.set_rollback(True)
    assert answer(asked).known.restrictions == ()
    with transaction.atomic():
        people.restrict(ME, "sending", "o:1", "why", by_human=True, at=now, expires_at=None)
        assert len(remembering.facts().answer(asked).known.restrictions) == 1
    assert len(answer(asked).known.restrictions) == 1
