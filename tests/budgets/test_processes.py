"""Sixteen real processes at once spend exactly what a budget holds, whatever scopes they share."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from calguard.engine import shipped
from outbound import ledger
from outbound.models import Budget, Charge, Delivery
from tests.conftest import NOW
from tests.guard.events import invitation
from tests.guard.test_check import send
from tests.guard.test_senders import request
from tests.support.parts import REDIS_URL, free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R61")]

ROOT = Path(__file__).resolve().parents[2]
WEEK = timedelta(days=7)
TITLES = (
    "Choir rehearsal", "Physiotherapy", "Garden party", "Handing over the keys", "Chess club", "Driving lesson",
    "Parents meet the new teacher", "Flat viewing", "A birthday", "Volleyball", "Book circle", "Tax advice",
    "Walk with the dogs", "Car inspection", "Pottery course", "Board of the allotment society",
)  # fmt: skip


def at_once(**task: Any) -> list[Any]:
    """What sixteen processes answered; fails with what one of them printed."""
    connections["default"].close()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")} | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "CALGUARD_TEST_DB_NAME": str(connections["default"].settings_dict["NAME"]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.budgets.processes", json.dumps({"processes": 16, **task})],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    answers: list[Any] = json.loads(done.stdout.splitlines()[-1])
    assert [one for one in answers if isinstance(one, dict)] == []
    return answers


def test_one_scope() -> None:
    """16 x 8 reservations of 3 units, room for 100: exactly 33 pass."""
    answers = at_once(work="ledger", scopes=[["account:a"]], units=3, limit=100, times=8, at=NOW.isoformat())
    assert sum(map(sum, answers)) == 33
    assert ledger.usage("account:a", [WEEK], at=NOW) == {WEEK: 99}
    assert Budget.objects.get(scope="account:a").spent == 99


def test_overlapping_scopes() -> None:
    """Every process shares a scope with two others and one with all, named in ever other orders: nobody waits for ever,
    nothing is charged in part, and what all share is used up to its last unit."""
    ring = [[f"tenant:{n}", "network:all", f"tenant:{(n + 1) % 16}"] for n in range(16)]
    answers = at_once(work="ledger", scopes=ring, units=2, limit=60, times=6, at=NOW.isoformat())
    passed = sum(map(sum, answers))
    assert passed == 30
    assert ledger.usage("network:all", [WEEK], at=NOW) == {WEEK: 60}
    assert Charge.objects.count() == 3 * passed
    used = [ledger.usage(f"tenant:{n}", [WEEK], at=NOW)[WEEK] for n in range(16)]
    assert sum(used) == 2 * 60
    assert used == [2 * (sum(answers[n]) + sum(answers[n - 1])) for n in range(16)]


@pytest.mark.requirement("R16", "R54", "R60")
@pytest.mark.parametrize("redis", ["none", pytest.param("up", marks=pytest.mark.needs("redis")), "down"])
def test_sixteen_new_accounts_of_one_network(redis: str, person: Any, settings: Settings, tmp_path: Path) -> None:
    """Each writes to five guests, their network has room for forty-two. Eight events leave whole, eight wait whole,
    whether Redis has the facts, has none or is not there."""
    policy = tmp_path / "policy.toml"
    old, new = "network = { hour = 400,", "network = { hour = 42,"
    assert old in shipped.text()
    policy.write_text(shipped.text().replace(old, new), encoding="utf-8")
    url = {"none": None, "up": REDIS_URL, "down": f"redis://127.0.0.1:{free_port()}/0"}[redis]
    chosen = {"POLICY": str(policy), "FACTS": url}
    settings.CALGUARD = settings.CALGUARD | chosen
    accepted = [written(person(f"person{n}@mail{n}.example", days=10), n) for n in range(16)]
    held = at_once(work="dispatch", submissions=accepted, calguard=chosen)
    assert Counter(map(tuple, held)) == {(): 8, ("throttle",): 8}
    assert Delivery.objects.filter(state="sent").count() == 40
    whole = Counter(Delivery.objects.values_list("message__account", "state"))
    assert set(whole.values()) == {5}
    [scope] = Charge.objects.filter(scope__startswith="network:").values_list("scope", flat=True).distinct()
    assert sum(Charge.objects.filter(scope=scope).values_list("units", flat=True)) == 40


def written(user: Any, number: int) -> str:
    """An event that the front door accepted from the network they share."""
    content = invitation(
        organizer=user.email,
        guests=[f"guest{n}@friends{number}.example" for n in range(5)],
        uid=f"{number}@calendar.example",
        summary=TITLES[number],
    )
    decision = send(user, content, request=request("198.51.100.7", f"device{number}", user))
    assert decision.may_send
    return str(decision.submission)
