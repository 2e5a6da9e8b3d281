"""Many colleagues, or many strangers."""

from __future__ import annotations

import pytest

from calguard.engine.types import Audience, Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

FAMILY = ("anna@gmail.com", "bert@gmx.de", "clara@outlook.com", "dora@web.de", "emil@gmail.com")


@pytest.mark.parametrize(
    ("guests", "found"),
    [
        (FAMILY, set()),
        (
            tuple(
                f"{name}@school.example" for name in ("ada", "ben", "cem", "dia", "eva", "finn", "gus", "hal", "ivy")
            ),
            set(),
        ),
        (("ines+trip@gmail.com", "i.nes@gmail.com", "INES@gmail.com"), set()),
        (tuple(f"player{n}@club.example" for n in (3, 7, 11, 23, 42, 51, 64, 99)), set()),  # shirts, not a count
        (("team@partner.example",), {"unknown_reach"}),
        (("all-staff@partner.example", "ana@partner.example"), {"unknown_reach"}),
        (tuple(f"user{n}@victim.example" for n in range(100, 112)), {"counted_names"}),
    ],
)
def test_who_is_invited(guests: tuple[str, ...], found: set[str]) -> None:
    made = attempt(event(guests=guests))
    assert codes("attendees", made) == found
    assert verdict_of(event(guests=guests)).verdict <= (
        Verdict.CHALLENGE if "counted_names" in found else Verdict.OBSERVE
    )


@pytest.mark.requirement("R44")
def test_one_more_than_allowed() -> None:
    """The tier's limit passes, one more waits and says so; a colleague more changes nothing."""
    for total, external, verdict in ((20, 20, Verdict.ALLOW), (420, 20, Verdict.ALLOW), (21, 21, Verdict.THROTTLE)):
        judged = verdict_of(event(), audience=Audience(total=total, external=external, domains=2))
        assert judged.verdict is verdict
    assert "too_many_guests" in judged.reasons


@pytest.mark.requirement("R44")
def test_spellings_of_one_address_are_one_guest() -> None:
    twice = event(
        guests=(
            "Ines.Maria+party@GMAIL.com",
            "inesmaria@gmail.com",
            "someone@bücher.example",
            "someone@xn--bcher-kva.example",
        )
    )
    assert twice.guest_total == 2


@pytest.mark.requirement("R44")
@pytest.mark.parametrize("who", ["new", "trial"])
@pytest.mark.parametrize(("private", "verdict"), [(0.8, Verdict.THROTTLE), (0.1, Verdict.HOLD)])
def test_a_wedding_waits_and_a_bought_list_is_looked_at(who: str, private: float, verdict: Verdict) -> None:
    """More guests than a young account may invite: most with private mailboxes, or most at firms."""
    names = tuple(f"{a}{b}" for a in "abcdefghij" for b in "klmnop")
    own = round(private * len(names))
    guests = tuple(f"{name}@{'gmail.com' if n < own else f'{name}-works.example'}" for n, name in enumerate(names))
    judged = verdict_of(event("Come along", guests=guests), who, audience=Audience(total=60, external=60, domains=15))
    assert judged.verdict is verdict


@pytest.mark.requirement("R45")
def test_an_all_hands_of_three_hundred_colleagues_is_allowed() -> None:
    guests = tuple(f"{a}{b}@ines-plumbing.example" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmno")
    assert len(guests) == 300
    judged = verdict_of(event("All hands", guests=guests), "established")
    assert judged.verdict is Verdict.ALLOW


@pytest.mark.requirement("R45")
def test_three_hundred_strangers_from_a_one_hour_account_are_held() -> None:
    guests = tuple(f"{a}{b}@firm-{a}{b}.example" for a in "abcdefghijklmnopqrst" for b in "abcdefghijklmno")
    judged = verdict_of(event("All hands", guests=guests), account={"age_hours": 1.0})
    assert judged.verdict >= Verdict.HOLD
    assert "too_many_guests" in judged.reasons


def test_reminders_that_mail_others_count_as_guests() -> None:
    alarm = ["BEGIN:VALARM", "ACTION:EMAIL", "TRIGGER:-PT15M", "SUMMARY:x", "DESCRIPTION:x"]
    alarm += [f"ATTENDEE:mailto:{a}{b}@firm.example" for a in "abcde" for b in "fghij"]
    assert "over_limit" in codes("attendees", attempt(event(lines=(*alarm, "END:VALARM"))))
