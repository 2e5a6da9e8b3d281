"""Says on stderr how far the run is: one line rewritten on a terminal, one line per step elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TextIO

BAR = 24


class Progress:
    """Silent between steps; `close` leaves the terminal on a fresh line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.began = time.monotonic()

    def at(self, label: str, done: int, total: int) -> None:
        """`done` of `total` alternations of one part are over."""
        filled = round(BAR * done / max(1, total))
        self._write(f"[{'#' * filled}{'.' * (BAR - filled)}] {label}: {done} of {total}")

    def note(self, text: str) -> None:
        self._write(text)

    def close(self) -> None:
        if self.live:
            self.stream.write("\n")

    def _write(self, text: str) -> None:
        seconds = time.monotonic() - self.began
        line = f"{seconds:5.0f} s  {text}"
        self.stream.write(f"\r{line:<100}" if self.live else f"{line}\n")
        self.stream.flush()
