"""The demo's secret key, made on the first run and kept in its data folder."""

from __future__ import annotations

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

NAME = "secret-key"


def secret_key(data: Path) -> str:
    """The kept key. Where none was made yet (tests, a plain scan) one for this process only; nothing is written."""
    try:
        return (data / NAME).read_text(encoding="ascii")
    except FileNotFoundError:
        return get_random_secret_key()


def make_secret_key(data: Path) -> str:
    """Keep a key if there is none, readable by its owner alone; returns the kept one."""
    data.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(data / NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return secret_key(data)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(get_random_secret_key())
    return secret_key(data)
