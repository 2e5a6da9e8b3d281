"""Whether a person filled the form in (CC 4.2(1)(1), R12)."""

from __future__ import annotations

from collections.abc import Iterator

from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

FAST = 2.0  # seconds below which nobody writes an event and its guests, even from a template
HASTY = 4.0
USES = 4  # other events sent from one rendering of a form: back and again, a second tab, a double click are fewer
ATTEMPTS = 3  # within ten minutes, from which sending without ever seeing a page tells something


@detector(
    group="client",
    codes={
        "honeypot": Reason.LOOKS_AUTOMATED,
        "no_form": Reason.LOOKS_AUTOMATED,
        "too_fast": Reason.LOOKS_AUTOMATED,
        "unanswered": Reason.LOOKS_AUTOMATED,
        "form_reused": Reason.LOOKS_AUTOMATED,
        "no_pages": Reason.LOOKS_AUTOMATED,
    },
)
def automation(attempt: Attempt) -> Iterator[Signal]:
    """A field that people cannot see was filled in, the form was posted without ever having been shown, it came back
    faster than anybody types, one form was sent again and again with other events, event after event came from a
    browser that was shown no page in between, or the same was challenged before and comes again without an answer.
    What was not observed on a channel is not held against anyone."""
    client, behaviour = attempt.client, attempt.behaviour
    if client.registered:
        return
    if behaviour.unanswered_challenge:
        yield Signal(code="unanswered", reason="the same was challenged within the hour, and not answered")
    if client.honeypot_filled:
        yield Signal(code="honeypot", reason="a field hidden from people was filled in")
    if client.form_rendered is False:
        yield Signal(code="no_form", reason="posted without the form having been shown")
    if client.form_seconds is not None and client.form_seconds < HASTY:
        seconds = max(0.0, client.form_seconds)
        weight = 1.0 if seconds < FAST else 0.4
        yield Signal(code="too_fast", reason=f"the form came back after {seconds:.1f} s", weight=weight)
    if behaviour.form_uses >= USES:
        yield Signal(
            code="form_reused", reason=f"one form was shown, and {behaviour.form_uses + 1} events sent from it"
        )
    if client.steps == 0 and behaviour.attempts_10m >= ATTEMPTS:
        reason = f"{behaviour.attempts_10m} invitations within ten minutes, and no page was shown before this one"
        yield Signal(code="no_pages", reason=reason)
