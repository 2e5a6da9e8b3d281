"""Operator files that running processes follow: read once, and again when another file stands in their place."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from calguard import alarm

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Seen(Generic[Value]):
    stamp: tuple[int, int, int]  # device, inode and time of change: a replaced file differs in one of them
    value: Value


class Watched(Generic[Value]):
    """The files of one kind. `load` makes a value of one; `errors` are what it, or the file system, may raise."""

    def __init__(self, where: str, load: Callable[[Path], Value], errors: tuple[type[Exception], ...]) -> None:
        self.where, self.load, self.errors = where, load, errors
        self._seen: dict[Path, _Seen[Value]] = {}
        self._lock = threading.Lock()

    def get(self, path: Path) -> Value | None:
        """What the file says now. One that cannot be read is an alarm, and what was read of it before stays in use;
        None where there is nothing to stay."""
        known = self._seen.get(path)
        try:
            found = path.stat()
            stamp = (found.st_dev, found.st_ino, found.st_mtime_ns)
            if known is not None and known.stamp == stamp:
                return known.value
            value = self.load(path)
        except self.errors as error:
            alarm.raised(self.where, error)
            return known.value if known is not None else None
        with self._lock:
            self._seen[path] = _Seen(stamp, value)
        return value
