"""A lure told in instalments: several events in a few minutes, each harmless by itself (R27)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from calguard.content.reader import read_text
from calguard.content.types import Content
from calguard.engine.fraud import Finding, together
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

CLEAR = 0.6  # what several events say is put together by us, so that it must be a lure beyond doubt


@detector(group="text", codes={"lure": Reason.CONTENT_LOOKS_LIKE_SCAM, "versions": Reason.CONTENT_LOOKS_LIKE_SCAM})
def instalments(attempt: Attempt) -> Iterator[Signal]:
    """What an account new to us has sent within minutes reads, one event after another, like a lure, and this event
    is what completes it; or, from anybody, the version of an event that its guests have, and this one. Ten lessons
    entered in a row say ten times the same and complete nothing."""
    if not attempt.audience.external:
        return
    now = _words(attempt.content)
    recent = () if attempt.account.tier == "established" else attempt.recent
    earlier = (_words(attempt.previous),) if attempt.previous is not None else ()
    for code, said, which in (("versions", earlier, "versions before"), ("lure", recent, "events of the last minutes")):
        before = [one for one in dict.fromkeys(said) if one and one != now]
        if not before or together(attempt).lure:
            continue  # by itself it is the other detectors' matter
        whole = _read_as_one(attempt, [*before, now])
        if whole.lure >= CLEAR and _read_as_one(attempt, before).lure < CLEAR:
            reason = f"with {len(before)} other {which}: {whole.reason}"
            yield Signal(code=code, reason=reason, field="several events", weight=whole.lure, quote=now[:160])
            return


def _words(content: Content) -> str:
    return " ".join(text.visible for text in content.texts)


def _read_as_one(attempt: Attempt, said: Sequence[str]) -> Finding:
    one = read_text({"several events": " ".join(said)})
    joined = replace(attempt.content, texts=one.texts, links=one.links, phones=one.phones, money=one.money)
    return together(replace(attempt, content=joined))
