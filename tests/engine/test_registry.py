"""Detectors are found by being there, and written wrongly they stop the start."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from calguard.engine import registry
from calguard.engine.reasons import Reason
from calguard.engine.types import Group

HEAD = """
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Signal
"""
GOOD = (
    HEAD
    + '''
@detector(group="text", codes={{"seen": Reason.HIDDEN_TEXT}})
def {name}(attempt):
    """Sees."""
    yield Signal(code="seen", reason="seen")
'''
)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package of detectors, importable as `panel`."""
    folder = tmp_path / "panel"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for name in [name for name in sys.modules if name == "panel" or name.startswith("panel.")]:
        del sys.modules[name]


def test_every_shipped_file_is_one_detector() -> None:
    folder = Path(registry.__file__).parent.parent / "detectors"
    files = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert [entry.name for entry in registry.detectors()] == files
    for entry in registry.detectors():
        assert entry.group in get_args(Group)
        assert len(entry.doc) > 60, f"{entry.name}: a reviewer reads the docstring"
        assert all(isinstance(reason, Reason) for reason in entry.codes.values())


def test_a_new_file_is_a_new_detector(package: Path) -> None:
    (package / "moon.py").write_text(GOOD.format(name="moon"))
    (package / "ant.py").write_text(GOOD.format(name="ant"))
    assert [entry.name for entry in registry.collect("panel")] == ["ant", "moon"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n", "no function moon"),
        (GOOD.format(name="sun"), "named like its file"),
        (GOOD.format(name="moon").replace('"text"', '"texts"'), "unknown group 'texts'"),
        (GOOD.format(name="moon").replace('{"seen": Reason.HIDDEN_TEXT}', "{}"), "at least one code"),
        (GOOD.format(name="moon").replace("Reason.HIDDEN_TEXT", '"hidden"'), "unknown public reason 'hidden'"),
        (GOOD.format(name="moon").replace('"""Sees."""', ""), "docstring"),
    ],
)
def test_a_detector_written_wrongly_is_an_error_at_start(package: Path, text: str, complaint: str) -> None:
    (package / "moon.py").write_text(text)
    with pytest.raises(registry.RegistryError, match=complaint):
        registry.collect("panel")


def test_two_of_one_name_are_an_error(package: Path) -> None:
    (package / "moon.py").write_text(GOOD.format(name="moon"))
    (package / "deeper").mkdir()
    (package / "deeper" / "__init__.py").touch()
    (package / "deeper" / "moon.py").write_text(GOOD.format(name="moon"))
    with pytest.raises(registry.RegistryError, match="already a detector named moon"):
        registry.collect("panel")
