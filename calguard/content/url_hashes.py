"""An address as the hashes that block lists know it by: itself, and each of its hosts and folders."""

from __future__ import annotations

import hashlib
import re

from ada_url import URL

MAX_HOSTS = 5
MAX_FOLDERS = 4
MAX_LENGTH = 4096

_SLASHES = re.compile(r"/{2,}")


def canonical(url: str) -> str:
    """ "host/path?query" of an address, without scheme, user, port and fragment; "" where it has no host.

    The host is as a browser resolves it, doubled slashes are one, and percent-encoding is the shortest.
    """
    try:
        parsed = URL(url if "://" in url[:12] else f"http://{url}")
    except ValueError:
        return ""
    host = str(parsed.hostname).strip(".")
    if not host:
        return ""
    path = _SLASHES.sub("/", str(parsed.pathname)) or "/"
    return f"{host}{path}{parsed.search}"[:MAX_LENGTH]


def expressions(url: str) -> list[str]:
    """What a list may have hashed: up to five hosts, the address's own and its parents, each with the whole path and
    query, the path, the front page and up to four folders from the top. At most 35, in a fixed order."""
    text = canonical(url)
    host, slash, rest = text.partition("/")
    if not slash:
        return []
    path = rest.partition("?")[0]
    folders = path.split("/")[:-1][:MAX_FOLDERS]
    paths = [f"/{rest}", f"/{path}", "/", *("/" + "/".join(folders[: n + 1]) + "/" for n in range(len(folders)))]
    return [f"{name}{tail}" for name in _hosts(host) for tail in dict.fromkeys(paths)]


def hashes(url: str) -> list[str]:
    """SHA-256, in hexadecimal, of each of `expressions`."""
    return [digest(expression) for expression in expressions(url)]


def digest(expression: str) -> str:
    return hashlib.sha256(expression.encode("utf-8", "replace")).hexdigest()


def _hosts(host: str) -> list[str]:
    labels = host.split(".")
    if host[-1:].isdigit() or host.startswith("["):
        return [host]
    parents = [".".join(labels[start:]) for start in range(max(1, len(labels) - MAX_HOSTS), len(labels) - 1)]
    return [host, *parents][:MAX_HOSTS]
