"""Several contents judged as one: the parts of a mail, an event with its recent versions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from calguard.content import fingerprint
from calguard.content.types import Content

T = TypeVar("T")


def merge(contents: Sequence[Content], *, problems: Iterable[str] = ()) -> Content:
    """One content that says all that the given ones say, the first one leading. At least one is needed."""
    first = contents[0]
    if len(contents) == 1 and not problems:
        return first
    addresses = _once((a for c in contents for a in c.addresses), lambda a: (a.role, a.written.lower()))
    return Content(
        method=next((c.method for c in contents if c.method), ""),
        events=_once((e for c in contents for e in c.events), lambda e: e),
        texts=_once((t for c in contents for t in c.texts), lambda t: (t.field, t.value)),
        links=_once((link for c in contents for link in c.links), lambda link: link.url),
        phones=_once((p for c in contents for p in c.phones), lambda p: p.number),
        money=_once((m for c in contents for m in c.money), lambda m: (m.amount, m.currency)),
        addresses=addresses,
        alarms=max((c.alarms for c in contents), key=len),
        attachments=_once((a for c in contents for a in c.attachments), lambda a: a),
        prodid=next((c.prodid for c in contents if c.prodid), ""),
        guest_total=max(c.guest_total for c in contents),
        problems=frozenset(problems).union(*(c.problems for c in contents)),
        size=sum(c.size for c in contents),
        hash=fingerprint.canonical_hash({c.hash for c in contents if c.hash}),
        guests_hash=next((c.guests_hash for c in contents if c.guests_hash), ""),
        raw=first.raw,
    )


def _once(items: Iterable[T], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    found: dict[Hashable, T] = {}
    for item in items:
        found.setdefault(key(item), item)
    return tuple(found.values())
