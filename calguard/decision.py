"""The answer a host gets: what was decided, why in plain words, and what its user can do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from calguard import reasons
from calguard.challenge import Challenge
from calguard.engine.types import Verdict

# 4xx for whatever does not leave now (R53), also where the event itself was stored: a problem document's `stored` says
# so. A client that takes every 2xx for "sent" would otherwise tell its user what is not true.
STATUS: Mapping[Verdict, int] = {
    Verdict.ALLOW: 200,
    Verdict.OBSERVE: 200,
    Verdict.CHALLENGE: 403,
    Verdict.THROTTLE: 429,
    Verdict.HOLD: 403,
    Verdict.DENY: 422,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """A stable public code, and its text in the reader's language (R53)."""

    code: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One answer of `guard.check`. `verdict` is what is enforced; `judged` is what the judge said (observe mode)."""

    id: UUID
    reference: str  # short, for people: "K7M2-P9QD"
    verdict: Verdict
    judged: Verdict
    reasons: tuple[Reason, ...] = ()
    retry_after: int | None = None  # seconds, when throttled or restricted
    challenge: Challenge | None = None
    submission: UUID | None = None
    explain_url: str = ""  # the page that explains this decision and takes an appeal
    system_text_only: bool = False  # a cancellation that leaves without its writer's words (R63)
    checking: bool = False  # accepted, and sent only if checks that are still made find nothing

    @property
    def may_send(self) -> bool:
        """Accepted: invitations leave by themselves. Accepted is not yet sent; `guard.guest_states` tells."""
        return self.verdict <= Verdict.OBSERVE

    @property
    def waits(self) -> bool:
        """Withheld, and may still leave: after a challenge, later, or after a person has looked."""
        return self.verdict in (Verdict.CHALLENGE, Verdict.THROTTLE, Verdict.HOLD)

    @property
    def is_refused(self) -> bool:
        return self.verdict is Verdict.DENY

    @property
    def headline(self) -> str:
        return reasons.headline(self.verdict) if not self.checking else str(reasons.CHECKING[0])

    @property
    def next_step(self) -> str:
        return reasons.next_step(self.verdict) if not self.checking else str(reasons.CHECKING[1])

    @property
    def appeal_url(self) -> str:
        """Where to object; empty where nothing was withheld for a person to look at."""
        return self.explain_url if self.verdict >= Verdict.HOLD else ""

    @property
    def status(self) -> int:
        """The HTTP status an API answers with, the same as of `integrations.rest.problem`."""
        return STATUS[self.verdict]

    def as_dict(self) -> dict[str, Any]:
        """The body of an API answer; the same information a page shows."""
        return {
            "code": self.reasons[0].code if self.reasons else "being_checked" if self.checking else "accepted",
            "verdict": self.verdict.name,
            "title": self.headline,
            "detail": " ".join(reason.text for reason in self.reasons),
            "reasons": [{"code": reason.code, "text": reason.text} for reason in self.reasons],
            "next_step": self.next_step,
            "reference": self.reference,
            "retry_after": self.retry_after,
            "challenge_url": self.challenge.url if self.challenge else "",
            "appeal_url": self.appeal_url,
            "submission": str(self.submission) if self.submission else None,
        }
