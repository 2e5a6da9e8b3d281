"""One run: a population, attackers, a month of their time, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calguard.simulation.attack import Attack
from calguard.simulation.attackers import KINDS, attacks
from calguard.simulation.host import Register
from calguard.simulation.population import Population
from calguard.simulation.world import World

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
SCENARIOS = ("all", "innocent", *KINDS)
Step = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Played:
    """A run that is over."""

    scenario: str
    seed: int
    days: int
    world: World
    population: Population
    attacks: list[Attack]


def play(scenario: str, *, seed: int, accounts: int, days: int, step: Step = lambda part, done: None) -> Played:
    """Play a scenario from START on; `step` is told which part of it is under way, and how far (0 to 1)."""
    world = World(START, START + timedelta(days=days))
    world.employ()
    Register.open(world)
    population = Population(world, str(seed), accounts)
    kinds = list(KINDS) if scenario == "all" else [kind for kind in KINDS if kind == scenario]
    victims: dict[str, Attack] = {}
    attackers = attacks(world, str(seed), kinds, victims)

    def arrived(address: str, sender: str) -> None:
        attack = victims.get(address)
        if attack is not None:
            attack.arrived(address, sender)
        else:
            population.arrived(address, sender)

    world.arrived = arrived
    population.settle(lambda done: step("settling", done))
    for attack in attackers:
        attack.settle(population.people)
        attack.plan()
    population.plan()
    for day in range(1, days + 1):
        world.at(START + timedelta(days=day) - timedelta(seconds=1), lambda: _note_day(attackers))
    world.run(lambda done: step("playing", done))
    return Played(scenario=scenario, seed=seed, days=days, world=world, population=population, attacks=attackers)


def _note_day(attackers: list[Attack]) -> None:
    for attack in attackers:
        attack.outcome.days.append(len(attack.outcome.reached))
