"""What an action is told: for whom, on whose authority, about which submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calguard.models import Case, Decision
from outbound.models import Submission

UNSEEN = frozenset({"mail", "caldav", "import", "reminder"})  # channels whose senders see no page of ours


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """One action, ordered by a decision or, through a case, by a person."""

    owner: str  # "decision:<id>" or "case:<id>"; rows made under it are undone by it
    account: str
    at: datetime
    using: str
    decision: Decision | None = None
    case: Case | None = None
    submission: Submission | None = None
    by_human: bool = False
    content: bytes = b""  # as judged; given only while the decision is being written
    around: Mapping[str, str] = field(default_factory=dict)  # what guests read beside it; likewise
    reason: str = ""  # stable code, or a person's words
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> str:
        """Who stands in the audit log."""
        return str(self.parameters.get("reviewer") or "system")

    @property
    def needs_mail(self) -> bool:
        """The sender saw no page: mail is the only way to tell them."""
        return self.decision is not None and self.decision.channel in UNSEEN
