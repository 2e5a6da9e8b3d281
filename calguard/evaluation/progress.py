"""How far a run is, on one line of a terminal; nothing where stderr is none."""

from __future__ import annotations

import time
from typing import TextIO

WIDTH = 30
EVERY = 0.2  # seconds


class Progress:
    def __init__(self, stream: TextIO) -> None:
        self._stream, self._shown = stream, stream.isatty()
        self._next = 0.0

    def step(self, done: float | None, count: int) -> None:
        """`done` from 0 to 1, None where it cannot be known."""
        now = time.monotonic()
        if not self._shown or now < self._next:
            return
        self._next = now + EVERY
        filled = round(WIDTH * min(1.0, done or 0.0))
        share = f"[{'#' * filled}{'.' * (WIDTH - filled)}] {done:4.0%} " if done is not None else ""
        self._write(f"{share}{count} judged")

    def end(self) -> None:
        """The line is cleared for what comes after it."""
        if self._shown:
            self._write("")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()
