"""Whether what a request says of its program holds together (CC 4.2(1)(1), R11)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calguard.engine import agents
from calguard.engine.agents import Agent
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Client, Signal

BROWSER_CHANNELS = frozenset({"web", "booking", "share"})
CHROMIUM = re.compile(r'"Chromium"\s*;\s*v="(\d{1,4})')
PLATFORMS = {
    "windows": "windows",
    "macos": "macos",
    "mac os x": "macos",
    "linux": "linux",
    "android": "android",
    "chrome os": "chromeos",
    "chromium os": "chromeos",
    "ios": "ios",
}
DESKTOPS = frozenset({"windows", "macos"})  # Linux and ChromeOS are also what telephones and tablets call themselves
LONGEST = 200  # characters of a hint that are looked at


@detector(
    group="client",
    codes={
        "ua_inconsistent": Reason.LOOKS_AUTOMATED,
        "ua_changed": Reason.LOOKS_AUTOMATED,
        "no_language": Reason.LOOKS_AUTOMATED,
    },
)
def consistency(attempt: Attempt) -> Iterator[Signal]:
    """A browser's name and its own hints contradict each other, a browser asks for no language, a calendar program
    fills in a web form, or a device is of another make than when it was first seen. Extensions and privacy settings
    do such things too, so this asks at most whether a person is there. Hints that are missing say nothing, and a
    telephone that asks for the desktop site is no contradiction."""
    client = attempt.client
    if client.registered or not client.user_agent:
        return
    agent = agents.read(client.user_agent)
    changed = _changed(client)
    if changed:
        yield Signal(code="ua_changed", reason=changed, field="User-Agent")
    if attempt.channel not in BROWSER_CHANNELS:
        return
    if agent.calendar and client.form_rendered is not None and not client.user_agent.startswith("Mozilla/"):
        reason = f"a form was filled in by a program that shows none, “{client.user_agent[:80]}”"
        yield Signal(code="ua_inconsistent", reason=reason, field="User-Agent")
    if not agent.browser:
        return
    for weight, reason in _contradictions(client, agent):
        yield Signal(code="ua_inconsistent", weight=weight, reason=reason, field="User-Agent")
    if client.accept_language is not None and not client.accept_language.strip():
        yield Signal(code="no_language", reason="a browser that asks for no language", field="Accept-Language")


def _contradictions(client: Client, agent: Agent) -> Iterator[tuple[float, str]]:
    brands = (client.brands or "").strip()[:LONGEST]
    platform = (client.platform or "").strip()[:LONGEST].strip('"').lower()
    named = f"{agent.family} on {agent.system or 'an unknown system'}"
    if agent.engine in ("gecko", "webkit") and brands and agent.family != "webview":
        yield 1.0, f"it says it is {named}, which sends no client hints, and sends “{brands[:80]}”"
        return
    if agent.engine != "chromium":
        return
    version = CHROMIUM.search(brands)
    if version and agent.major is not None and int(version[1]) != agent.major:
        yield 0.6, f"it says it is version {agent.major}, and its hints say {version[1]}"
    if platform in PLATFORMS and not agents.alike(agent.system, PLATFORMS[platform]):
        yield 1.0, f"it says it is {named}, and its hints say {platform[:30]}"
    if (client.mobile or "").strip() == "?1" and agent.system in DESKTOPS:
        yield 0.6, f"it says it is {named}, and its hints say it is a telephone"


def _changed(client: Client) -> str:
    """How the device differs from what it was when it got its number; "" where it does not, or where that is unknown.

    Versions are not kept, and one engine on one kind of system is one make: Edge takes over Chrome's cookies.
    """
    now, first = client.signature, client.first_signature
    engine, before = agents.engine_of(now), agents.engine_of(first)
    if not engine or not before:
        return ""
    same_system = agents.alike(now.partition("/")[2], first.partition("/")[2])
    if same_system and engine == before:
        return ""
    return f"the device was {first} and is now {now}"
