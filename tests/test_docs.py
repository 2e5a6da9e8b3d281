"""Everything an operator, a reviewer or a developer may look up stands in the built documentation, explained."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from calguard.conf import DEFAULTS
from calguard.engine.reasons import Reason
from calguard.host import Host
from calguard.integrations.rest import CODES

ROOT = Path(__file__).resolve().parents[1]
CHECK_ID = re.compile(r'"(calguard\.[EW]\d{3})"')
WORDS_NEEDED = 5


def files(folder: str) -> list[str]:
    """The names that a folder of one-thing-per-file registers."""
    return sorted(path.stem for path in (ROOT / folder).glob("*.py") if not path.stem.startswith("_"))


def check_ids() -> list[str]:
    sources = (path.read_text(encoding="utf-8") for path in (ROOT / "calguard").rglob("*.py"))
    return sorted({found for source in sources for found in CHECK_ID.findall(source)})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as text, built as `make docs` builds it: any warning fails."""
    folder = tmp_path_factory.mktemp("docs")
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "DJANGO_"))}
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "--fail-on-warning", "--keep-going", "-b", "text", "docs", str(folder)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def explained(page: Path) -> dict[str, str]:
    """What a built page says below each heading of its reference part."""
    found: dict[str, str] = {}
    name, lines = "", page.read_text(encoding="utf-8").splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        if below and set(below) == {"="} and len(below) >= len(line) > 0:
            name = line.strip('" ')
            found[name] = ""
        elif name and set(line) != {"="}:
            found[name] += line + "\n"
    return found


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("settings", sorted(DEFAULTS)),
        ("detectors", files("calguard/detectors")),
        ("actions", files("calguard/actions")),
        ("checks", check_ids()),
        ("commands", files("calguard/management/commands") + files("demo/management/commands")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_is_explained(built: Path, page: str, names: list[str]) -> None:
    assert names
    found = explained(built / f"{page}.txt")
    assert [name for name in names if name not in found] == []
    assert [name for name in names if len(found[name].replace("Default:", "").split()) < WORDS_NEEDED] == []


def test_every_code_that_an_api_client_may_meet_is_on_the_page_of_apis(built: Path) -> None:
    page = (built / "embedding.txt").read_text(encoding="utf-8")
    assert [code for code in [*(reason.value for reason in Reason), *CODES] if f'"{code}"' not in page] == []


def test_every_public_reason_is_reported_by_a_detector_or_known_to_the_shell(built: Path) -> None:
    """A reason that nothing gives is a promise to translators and API clients that nobody keeps."""
    detectors = (built / "detectors.txt").read_text(encoding="utf-8")
    shell = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "calguard").rglob("*.py"))
    unused = [
        reason.value
        for reason in Reason
        if f'"{reason.value}"' not in detectors and f"Reason.{reason.name}" not in shell
    ]
    assert unused == []


def test_links_between_pages_lead_somewhere() -> None:
    broken = [
        f"{page.name}: {target}"
        for page in (ROOT / "docs").glob("*.md")
        for target in re.findall(r"\]\(([\w-]+\.md)", page.read_text(encoding="utf-8"))
        if not (ROOT / "docs" / target).exists()
    ]
    assert broken == []


def test_every_method_of_the_adapter_has_its_row() -> None:
    table = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8").partition("### The adapter")[2]
    named = {
        name for row in re.findall(r"^\| (`[^|]+) \|", table, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert {name for name in vars(Host) if not name.startswith("_")} - named == set()


def test_what_the_embedding_page_imports_exists() -> None:
    """The page is copied by operators: each `from calguard... import ...` in its code must work."""
    text = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")
    wanted = re.findall(r"^from (calguard[\w.]*) import (\w+)", text, re.MULTILINE)
    assert wanted
    assert [f"{module}.{name}" for module, name in wanted if not _exists(module, name)] == []
    for path in re.findall(r'"(calguard\.[a-z_.]+\.[A-Z]\w+)"', text):
        module, _, name = path.rpartition(".")
        assert _exists(module, name), path


def _exists(module: str, name: str) -> bool:
    return hasattr(import_module(module), name) or find_spec(f"{module}.{name}") is not None
