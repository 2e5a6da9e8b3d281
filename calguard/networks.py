"""Compiles the operator's text files of networks into the one file that checks read, and says when they changed."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import maxminddb

from calguard import alarm, iplists
from calguard.conf import conf

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
Sources = Mapping[str, Sequence[Path]]


class CompileError(Exception):
    """Nothing was written; the message names the file, the line, or what is not installed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """What a file was made of."""

    networks: int
    lists: tuple[str, ...]


def compile_lists(sources: Sources, out: Path) -> Compiled:
    """Write `out` anew, in one step. CompileError where a source is wrong: the file that was there stays."""
    stamp = digest(sources)  # before they are read: what changes meanwhile is compiled again
    lists = {name: [network for path in paths for network in read(path)] for name, paths in sources.items()}
    writer = _writer(stamp)
    from netaddr import IPSet  # comes with mmdb-writer

    records = iplists.merged(lists)
    for network, names in records.items():
        writer.insert_network(IPSet([str(network)]), {"lists": list(names)})
    _replace(out, writer)
    return Compiled(networks=len(records), lists=tuple(sorted(lists)))


def refresh() -> Compiled | None:
    """Compile the files of IP_LIST_FILES into IP_LISTS if they say something else than it was made of; None where
    there is nothing to do. What is wrong with them is an alarm, and the last good file stays in use."""
    sources, out = conf.ip_list_files, conf.ip_lists
    if not sources or out is None:
        return None
    try:
        return compile_lists(sources, out) if is_stale(sources, out) else None
    except CompileError as error:
        alarm.raised("iplists.compile", error)
        return None


def is_stale(sources: Sources, out: Path) -> bool:
    """Whether the file is not there, or was made of something else. CompileError where a source cannot be read."""
    return digest(sources) != made_of(out)


def digest(sources: Sources) -> str:
    """One number for all that the sources say, whatever their dates. CompileError where one cannot be read."""
    found = hashlib.sha256()
    try:
        for name, paths in sorted(sources.items()):
            for path in paths:
                found.update(f"{name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    except OSError as error:
        raise CompileError(str(error)) from error
    return found.hexdigest()


def read(path: Path) -> list[iplists.Network]:
    """The networks in one source. CompileError names the first wrong line."""
    try:
        return list(iplists.read_list(path))
    except (OSError, UnicodeDecodeError, iplists.ListError) as error:
        raise CompileError(str(error)) from error


def made_of(out: Path) -> str:
    """The digest of the sources a compiled file was made of; "" where it does not say, or is not there."""
    try:
        with maxminddb.open_database(out) as reader:
            return str(reader.metadata().description.get("en", "")).rpartition(" ")[2]
    except (OSError, maxminddb.InvalidDatabaseError):
        return ""


def _writer(stamp: str) -> Any:
    try:
        from mmdb_writer import MMDBWriter
    except ImportError as error:
        raise CompileError("Compiling lists needs mmdb-writer: pip install 'calguard[lists]'") from error
    about = {"en": f"CalGuard lists {stamp}"}
    return MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=iplists.KIND, description=about)


def _replace(out: Path, writer: Any) -> None:
    """In one step, so that no process ever maps half a file."""
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        writer.to_db_file(str(draft))
        draft.replace(out)
    except OSError as error:
        raise CompileError(f"{out} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
