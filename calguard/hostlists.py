"""The operator's lists of hosts and domains, read from files and read anew when they change, without a restart."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from calguard.conf import conf
from calguard.engine.types import Lists
from calguard.watched import Watched

NAMES = frozenset(field.name for field in fields(Lists))


def current() -> tuple[Lists, frozenset[str]]:
    """The lists as they are now, and the names of those that could not be had, for the policy's failure modes.

    A file that is gone or damaged is an alarm; what was read of it before stays in use and is not missing.
    """
    found: dict[str, frozenset[str]] = {}
    missing: set[str] = set()
    for name, path in conf.lists.items():
        entries = _files.get(path)
        if entries is None:
            missing.add(f"lists.{name}")
        elif name in NAMES:
            found[name] = entries
    return Lists(**found), frozenset(missing)


def read_list(text: str) -> list[str]:
    """One host or domain a line, also as hosts files and filter lists write them; what follows # is a comment.

    "0.0.0.0 evil.example", "||evil.example^" and "https://evil.example/path" all mean evil.example. Names beyond ASCII
    are taken in their punycode form.
    """
    found = []
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words or words[0].startswith("!"):
            continue
        word = words[-1].removeprefix("||").removesuffix("^")
        host = word.rpartition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].strip(".").lower()
        if host:
            found.append(host if host.isascii() else host.encode("idna").decode())
    return found


def _load(path: Path) -> frozenset[str]:
    return frozenset(read_list(path.read_text(encoding="utf-8-sig")))


_files: Watched[frozenset[str]] = Watched("hostlists", _load, (OSError, ValueError))
