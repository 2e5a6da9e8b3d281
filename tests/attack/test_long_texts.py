"""A lure anywhere in a text of the greatest length that is read whole is seen, however its number is written (R49)."""

from __future__ import annotations

import pytest

from calguard.content.gather import MAX_VALUE
from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of

PICNIC = "Lovely weather for the picnic by the lake. "
LURE = "Your card was charged $399.40 today. Not you? Our desk answers on {}. "
SPOKEN = "eight zero five three zero two eight zero four zero"
ROOM = (MAX_VALUE - 200) // len(PICNIC)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("share", [0.0, 0.2, 0.35, 0.5, 0.65, 0.8, 1.0])
@pytest.mark.parametrize("channel", ["+1 (805) 302-8040", SPOKEN, "Telegram @refund_desk_24"])
def test_no_place_in_a_text_hides_a_lure(channel: str, share: float) -> None:
    before = int(ROOM * share)
    said = PICNIC * before + LURE.format(channel) + PICNIC * (ROOM - before)
    assert verdict_of(event("Picnic", description=said), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R49")
def test_a_long_text_about_a_picnic_is_just_long() -> None:
    said = PICNIC * (ROOM // 2) + "Lost? Call +1 (805) 302-8040. " + PICNIC * (ROOM // 2)
    assert verdict_of(event("Picnic", description=said), "trial").verdict is Verdict.ALLOW


@pytest.mark.requirement("R49")
def test_ever_so_many_messengers_hide_no_handle() -> None:
    said = "skype " * 60 + PICNIC * 4 + LURE.format("Telegram @refund_desk_24")
    assert verdict_of(event("Picnic", description=said), "trial").verdict >= Verdict.HOLD


@pytest.mark.requirement("R49")
def test_characters_that_stand_for_many_make_no_text_endless() -> None:
    texts = event("Prayer", description="\ufdfa" * 60_000).texts
    assert max(len(text.folded) for text in texts) <= 2 * MAX_VALUE
    assert "\u0635\u0644\u0649" in event("Prayer", description="Service \ufdfa").texts[1].folded
