"""What a forger adds to a lure so that it looks like business: dial-in words, a name of its own, a seller's word."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of

TAKEN = "We took $389.40 out of your bank account this morning for another year of computer cover."
CHARGED = "Your card was charged $399.40 today."
RING = "To stop this, phone +1 (805) 302-8040"
DIAL_IN = "Dial-in: conference ID 123 456, passcode 999, join by phone"
AROUND = ("{lure}\n" + DIAL_IN, DIAL_IN + ". {lure}", DIAL_IN + "\n{lure}\n" + DIAL_IN)
ZOOM = "Dial by your location\n+1 646 558 8656 US (New York)\nMeeting ID: 812 3456 7890\nPasscode: 4455"


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("claim", [TAKEN, CHARGED])
@pytest.mark.parametrize("around", AROUND, ids=["behind", "before", "both"])
def test_the_words_of_a_dial_in_block_hide_no_number(claim: str, around: str) -> None:
    written = around.replace("{lure}", f"{claim} {RING}")
    assert verdict_of(event("Note", description=written), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_a_meeting_about_charges_may_be_dialled_into(who: str) -> None:
    said = f"Agenda: the subscription was renewed last week, refund approved for Acme.\n{ZOOM}"
    assert verdict_of(event("Renewal review", description=said), who).verdict is Verdict.ALLOW


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("name", ["Today", "Call", "charged"])
def test_no_name_makes_an_accusation_ones_own_business(name: str) -> None:
    content = event("Note", description=f"{CHARGED} Call +1 (805) 302-8040 to cancel", cn=name)
    assert verdict_of(content, "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R25")
def test_a_sellers_word_makes_no_accusation_milder() -> None:
    said = "Your card was charged $399.40 for your session today. Call +1 (805) 302-8040 to cancel"
    assert verdict_of(event("Note", description=said), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R25")
def test_a_teacher_may_say_what_missed_lessons_cost() -> None:
    said = "Lessons with Ines: 40 an hour. Missed lessons are charged in full. Phone +1 (805) 302-8040 to move one."
    assert verdict_of(event("Piano", description=said, cn="Ines"), "new").verdict <= Verdict.OBSERVE
