"""What an account did: counts over windows, rhythm, refusals, an unanswered challenge, and its last words."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from calguard.conf import conf
from calguard.engine.types import Behaviour, Verdict
from calguard.facts import remembering
from calguard.facts.database import DatabaseFacts
from calguard.facts.types import Answer, Question
from tests.facts.rows import ME, ago, decided, question

Ask = Callable[[Question], Answer]
pytestmark = pytest.mark.django_db(transaction=True)


def test_who_did_nothing_did_nothing(answer: Ask, now: datetime) -> None:
    assert answer(question(now)).behaviour == Behaviour()


def test_attempts_count_in_their_windows(answer: Ask, now: datetime) -> None:
    for minutes, guests in ((1, 3), (30, 5), (61, 7), (24 * 60 + 1, 11), (7 * 24 * 60 + 1, 13)):
        decided(ago(now, minutes=minutes), recipients=guests)
    decided(ago(now, minutes=7 * 24 * 60 - 1), recipients=17, account="auth.user:2")
    found = answer(question(now)).behaviour
    assert (found.attempts_10m, found.attempts_hour) == (1, 2)
    assert (found.recipients_hour, found.recipients_day, found.recipients_week) == (8, 15, 26)


def test_what_was_just_recorded_counts_in_the_next_check(answer: Ask, now: datetime) -> None:
    assert answer(question(now)).behaviour.attempts_hour == 0
    for n in range(1, 4):
        decided(now, recipients=2)
        later = now + timedelta(seconds=n)
        found = answer(question(later)).behaviour
        assert (found.attempts_10m, found.recipients_hour) == (n, 2 * n)


def test_a_second_look_is_no_attempt_but_its_refusal_counts(answer: Ask, now: datetime) -> None:
    decided(ago(now, minutes=5), Verdict.HOLD, gate="G3", recipients=9)
    found = answer(question(now)).behaviour
    assert (found.attempts_hour, found.recipients_hour, found.click_gaps) == (0, 0, ())
    assert found.refused_week == 1


def test_refusals_of_the_same_content_are_told_from_others_and_released_ones_do_not_count(
    answer: Ask, now: datetime
) -> None:
    decided(ago(now, hours=1), Verdict.HOLD, similarity="a" * 64)
    decided(ago(now, hours=2), Verdict.DENY, similarity="f" * 64)
    decided(ago(now, hours=3), Verdict.THROTTLE, similarity="a" * 64)
    decided(ago(now, hours=4), Verdict.HOLD, similarity="a" * 64, outcome="release")
    decided(ago(now, days=8), Verdict.HOLD, similarity="a" * 64)
    found = answer(question(now)).behaviour
    assert (found.refused_week, found.refused_same_content) == (2, 1)


def test_a_release_takes_a_refusal_back_that_was_already_remembered(answer: Ask, now: datetime) -> None:
    row = decided(ago(now, hours=1), Verdict.HOLD)
    assert answer(question(now)).behaviour.refused_week == 1
    decided(ago(now, hours=2), Verdict.HOLD, outcome="release")
    assert answer(question(now)).behaviour.refused_week == 1
    assert row.pk


def test_gaps_are_the_last_eight_newest_last(answer: Ask, now: datetime) -> None:
    for seconds in (1, 4, 9, 16, 25, 36, 49, 64, 81, 100):
        decided(ago(now, seconds=seconds))
    assert answer(question(now)).behaviour.click_gaps == (15, 13, 11, 9, 7, 5, 3, 1)


def test_gaps_reach_back_beyond_the_week(answer: Ask, now: datetime) -> None:
    decided(ago(now, days=40))
    assert answer(question(now)).behaviour.click_gaps == (40 * 86_400.0,)


@pytest.mark.parametrize(
    ("minutes", "verdict", "enforced", "waits"),
    [
        (5, Verdict.ALLOW, True, False),
        (5, Verdict.CHALLENGE, False, False),  # observed only: nobody was asked
        (61, Verdict.CHALLENGE, True, False),  # forgotten
        (59, Verdict.CHALLENGE, True, True),
    ],
)
def test_a_challenge_waits_for_an_hour(
    answer: Ask, now: datetime, minutes: int, verdict: Verdict, enforced: bool, waits: bool
) -> None:
    same = {"content_hash": "b" * 64, "guests_hash": "c" * 64}
    decided(ago(now, minutes=minutes), verdict, enforced=enforced, **same)
    decided(ago(now, minutes=1), Verdict.CHALLENGE, content_hash="b" * 64)  # other guests
    assert answer(question(now)).behaviour.unanswered_challenge is waits


def test_an_answer_that_came_since_ends_the_wait(answer: Ask, now: datetime) -> None:
    same = {"content_hash": "b" * 64, "guests_hash": "c" * 64}
    decided(ago(now, minutes=5), Verdict.CHALLENGE, **same)
    decided(ago(now, minutes=4), Verdict.ALLOW, **same)
    assert answer(question(now)).behaviour.unanswered_challenge is False


def test_the_words_of_the_last_minutes_that_were_not_withheld(answer: Ask, now: datetime) -> None:
    decided(ago(now, minutes=11), said="too long ago")
    decided(ago(now, minutes=9), said="first ☎ 你好")
    decided(ago(now, minutes=8), Verdict.HOLD, said="withheld")
    decided(ago(now, minutes=7), Verdict.THROTTLE, said="second")
    decided(ago(now, minutes=6), Verdict.CHALLENGE)
    decided(ago(now, minutes=5), said="second")
    decided(ago(now, minutes=4), gate="G3", said="a second look")
    assert answer(question(now)).recent == ("first ☎ 你好", "second", "second")


def test_words_are_those_of_the_last_twelve_attempts(answer: Ask, now: datetime) -> None:
    for n in range(15):
        decided(ago(now, seconds=300 - n), said=f"part {n}" if n % 2 == 0 else "")
    assert answer(question(now)).recent == tuple(f"part {n}" for n in range(4, 15, 2))


def test_decisions_of_one_mailing_count_once(answer: Ask, now: datetime) -> None:
    first = decided(ago(now, seconds=5), recipients=1)
    decided(ago(now, seconds=9), recipients=1)
    found = answer(question(now, besides=(str(first.pk),))).behaviour
    assert (found.attempts_hour, found.recipients_hour, found.click_gaps) == (1, 1, (9.0,))


@pytest.mark.parametrize("seed", range(6))
def test_random_pasts(answer: Ask, now: datetime, seed: int) -> None:
    """The same past, told as it happened and read back afterwards, asked at random moments: as the database says."""
    dice = random.Random(seed)
    at = ago(now, days=9)
    for _ in range(50):
        at += timedelta(milliseconds=round(10 ** dice.uniform(2, 7.2)))
        verdict = dice.choice(list(Verdict))
        decided(
            at,
            verdict,
            recipients=dice.choice([0, 1, 2, 200, 50_000]),
            strangers=dice.choice([0, 1, 200]),
            enforced=dice.random() < 0.8,
            gate=dice.choice(["G2", "G2", "G2", "G3"]),
            similarity=dice.choice(["a" * 64, "d" * 64, ""]),
            content_hash=dice.choice(["b" * 64, "e" * 64]),
            guests_hash=dice.choice(["c" * 64, "9" * 64]),
            prefix=dice.choice(["1" * 64, "2" * 64, ""]),
            asn=dice.choice([None, 64496, 4_200_000_000]),
            country=dice.choice(["", "DE", "NL"]),
            via=dice.choice(["", "direct", "hosting", "relay", "program"]),
            latitude=(where := dice.choice([None, -51, 52])),
            longitude=where and -179,
            said=dice.choice(["", "words"]),
            reasons=dice.choice([[], ["looks_automated"], ["content_looks_like_scam", "sending_too_fast"]]),
            facts={"client": {"form": dice.choice(["", "f1", "f2"])}, "missing": []},
            outcome="release" if verdict >= Verdict.HOLD and dice.random() < 0.2 else "",
        )
        if dice.random() < 0.4:
            at += timedelta(milliseconds=round(10 ** dice.uniform(0, 7.6)))
            asked = question(at, prefix="1" * 64, asn=64496, country="NL", form="f1", registered=dice.random() < 0.3)
            assert answer(asked) == DatabaseFacts(conf.database).answer(asked)


def test_a_past_too_long_to_be_kept_whole_counts_to_the_hour(answer: Ask, now: datetime) -> None:
    """Three hundred attempts in three days: whole where they tell the rhythm, and by the hour before."""
    for n in range(300):
        verdict = Verdict.HOLD if n % 10 == 0 else Verdict.ALLOW
        decided(ago(now, minutes=14 * n + 1), verdict, recipients=2, told=False)
    asked = question(now)
    found, exact = answer(asked).behaviour, DatabaseFacts(conf.database).answer(asked).behaviour
    assert found.click_gaps == exact.click_gaps
    assert (found.attempts_hour, found.recipients_week) == (exact.attempts_hour, 600)
    assert found.refused_week == exact.refused_week == 30
    in_an_hour = 2 * 60 // 14 + 2
    assert exact.recipients_day <= found.recipients_day <= exact.recipients_day + in_an_hour


def test_a_long_burst_stays_bounded_and_exact_where_it_is_fresh(answer: Ask, now: datetime) -> None:
    for n in range(250):
        decided(now + timedelta(seconds=n))
        if n % 25 == 0:
            found = remembering.facts().answer(question(now + timedelta(seconds=n, milliseconds=1))).behaviour
            assert found.attempts_hour == n + 1
    asked = question(now + timedelta(seconds=251))
    assert answer(asked).behaviour.attempts_10m == DatabaseFacts(conf.database).answer(asked).behaviour.attempts_10m


def test_accounts_do_not_see_one_another(answer: Ask, now: datetime) -> None:
    decided(ago(now, minutes=1), Verdict.HOLD, account="auth.user:11", said="words")
    assert answer(question(now, account=ME)).behaviour == Behaviour()
    assert answer(question(now, account="auth.user:11")).behaviour.refused_week == 1
