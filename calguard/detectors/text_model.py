"""What a model that learned from abuse and from ordinary texts makes of the words (CC 4.2(2))."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calguard.engine.channels import channels
from calguard.engine.lures import readings
from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.textmodel import BANDS, Band, TextModel, shipped, worst_passage
from calguard.engine.types import Attempt, Signal

HOW = {"certain": "reads like abuse", "likely": "reads much like abuse", "hint": "reads somewhat like abuse"}

LEAST = {"certain": 0.71, "likely": 0.77, "hint": 0.66}  # weight at the bottom of each band
_NUMBER = re.compile(r"\d{5}")  # a short code, or part of a telephone number
QUIET = 1.0  # log odds less where a text leads nowhere: it may be a talk about abuse, told in its words
ABOVE = 2.0  # log odds over the last band's least score at which its weight is full


@detector(group="text", codes=dict.fromkeys(HOW, Reason.CONTENT_LOOKS_LIKE_SCAM))
def text_model(attempt: Attempt) -> Iterator[Signal]:
    """The words of a passage are those of abuse rather than of ordinary invitations and mail, by the weights of a
    model that was trained beforehand. By itself it holds only what an untrusted account writes, and only where it is
    most certain. It needs more where the reader is to turn nowhere and do nothing: a talk about abuse is told in its
    words. What weighed most is named."""
    model = attempt.text_model or shipped()
    passage = worst_passage(attempt.content, model)
    if model.band(passage.score) is None:
        return
    score = passage.score if _leads_somewhere(attempt) else passage.score - QUIET
    band = model.band(score)
    if band:
        weight = _weight(band, score, model)
        words = ", ".join(f"“{word}”" for word in passage.words)
        yield at(
            Signal(code=band, reason=f"{HOW[band]}: {words}", field=passage.field, weight=weight),
            attempt.content,
            passage.said,
        )


def _leads_somewhere(attempt: Attempt) -> bool:
    content = attempt.content
    if content.links or content.attachments or _NUMBER.search(content.document) or channels(attempt):
        return True
    return any(said.act or said.hook for _, said in readings(content))


def _weight(band: Band, score: float, model: TextModel) -> float:
    """How far up in its band a score stands, so that points rise steadily from band to band."""
    place = BANDS.index(band)
    bottom = model.bands[band]
    top = model.bands[BANDS[place - 1]] if place else bottom + ABOVE
    share = min(1.0, (score - bottom) / (top - bottom)) if top > bottom else 1.0
    return LEAST[band] + (1 - LEAST[band]) * share
