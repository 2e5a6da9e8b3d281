"""What a lure is made of, each part on its own for whoever reviews it (R25)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.fraud import circumstances, is_suspicious
from calguard.engine.lures import Reading, readings
from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

SAYS = {
    "urgency": "presses the reader",
    "call_to_action": "asks the reader to act",
    "not_you": "offers a door to whoever did not order this",
    "way_out": "says how to cancel or be paid back",
    "money": "names a sum",
}


@detector(
    group="text",
    codes=dict.fromkeys(("brand", "phone", "messenger", "wallet", *SAYS), Reason.CONTENT_LOOKS_LIKE_SCAM),
)
def elements(attempt: Attempt) -> Iterator[Signal]:
    """Where a text makes a claim that lures make: the company it names, the sum, the number or chat to turn to, the
    hurry and what the reader is to do. Each for itself is innocent and weighs nothing; together they decide."""
    if not is_suspicious(attempt):
        return
    seen: set[str] = set()
    for text, reading in readings(attempt.content):
        for code, said, reason in (*_said(reading), *_named(text.folded, reading, attempt)):
            if code not in seen:
                seen.add(code)
                yield at(Signal(code=code, reason=f"{reason}: “{said}”", field=text.field), attempt.content, said)
    yield from _channels(attempt)


def _said(reading: Reading) -> Iterator[tuple[str, str, str]]:
    words = (reading.urgent, reading.act, reading.hook, reading.exit, reading.money)
    for (code, reason), said in zip(SAYS.items(), words, strict=True):
        if said:
            yield code, said, reason


def _named(folded: str, reading: Reading, attempt: Attempt) -> Iterator[tuple[str, str, str]]:
    domains = circumstances(attempt).senders_brand_domains
    for mention in reading.brands:
        if not any(mention.brand.owns(domain) for domain in domains):
            yield "brand", folded[mention.start : mention.end], "names a company the sender does not belong to"


def _channels(attempt: Attempt) -> Iterator[Signal]:
    channels, content = circumstances(attempt).channels, attempt.content
    for code, written, reason in (
        ("phone", channels.phone, "gives a number to call"),
        ("messenger", channels.messenger, "asks to chat"),
        ("wallet", channels.wallet, "gives a wallet to pay into"),
    ):
        if written:
            field = next((phone.field for phone in content.phones if phone.raw == written), "")
            yield at(Signal(code=code, reason=f"{reason}: {written[:80]}", field=field), content, written)
