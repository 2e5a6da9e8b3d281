"""What an invitation says reaches a reviewer's terminal as text, and steers nothing there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calguard import scan
from calguard.engine.policy import Policy
from tests.detectors.making import event

SETTING = scan.Setting(persona="new", to=(), now=datetime(2026, 6, 15, tzinfo=UTC), policy=Policy.shipped())


def printed(folder: Path, name: str, title: str) -> str:
    path = folder / name
    path.write_bytes(event(title, description="Call +1 (805) 302-8040", organizer="a@b.example").raw)
    return scan.as_text(scan.scan(path, SETTING))


@pytest.mark.requirement("R31")
@pytest.mark.parametrize("sign", ["\x1b[2J", "\x1b]0;gone\x07", "\u202e", "\u2066", "\x9b31m", "\u2028"])
def test_nothing_steers_the_terminal(sign: str, tmp_path: Path) -> None:
    told = printed(tmp_path, f"a{sign}b.ics", f"Your Pay{sign}Pal account {sign} was charged 499.99 USD")
    assert not set(told) & set(sign) - set("[2J]0;gone31m")
    assert f"<U+{ord(sign[0]):04X}>" in told


@pytest.mark.requirement("R31")
def test_a_file_that_cannot_be_judged_steers_nothing_either(tmp_path: Path) -> None:
    path = tmp_path / "\x1b[2Jgone.ics"
    assert "\x1b" not in scan.as_text(scan.scan(path, SETTING))


@pytest.mark.requirement("R31")
def test_other_scripts_are_printed_as_they_are(tmp_path: Path) -> None:
    told = printed(tmp_path, "зал é.ics", "Ваш аккаунт заблокирован, срочно позвоните")
    assert "зал é.ics" in told
    assert "<U+" not in told
