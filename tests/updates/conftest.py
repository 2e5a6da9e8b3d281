"""The people of the guard's tests."""

from tests.guard.conftest import person, work

__all__ = ["person", "work"]
