"""How hostile text is shown to staff: escaped, links broken, and whatever cannot be seen made visible."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from calguard.content import spans
from calguard.defanging import breaks, invisible

LONGEST = 4000  # characters of one text; the rest is counted


def text(value: str, *, longest: int = LONGEST) -> SafeString:
    """Text as its writer wrote it, for a page: no tag, no link, no hidden or turning character is left in it."""
    kept, rest = value[:longest], len(value) - longest
    shown = mark_safe("".join(safe(kept)))  # noqa: S308  every part is escaped
    if rest <= 0:
        return shown
    return format_html('{} <span class="calguard-more">… {} more characters</span>', shown, rest)


def safe(value: str) -> list[str]:
    """Each character of a text as the page shows it, so that stretches of it can be marked."""
    broken = breaks(value)
    shown = [escape(broken[place]) if place in broken else _visible(character) for place, character in enumerate(value)]
    for place in spans.hiding(value) if not value.isascii() else ():
        if not invisible(value[place]):
            shown[place] = format_html(
                '<span class="calguard-alike" title="{}">{}</span>', _named(value[place]), value[place]
            )
    return shown


def name(value: str, *, longest: int = 200) -> SafeString:
    """A name or key of this system: no link to break, but its characters are as little to be trusted."""
    rest = "…" if len(value) > longest else ""
    return mark_safe("".join(map(_visible, value[:longest] + rest)))  # noqa: S308  every part is escaped


def mask(address: str) -> str:
    """A mail address that can be told apart and not written to: j***@victim.example."""
    name, at, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}" if at else f"{address[:1]}***"


def span(length: timedelta) -> str:
    """A length of time in one unit, as people say it: 40 s, 12 min, 5 h, 3 d."""
    seconds = abs(int(length.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size * (2 if unit != "min" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def ahead(moment: datetime | None, now: datetime) -> str:
    """When something starts, seen from now."""
    if moment is None:
        return "–"
    return f"in {span(moment - now)}" if moment >= now else f"{span(now - moment)} ago"


def _visible(character: str) -> str:
    if " " <= character <= "~" or not invisible(character):
        return escape(character)
    return format_html(
        '<span class="calguard-unseen" title="{}">⟨U+{}⟩</span>', _named(character), f"{ord(character):04X}"
    )


def _named(character: str) -> str:
    return unicodedata.name(character, "unnamed or control character").capitalize()
