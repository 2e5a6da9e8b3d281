"""Call-back lures in twelve languages, however the number is written and wherever it stands (R25, R27, R30, R46)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of
from tests.lures.callbacks import TONGUES, lures
from tests.lures.others import SAID_OTHERWISE


@pytest.mark.requirement("R25")
@pytest.mark.requirement("R30")
@pytest.mark.requirement("R46")
@pytest.mark.parametrize("language", list(TONGUES))
def test_every_one_is_held_for_a_sender_on_trial(language: str) -> None:
    missed = [
        lure.name for lure in list(lures(language))[::2] if verdict_of(lure.content, "trial").verdict < Verdict.HOLD
    ]
    assert not missed


@pytest.mark.requirement("R25")
@pytest.mark.requirement("R27")
@pytest.mark.parametrize("who", ["established", "hijacked"])
@pytest.mark.parametrize("language", list(TONGUES))
def test_nine_in_ten_are_held_whoever_sends_them(language: str, who: str) -> None:
    sample = list(lures(language))[::5]
    held = sum(verdict_of(lure.content, who).verdict >= Verdict.HOLD for lure in sample)
    assert held >= 0.9 * len(sample)


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("language", list(TONGUES))
def test_the_number_alone_is_no_lure(language: str) -> None:
    """The same call to write or ring, with nothing claimed."""
    for lure in list(lures(language))[:6]:
        assert verdict_of(event("Planning", description=lure.parts[1]), "trial").verdict < Verdict.HOLD


AGENDA = "1. welcome 2. lecture by Anna 3. booking of rooms, tickets, reservation 4. dentist appointment"
CONFERENCE = "Join https://us02web.zoom.us/j/81234567890?pwd=abc"
BENIGN = "Bring the plans of the second floor and a pencil. " * 200


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("beside", [AGENDA, CONFERENCE, BENIGN], ids=["agenda", "conference", "benign"])
@pytest.mark.parametrize("language", list(TONGUES))
def test_what_stands_beside_a_lure_never_lowers_its_verdict(language: str, beside: str) -> None:
    for lure in list(lures(language))[::59]:
        alone = " ".join(lure.parts)
        verdict = verdict_of(event("Note", description=alone), "trial").verdict
        for padded in (f"{alone}\n{beside}", f"{beside}\n{alone}"):
            assert verdict_of(event("Note", description=padded), "trial").verdict >= verdict


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("language", list(SAID_OTHERWISE))
def test_sentences_the_lists_were_not_written_for(language: str) -> None:
    """Written after the lists and never used to mend them: what is found is found by the words, not by the sentence."""
    sentences = SAID_OTHERWISE[language]
    held = [said for said in sentences if verdict_of(event(said), "trial").verdict >= Verdict.HOLD]
    assert len(held) >= len(sentences) // 2
