"""What must hold of any octets whatever that are read as a calendar and judged; asked by every fuzzer of ours."""

from __future__ import annotations

from datetime import UTC, datetime

from calguard.content import gather
from calguard.content.components import MAX_ADDRESSES
from calguard.content.reader import read, split
from calguard.content.structure import MAX_EVENTS
from calguard.content.types import Content
from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.types import Account, Attempt, Audience

POLICY = Policy.shipped()
NOW = datetime(2026, 6, 15, tzinfo=UTC)
STRANGER = Account(id="x:1", email="somebody@calendar.example", age_hours=6.0, tier="new")
LISTS = ("texts", "links", "phones", "money", "alarms", "attachments", "problems", "hash", "guests_hash", "events")


def holds(data: bytes) -> Content:
    """Read it, judge it, take it apart; raises where any of what must hold does not."""
    content = read(data)
    assert content.size == len(data)
    assert len(content.hash) == 64
    bounded(content)
    again = read(data)
    for name in LISTS:
        assert getattr(again, name) == getattr(content, name), name
    assert tuple(again.addresses) == tuple(content.addresses)
    assert [guest.email for guest in content.attendees] == list(content.guest_emails)
    assert len(content.guest_emails) <= content.guest_total or content.guest_total > MAX_ADDRESSES
    judgement = judge(
        Attempt(content=content, account=STRANGER, now=NOW, audience=Audience(total=1, external=1, domains=1)), POLICY
    )
    assert not judgement.degraded, "a detector raised"
    for part in split(content):
        assert len(part.hash) == 64
    return content


def bounded(content: Content) -> None:
    """No list outgrows its bound, and no text is longer than what is read closely (R49)."""
    assert len(content.texts) <= gather.MAX_TEXTS + 1
    assert len(content.links) <= gather.MAX_LINKS
    assert len(content.phones) <= gather.MAX_FOUND
    assert len(content.money) <= gather.MAX_FOUND
    assert len(content.addresses) <= 2 * MAX_ADDRESSES
    assert len(content.events) <= MAX_EVENTS
    for text in content.texts:
        assert len(text.value) <= gather.MAX_VALUE + 2
        text.folded.encode("utf-8")  # no half of a surrogate pair, which a database would refuse
