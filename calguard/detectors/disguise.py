"""Text written so that a reader sees one thing and a program another (R28, R29, R33)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

TRICKS = {
    "invisible_chars": "has invisible characters inside words",
    "mixed_script": "mixes alphabets inside words",
    "bidi": "turns the direction of writing around",
    "html_hidden": "hides text from the reader",
    "anchor_mismatch": "shows one address and leads to another",
    "styled_letters": "is written in mathematical letters",
    "combining_marks": "heaps marks on letters",
}


@detector(group="text", codes=dict.fromkeys(TRICKS, Reason.HIDDEN_TEXT))
def disguise(attempt: Attempt) -> Iterator[Signal]:
    """The text is disguised: invisible characters inside words, look-alike letters of other alphabets, text hidden
    in the markup. What it says without the disguise is judged as if it stood there openly."""
    seen: set[str] = set()
    for text in attempt.content.texts:
        for trick in sorted(text.tricks & TRICKS.keys()):
            if trick not in seen:
                seen.add(trick)
                yield Signal(code=trick, reason=f"the text {TRICKS[trick]}", field=text.field)
