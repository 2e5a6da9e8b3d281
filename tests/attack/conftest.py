"""The attacks run against the same people and workers as the guard's own tests."""

from tests.guard.conftest import person, work

__all__ = ["person", "work"]
