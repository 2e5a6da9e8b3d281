"""The running demo as a stage, and the five scenes of the story, played on it once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.story.acting import Stage
from tests.support.demo import LiveDemo


@dataclass(frozen=True, kw_only=True)
class Played:
    """What `demo_story` told of each scene, and to whom mail had left when it was over."""

    scenes: dict[str, list[dict[str, Any]]]
    mailed: frozenset[str]

    def states(self, scene: str) -> dict[str, int]:
        counted: dict[str, int] = {}
        for told in self.scenes[scene]:
            for state, guests in told["states"].items():
                counted[state] = counted.get(state, 0) + guests
        return counted

    def only(self, scene: str) -> dict[str, Any]:
        (told,) = self.scenes[scene]
        return told


@pytest.fixture(scope="session")
def stage(live_demo: LiveDemo) -> Stage:
    return Stage(live_demo)


@pytest.fixture(scope="session")
def played(stage: Stage) -> Played:
    """`manage.py demo_story` as an operator starts it, in a process of its own."""
    done = stage.demo.manage("demo_story", "--json", "--url", stage.url, seconds=240)
    assert done.returncode == 0, done.stdout + done.stderr
    mailed = frozenset(str(mail["to"]).lower() for mail in stage.mails().values())
    return Played(scenes=json.loads(done.stdout), mailed=mailed)
