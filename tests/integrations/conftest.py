"""The people and the workers of tests/guard, for hosts embedded in each way."""

from tests.guard.conftest import person, work

__all__ = ["person", "work"]
