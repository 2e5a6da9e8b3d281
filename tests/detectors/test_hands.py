"""Hands of every kind fill forms in, and leave a trace that a script which only sets values does not."""

from __future__ import annotations

import random
from typing import Any

import pytest

from calguard.engine.types import Input, Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


def typist(mean: float, spread: float, seed: int = 1) -> tuple[float, ...]:
    """Pauses between characters as people make them: skewed, and by a third of their length and more apart."""
    made = random.Random(seed)
    return tuple(max(0.02, made.gauss(mean, spread)) for _ in range(32))


TYPED = Input(keys=140, pointer=3, fields=4, trusted=300, longest=4.2, gaps=typist(0.18, 0.09))
PEOPLE = {
    "an ordinary typist": TYPED,
    "the fastest typist": Input(keys=400, fields=4, trusted=900, longest=0.9, gaps=typist(0.055, 0.02)),
    "by keyboard alone": Input(keys=90, pointer=0, fields=3, trusted=200, longest=2.0, gaps=typist(0.2, 0.1)),
    "a password manager that fills in by script": Input(dispatched=12, trusted=1, pointer=1),
    "autofill by the browser": Input(keys=5, fields=5, trusted=7, longest=0.002, pointer=1),
    "dictation": Input(keys=0, fields=0, trusted=9, longest=6.0),
    "a switch, by scanning": Input(keys=31, fields=2, trusted=80, longest=9.0, gaps=typist(1.6, 0.35)),
    "a switch, nearly even": Input(keys=31, fields=2, trusted=80, longest=9.0, gaps=(0.8, 0.9, 0.74, 0.83, 0.96) * 6),
    "a screen reader: clicks without a pointer": Input(keys=60, fields=3, trusted=70, gaps=typist(0.3, 0.2)),
    "assistive technology that presses the button": Input(trusted=1, dispatched=0),
    "a pasted list of guests": Input(keys=20, pastes=1, fields=2, trusted=60, longest=3.0, gaps=typist(0.2, 0.1)),
    "a keyboard on glass, without key events": Input(
        keys=44, pointer=60, fields=3, trusted=104, gaps=typist(0.15, 0.1)
    ),
    "a text expander in one field": Input(keys=300, fields=1, trusted=310, longest=0.01, gaps=(0.002, 0.003) * 16),
    "a text expander in one of three fields": Input(
        keys=300, fields=3, trusted=310, longest=1.4, gaps=(0.002, 0.003) * 16
    ),
    "times rounded to 100 ms for privacy": Input(
        keys=60, fields=3, trusted=120, longest=2.0, gaps=(0.1, 0.2, 0.1, 0.1, 0.0, 0.2, 0.1, 0.3) * 4
    ),
    "an event copied from another: only a press": Input(pointer=1, trusted=3),
    "few characters, evenly": Input(keys=8, fields=1, trusted=16, gaps=(0.2,) * 7),
}
PROGRAMS: dict[str, tuple[Input, set[str]]] = {
    "values set, and the form submitted": (Input(), {"none"}),
    "values set, with made-up events": (Input(dispatched=40), {"none"}),
    "steered by WebDriver": (Input(keys=90, pointer=3, fields=4, trusted=99, webdriver=True), {"webdriver"}),
    "typed at a set pace": (
        Input(keys=90, fields=3, trusted=99, longest=1.0, gaps=(0.05, 0.051, 0.0495) * 10),
        {"metronome"},
    ),
    "typed at once, field after field": (
        Input(keys=120, fields=4, trusted=130, longest=0.03, gaps=(0.002, 0.001) * 16),
        {"inhuman"},
    ),
}


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
@pytest.mark.parametrize("seen", PEOPLE.values(), ids=PEOPLE)
def test_people(seen: Input, who: str) -> None:
    facts = {"input": seen, "form_rendered": True, "form_seconds": 30.0}
    assert not codes("hands", attempt(client=facts))
    judged = verdict_of(event(), who, client=facts)
    assert judged.verdict is verdict_of(event(), who).verdict
    asked_before = verdict_of(event(), who, client=facts, behaviour={"machine_challenges": 3})
    assert asked_before.verdict is judged.verdict


@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_without_the_script_nothing_is_said(who: str) -> None:
    assert not codes("hands", attempt(who=who, client={"input": None}))


@pytest.mark.requirement("R19")
@pytest.mark.parametrize(("seen", "found"), PROGRAMS.values(), ids=PROGRAMS)
def test_programs(seen: Input, found: set[str]) -> None:
    facts: dict[str, Any] = {"input": seen, "form_rendered": True, "form_seconds": 30.0}
    assert codes("hands", attempt(client=facts)) == found
    assert verdict_of(event(), "new", client=facts).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), "trial", client=facts).verdict is Verdict.CHALLENGE
    assert verdict_of(event(), "new", client=facts | {"automation_cleared": True}).verdict <= Verdict.OBSERVE
    assert not codes("hands", attempt(client=facts | {"registered": True}))


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_the_same_pace_after_a_challenge_waits(who: str) -> None:
    paced = PROGRAMS["typed at a set pace"][0]
    facts = {"input": paced, "form_rendered": True, "form_seconds": 30.0}
    assert verdict_of(event(), who, client=facts).verdict is Verdict.CHALLENGE
    again = verdict_of(event(), who, client=facts, behaviour={"machine_challenges": 1})
    assert again.verdict is Verdict.THROTTLE


@pytest.mark.requirement("R20")
def test_no_hand_is_asked_for_of_an_established_sender() -> None:
    """An extension that helps somebody who cannot press a key may send the form by itself."""
    facts = {"input": Input(dispatched=30), "form_rendered": True, "form_seconds": 30.0}
    assert verdict_of(event(), "established", client=facts).verdict <= Verdict.OBSERVE
