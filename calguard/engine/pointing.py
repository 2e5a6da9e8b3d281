"""Points a signal at what was written: the field, the stretch of it, and what was seen there through the disguise."""

from __future__ import annotations

from collections.abc import Iterable

from calguard.content import spans
from calguard.content.types import Content, Link, Text
from calguard.engine.types import QUOTED, Signal

MAX_LOOKED_IN = 20  # texts of one name, or of any where the name is of none


def at(signal: Signal, content: Content, said: str) -> Signal:
    """The signal, pointing at `said`, as it was found folded or as it is written; unchanged where it is not found.

    A field's own texts are looked through first, then all: what is spread over several fields begins in one of them.
    """
    if not said:
        return signal
    own = [text for text in content.texts if text.field == signal.field]
    for text in (own or content.texts)[:MAX_LOOKED_IN]:
        found = _in_text(text, said)
        if found:
            quote, start, end = found
            there = (start, end) if own else (-1, -1)  # offsets count in the field named, and no other
            return _with(signal, signal.reason, quote, *there, signal.read_as or _read_as(quote, said))
    return signal


def among(signal: Signal, content: Content, sayings: Iterable[str]) -> Signal:
    """`at` for the first of several that is found."""
    for said in sayings:
        pointed = at(signal, content, said)
        if pointed.quote:
            return pointed
    return signal


def at_link(signal: Signal, content: Content, link: Link) -> Signal:
    """The signal, pointing at a link: most stand there as they were read, and are found without reading texts anew."""
    for text in content.texts:
        if text.field == signal.field and (start := text.value.find(link.raw)) >= 0:
            quote = link.raw[:QUOTED]
            return _with(signal, signal.reason, quote, start, start + len(quote), signal.read_as)
    return among(signal, content, (link.raw, link.host))


def within(signal: Signal, text: Text, span: spans.Span, read_as: str, reason: str) -> Signal:
    """The signal with its reason told closer, pointing at a stretch of one text that is already known."""
    quote = text.value[span.start : span.end][:QUOTED]
    end = span.start + len(quote)
    return _with(signal, reason, quote, span.start, end, _read_as(quote, read_as))


def name(signal: Signal, written: str, read_as: tuple[str, ...]) -> Signal:
    """The signal, pointing at a whole name, which stands for the first of `read_as` if it says none of them openly."""
    quote = written[:QUOTED]
    openly = any(not _read_as(quote, known) for known in read_as)
    return _with(signal, signal.reason, quote, 0, len(quote), "" if openly else read_as[0][:QUOTED])


def _with(signal: Signal, reason: str, quote: str, start: int, end: int, read_as: str) -> Signal:
    """Written out: `dataclasses.replace` takes five times as long."""
    return Signal(
        code=signal.code,
        reason=reason,
        field=signal.field,
        weight=signal.weight,
        quote=quote,
        start=start,
        end=end,
        read_as=read_as,
    )


def _in_text(text: Text, said: str) -> tuple[str, int, int] | None:
    markup = text.visible != text.value or bool(text.hidden)
    span = spans.find(text.value, said, markup=markup and "<" in text.value)
    if span is None:
        return None
    end = min(span.end, span.start + QUOTED)
    return text.value[span.start : end], span.start, end


def _read_as(quote: str, said: str) -> str:
    """What was seen, where the quote does not say it openly; accents, case and spaces are no disguise."""
    return "" if not said or spans.plainly(said) in spans.plainly(quote) else said[:QUOTED]
