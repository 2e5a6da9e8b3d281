"""The snippets of docs/embedding.md, put as printed into the project that `startproject` makes, start and are sound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"```(?:python|html)\n(.*?)```", re.DOTALL)
BLOCKS = BLOCK.findall((ROOT / "docs" / "embedding.md").read_text(encoding="utf-8"))


def printed(start: str) -> str:
    """Every block that begins with these words, joined."""
    found = [block for block in BLOCKS if block.startswith(start)]
    assert found, f"docs/embedding.md has no block that begins with {start!r}"
    return "\n".join(found)


def run(folder: Path, *arguments: str) -> str:
    ours = ("DJANGO_", "CALGUARD_", "PYTEST_", "CELERY_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A new project with the printed blocks at the end of its files, in the order of the page."""
    run(tmp_path, "-m", "django", "startproject", "shop", ".")
    files = {"settings.py": "# settings.py", "urls.py": "# urls.py", "celery.py": "# shop/celery.py"}
    for name, start in {**files, "__init__.py": "# shop/__init__.py"}.items():
        with (tmp_path / "shop" / name).open("a", encoding="utf-8") as file:
            file.write("\n" + printed(start))
    return tmp_path


def test_the_settings_are_sound(shop: Path) -> None:
    assert "no issues" in run(shop, "manage.py", "check", "--fail-level", "WARNING")


def test_celery_finds_the_tasks_and_when_they_run(shop: Path) -> None:
    """The project imports its Celery app before Django's apps are loaded, where models cannot be imported."""
    asked = "from shop.celery import app; app.loader.import_default_modules(); app.finalize(); "
    said = run(shop, "-c", f"{asked}print(sorted(app.conf.beat_schedule), 'calguard.dispatch' in app.tasks)")
    assert "['calguard-compile-lists', 'calguard-purge', 'calguard-refresh-lists', 'calguard-sweep'" in said
    assert "True" in said


def test_the_banner_is_given_the_decision() -> None:
    """calguard/decision.html reads `decision`; the view calls it `calguard`, so as not to take a name of the host's."""
    assert '"calguard/decision.html" with decision=calguard' in printed("{% include")
