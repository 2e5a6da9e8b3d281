"""What program made the request (CC 4.2(1)(1), R10)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.agents import HEADLESS, automation
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal


@detector(
    group="client",
    codes={
        "empty": Reason.LOOKS_AUTOMATED,
        "headless": Reason.LOOKS_AUTOMATED,
        "library": Reason.LOOKS_AUTOMATED,
        "crawler": Reason.LOOKS_AUTOMATED,
    },
)
def user_agent(attempt: Attempt) -> Iterator[Signal]:
    """The request names no program, or one that no person uses to write invitations: a script library, a browser
    without a window, a crawler. Calendar programs and registered API clients are never counted; a program's name
    excuses nothing else that it does."""
    client = attempt.client
    if client.registered or client.user_agent is None:
        return
    written = client.user_agent.strip()
    kind = automation(written)
    if kind:
        reason = f"the request came from “{written[:120]}”" if written else "the request names no program"
        yield Signal(code=kind, reason=reason, field="User-Agent")
    elif client.brands and HEADLESS.search(client.brands[:512]):
        yield Signal(code="headless", reason=f"its client hints say “{client.brands[:120]}”", field="Sec-CH-UA")
