"""What of a decision its owner may see: kinds, places and the event's title, never how it was found."""

from __future__ import annotations

from calguard.conf import conf
from calguard.content import reader
from calguard.models import Decision, Evidence

SHOWN_TITLE = 200  # characters


def places(decision: Decision) -> list[tuple[str, str]]:
    """Public code and field of what was seen, the strongest first."""
    seen = sorted(decision.signals, key=lambda signal: -float(signal.get("points", 0)))
    return [(signal.get("public", ""), signal.get("field", "")) for signal in seen]


def title(decision: Decision) -> str:
    """The event's title as far as its content is still kept, so that people know what this is about."""
    kept = Evidence.objects.using(conf.database).filter(decision=decision).first()
    raw = kept.content if kept else (decision.submission.snapshot if decision.submission else None)
    return reader.read(bytes(raw)).summary[:SHOWN_TITLE] if raw else ""
