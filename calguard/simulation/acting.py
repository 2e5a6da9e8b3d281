"""One invitation through the real guard: asked, answered, confirmed, and a challenge solved if there is one."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any

import altcha
from django.http import HttpRequest

from calguard import attempts, challenge
from calguard.calls import Call
from calguard.challenges import altcha as provider
from calguard.content.types import Content
from calguard.decision import Decision
from calguard.engine.types import Channel, Verdict
from calguard.simulation import browsing
from calguard.simulation.event import Event, calendar
from calguard.simulation.people import Device, Person
from calguard.simulation.world import World


@dataclass(kw_only=True, slots=True)
class Sending:
    """What somebody sends, and how."""

    sender: Person
    event: Event
    device: Device | None = None  # None: a program of the calendar's own
    channel: Channel = "web"
    previous: Content | None = None
    visitor: Device | None = None  # who fills in a booking page, in place of the sender
    extra_texts: dict[str, str] = field(default_factory=dict)


def send(world: World, what: Sending, *, token: str | None = None) -> tuple[Decision, Content]:
    """Ask the guard at this moment of the world, and confirm what may be confirmed, as `guard.sending` does."""
    content = attempts.as_message(calendar(what.event, at=world.now))
    hand, device = (what.sender, what.device) if what.visitor is None else (None, what.visitor)
    asked = browsing.posted(hand, device, what.sender.random, at=world.now) if device is not None else None
    decision = attempts.check(_call(world, what, content, asked, token))
    if asked is not None and device is not None:
        browsing.answered(asked, device)
    if decision.submission is not None and decision.verdict is not Verdict.CHALLENGE:
        attempts.accept(decision.submission, at=world.now)
    world.work()
    world.errors += any(reason.code == "check_unavailable" for reason in decision.reasons)
    return decision, content


def solve(world: World, sender: Person, content: Content) -> str:
    """The answer to the question that the guard would ask about this content; the work is really done."""
    binding = challenge.Binding(account=sender.account, content_hash=content.hash, guests_hash=content.guests_hash)
    question = provider.question(binding.signed_part(), at=world.now)
    found = altcha.solve_challenge(
        question["challenge"], question["salt"], question["algorithm"], question["maxNumber"], 0
    )
    if found is None:
        raise RuntimeError("the challenge has no answer")
    answer = {
        **{name: question[name] for name in ("algorithm", "challenge", "salt", "signature")},
        "number": found.number,
    }
    return base64.b64encode(json.dumps(answer).encode()).decode()


def _call(world: World, what: Sending, content: Content, asked: HttpRequest | None, token: str | None) -> Call:
    user: Any = what.sender
    return Call(
        user=user,
        content=content,
        channel=what.channel,
        at=world.now,
        request=asked,
        reference=what.event.uid,
        previous=what.previous,
        actor="visitor" if what.visitor is not None else "",
        token=token,
        extra_texts=what.extra_texts,
    )
