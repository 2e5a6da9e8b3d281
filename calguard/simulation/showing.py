"""How far a run is: a line on a terminal, now and then a line in a log."""

from __future__ import annotations

import time
from typing import TextIO

OFTEN, SELDOM = 0.3, 20.0  # seconds


class Progress:
    def __init__(self, stream: TextIO) -> None:
        self._stream, self._live = stream, stream.isatty()
        self._next = 0.0

    def step(self, part: str, done: float) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (OFTEN if self._live else SELDOM)
        text = f"{part} {done:4.0%}"
        self._stream.write(f"\r{text}\x1b[K" if self._live else f"{text}\n")
        self._stream.flush()

    def end(self) -> None:
        if self._live:
            self._stream.write("\r\x1b[K")
