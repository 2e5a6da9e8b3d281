"""The demo's own tests: it has a user model of its own, and so settings of its own."""

import pytest

from tests.support.matrix import ROOT, run


@pytest.mark.skipif(not (ROOT / "tests" / "demo").is_dir(), reason="there are no tests in tests/demo")
def test_the_demo_under_its_own_settings() -> None:
    run(["tests/demo"], DJANGO_SETTINGS_MODULE="tests.demo_settings")
