"""A directory for models, named in the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from calguard.retraining.store import Store
from tests.guard.conftest import person  # noqa: F401  a fixture


@pytest.fixture
def store(tmp_path: Path, settings: Any) -> Store:
    folder = tmp_path / "models"
    folder.mkdir()
    settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": str(folder)}
    return Store(folder)
