"""What a model that learned from abuse and from ordinary texts makes of the words (CC 4.2(2))."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.textmodel import shipped, worst_passage
from calguard.engine.types import Attempt, Signal

HOW = {"certain": "reads like abuse", "likely": "reads much like abuse", "hint": "reads somewhat like abuse"}


@detector(group="text", codes=dict.fromkeys(HOW, Reason.CONTENT_LOOKS_LIKE_SCAM))
def text_model(attempt: Attempt) -> Iterator[Signal]:
    """The words of a passage are those of abuse rather than of ordinary invitations and mail, by the weights of a
    model that was trained beforehand. By itself it holds back only what an untrusted account writes, and only where
    it is most certain; what weighed most is named."""
    model = attempt.text_model or shipped()
    passage = worst_passage(attempt.content, model)
    band = model.band(passage.score)
    if band:
        words = ", ".join(f"“{word}”" for word in passage.words)
        yield at(Signal(code=band, reason=f"{HOW[band]}: {words}", field=passage.field), attempt.content, passage.said)
