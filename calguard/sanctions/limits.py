"""What automation may do to an account, whatever it wrote: less where somebody won an appeal, or is protected."""

from __future__ import annotations

from dataclasses import replace

from calguard.calls import Outcome
from calguard.conf import conf
from calguard.engine.scoring import key
from calguard.engine.types import Judgement, Verdict
from calguard.order import Order

SANCTIONS = frozenset({"restrict", "suspend"})  # what is done to an account, and not to one event


def within(outcome: Outcome) -> Outcome:
    """The same answer, as far as automation may go with this account (R64, R92, R96).

    Who is protected, or won an appeal, is neither restricted nor suspended by it, and is refused only for a fact, such
    as a link on a block list: what would be refused for its score is held for a person. Nobody is suspended by it who
    was not restricted before.
    """
    spared = _spared(outcome)
    wanted = outcome.actions
    if spared:
        actions = tuple(name for name in wanted if name not in SANCTIONS)
    elif "suspend" in wanted and not _restricted_before(outcome):
        actions = tuple(dict.fromkeys("restrict" if name == "suspend" else name for name in wanted))
    else:
        actions = wanted
    outcome = replace(outcome, actions=tuple(name for name in actions if name not in conf.disabled_actions))
    if not spared or outcome.verdict is not Verdict.DENY or by_fact(outcome.judgement):
        return outcome
    if "hold" in conf.disabled_actions:
        return outcome  # nobody would look: what the score refuses is refused
    held = tuple("hold" if name == "deny" else name for name in outcome.actions)
    return replace(outcome, verdict=Verdict.HOLD, actions=held)


def by_fact(judgement: Judgement) -> bool:
    """Whether a sign that refuses by itself stands, and not the score alone."""
    floors = (conf.policy.floors.get(key(signal)) for signal in judgement.signals)
    return any(
        floor is not None and floor.verdict is Verdict.DENY and judgement.tier in floor.tiers for floor in floors
    )


def protected(account: str) -> bool:
    """Whether the host asks that two people agree before this account is restricted."""
    return conf.host.facts(account).protected


def spares(order: Order) -> bool:
    """Whether a machine's order against an account is not carried out after all: it is protected now."""
    return not order.by_human and protected(order.account)


def _spared(outcome: Outcome) -> bool:
    gathered = outcome.gathered
    if gathered is None:
        return False
    known = gathered.known
    won = known is not None and known.appealed_until is not None  # only what stands now is read
    return won or gathered.facts.protected


def _restricted_before(outcome: Outcome) -> bool:
    known = outcome.gathered.known if outcome.gathered else None
    return known is not None and known.restricted_until is not None
