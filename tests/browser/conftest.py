"""People in front of a real browser, on the running demo."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.story.acting import Stage
from tests.support.demo import LiveDemo

expect.set_options(timeout=15_000)


@pytest.fixture(scope="session")
def stage(live_demo: LiveDemo) -> Stage:
    return Stage(live_demo)
