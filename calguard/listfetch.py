"""Fetches the lists an operator has chosen, and keeps the last good copy of each."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from http.client import HTTPException
from pathlib import Path
from typing import IO, Literal
from urllib.error import HTTPError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from calguard import alarm
from calguard.conf import conf

MAX_OCTETS = 64 * 1024 * 1024
WAIT_SECONDS = 10  # for a connection, and for each piece of an answer
TOTAL_SECONDS = 120
PIECE = 64 * 1024
OLD = timedelta(hours=24)  # since the last good look at a source, before the doctor warns

State = Literal["new", "same", "failed"]


class FetchError(Exception):
    """A source gave nothing that may replace the last good copy; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """What is known of one source; kept beside its copy."""

    source: str  # without user, password and query
    looked_at: str = ""  # ISO 8601; the last time it was asked
    good_at: str = ""  # the last time it answered with a list, or that nothing has changed
    entries: int = 0
    etag: str = ""
    last_modified: str = ""
    error: str = ""

    def age(self, at: datetime) -> timedelta | None:
        """Since it was last known to be good; None for never."""
        return at - datetime.fromisoformat(self.good_at) if self.good_at else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    name: str
    record: Record
    state: State


def refresh(*, at: datetime) -> list[Outcome]:
    """Look at every source once. Safe to run twice, and at once: a copy is replaced whole or not at all."""
    if conf.list_dir is None:
        return []
    conf.list_dir.mkdir(parents=True, exist_ok=True)
    return [_refresh(name, source, at) for name, sources in conf.list_sources.items() for source in sources]


def records() -> Iterator[tuple[str, Record]]:
    """What is known of every configured source, with the list it is for."""
    for name, sources in conf.list_sources.items():
        for source in sources:
            yield name, record_of(source)


def copy_of(source: str) -> Path:
    """Where the copy of a source is kept."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:20]
    return (conf.list_dir or Path()) / f"{digest}.txt"


def record_of(source: str) -> Record:
    path = copy_of(source).with_suffix(".json")
    try:
        return Record(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return Record(source=shown(source))


def shown(source: str) -> str:
    """A source without what may be secret in it."""
    parts = urlsplit(source)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", "")) if parts.netloc else source


def is_web(source: str) -> bool:
    return source.lower().startswith("https://")


def _refresh(name: str, source: str, at: datetime) -> Outcome:
    known = replace(record_of(source), looked_at=at.isoformat())
    copy = copy_of(source)
    state: State
    try:
        found = _fetched(source, known if copy.is_file() else Record(source=known.source))
        if found is None:
            record, state = replace(known, good_at=known.looked_at, error=""), "same"
        else:
            octets, etag, modified = found
            entries = _counted(name, octets)
            _write(copy, octets)
            record = replace(
                known, good_at=known.looked_at, entries=entries, etag=etag, last_modified=modified, error=""
            )
            state = "new"
    except (FetchError, OSError, HTTPException, ValueError) as error:
        alarm.raised("listfetch", error)
        record, state = replace(known, error=f"{type(error).__name__}: {error}"[:300]), "failed"
    _write(copy.with_suffix(".json"), json.dumps(asdict(record)).encode())
    return Outcome(name=name, record=record, state=state)


def _counted(name: str, octets: bytes) -> int:
    """How many entries a new copy has; a page that says "maintenance" is no list."""
    from calguard.hostlists import entries_of  # reads what this module keeps: a true cycle

    text = octets.decode("utf-8-sig")
    if "<html" in text[:2000].lower() or "\0" in text[:2000]:
        raise FetchError("this is a page, not a list")
    entries = len(entries_of(name, text, own=False))
    if not entries:
        raise FetchError("it has no entries")
    return entries


def _fetched(source: str, known: Record) -> tuple[bytes, str, str] | None:
    """The octets of a source with what to ask by next time; None where nothing has changed since."""
    if is_web(source):
        return _from_web(source, known)
    path = Path(source)
    modified = str(path.stat().st_mtime_ns)
    if modified == known.last_modified:
        return None
    with path.open("rb") as file:
        return _read(file), "", modified


def _from_web(source: str, known: Record) -> tuple[bytes, str, str] | None:
    headers = {"User-Agent": "CalGuard", "Accept": "text/plain, */*;q=0.1", "Accept-Encoding": "identity"}
    if known.etag:
        headers["If-None-Match"] = known.etag
    if known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    try:
        with _opener().open(Request(source, headers=headers), timeout=WAIT_SECONDS) as answer:  # noqa: S310  https only
            octets = _read(answer)
            announced = answer.headers.get("Content-Length", "")
            if announced.isdigit() and int(announced) != len(octets):
                raise FetchError(f"it broke off after {len(octets)} of {announced} octets")
            return octets, answer.headers.get("ETag", "")[:300], answer.headers.get("Last-Modified", "")[:100]
    except HTTPError as error:
        with error:
            if error.code == 304:
                return None
            raise FetchError(f"it answered {error.code}") from None


def _read(stream: IO[bytes]) -> bytes:
    """All of a stream, within the bounds on size and time."""
    pieces: list[bytes] = []
    size, until = 0, time.monotonic() + TOTAL_SECONDS
    while piece := stream.read(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_OCTETS:
            raise FetchError(f"it is longer than {MAX_OCTETS} octets")
        if time.monotonic() > until:
            raise FetchError(f"it took more than {TOTAL_SECONDS} s")
    return b"".join(pieces)


class _HttpsOnly(HTTPRedirectHandler):
    """Follows a source that has moved, but never out of TLS."""

    max_redirections = 3

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]
        if not is_web(newurl):
            raise FetchError("it redirects out of https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> OpenerDirector:
    """TLS verified against the system's authorities, the environment's proxy, and no scheme but https."""
    opener = OpenerDirector()
    context = ssl.create_default_context()
    for handler in (
        ProxyHandler(),
        HTTPSHandler(context=context),
        HTTPDefaultErrorHandler(),
        _HttpsOnly(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _write(path: Path, octets: bytes) -> None:
    """Replace a file at once, so that a reader sees the old one or the new one."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".fetching-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
