"""The operator's text models on disk: one file and its record per version, and a pointer to the one in use."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POINTER = "active.json"
VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_HISTORY = 50


class StoreError(Exception):
    """The directory or a file in it cannot be used; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pointer:
    """Which version is in use, "" for the shipped one, and what was in use before, newest last."""

    version: str = ""
    sha256: str = ""
    history: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """One version: its octets are checked against the checksum whenever they are read."""

    version: str
    sha256: str
    record: Mapping[str, Any] = field(default_factory=dict)  # how it was made and what it reached


class Store:
    """`folder` must be there and be writable for whoever trains; whoever judges only reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def add(self, octets: bytes, record: Mapping[str, Any], stamp: str) -> Stored:
        """Keep a model, without putting it to use. `stamp` is the time, as in 20260615T100000Z."""
        sha256 = hashlib.sha256(octets).hexdigest()
        stored = Stored(version=f"{stamp}-{sha256[:8]}", sha256=sha256, record=record)
        self._write(f"{stored.version}.model", octets)
        said = {"version": stored.version, "sha256": sha256, **record}
        self._write(f"{stored.version}.json", json.dumps(said, indent=1, sort_keys=True).encode())
        return stored

    def versions(self) -> list[Stored]:
        """All that are whole, oldest first."""
        try:
            names = sorted(path.stem for path in self.folder.glob("*.json") if VERSION.fullmatch(path.stem))
        except OSError as error:
            raise StoreError(f"{self.folder} cannot be read: {error.strerror or error}") from error
        found = []
        for name in names:
            try:
                found.append(self.get(name))
            except StoreError:
                continue
        return found

    def get(self, version: str) -> Stored:
        if not VERSION.fullmatch(version):
            raise StoreError(f"{version!r} is no version; --list shows them")
        said = self._json(f"{version}.json")
        return Stored(version=version, sha256=str(said.get("sha256", "")), record=said)

    def octets(self, stored: Stored) -> bytes:
        """The model of a version. Raises StoreError where it is gone or is not what was stored."""
        path = self.folder / f"{stored.version}.model"
        try:
            octets = path.read_bytes()
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
        if hashlib.sha256(octets).hexdigest() != stored.sha256:
            raise StoreError(f"{path} is not what was stored: its checksum differs")
        return octets

    def pointer(self) -> Pointer:
        if not (self.folder / POINTER).exists():
            return Pointer()
        return read_pointer(self.folder / POINTER)

    def activate(self, stored: Stored) -> Pointer:
        """Put a version to use, in one step for whoever reads. Repeating it changes nothing; a damaged pointer is
        replaced, and what it said is lost."""
        self.octets(stored)
        try:
            now = self.pointer()
        except StoreError:
            now = Pointer()
        if now.version == stored.version:
            return now
        return self._point(
            Pointer(version=stored.version, sha256=stored.sha256, history=(*now.history, now.version)[-_HISTORY:])
        )

    def roll_back(self) -> Pointer:
        """Back to what was in use before; raises StoreError where there is nothing before, or it is gone."""
        now = self.pointer()
        if not now.history:
            raise StoreError("no version was in use before this one")
        *history, before = now.history
        if not before:
            return self._point(Pointer(history=tuple(history)))
        stored = self.get(before)
        self.octets(stored)
        return self._point(Pointer(version=before, sha256=stored.sha256, history=tuple(history)))

    def _point(self, pointer: Pointer) -> Pointer:
        said = {"version": pointer.version, "sha256": pointer.sha256, "history": list(pointer.history)}
        self._write(POINTER, json.dumps(said, indent=1).encode())
        return pointer

    def _json(self, name: str) -> dict[str, Any]:
        return _read_json(self.folder / name)

    def _write(self, name: str, octets: bytes) -> None:
        """In one step, and on disk before it is seen: no process ever reads half a file."""
        draft = self.folder / f".{name}.{os.getpid()}"
        try:
            with draft.open("wb") as file:
                file.write(octets)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.folder / name)
        except OSError as error:
            raise StoreError(f"{self.folder / name} cannot be written: {error.strerror or error}") from error
        finally:
            draft.unlink(missing_ok=True)


def read_pointer(path: Path) -> Pointer:
    """The pointer in a file; raises StoreError where it is none."""
    said = _read_json(path)
    version, history = said.get("version"), said.get("history", [])
    known = isinstance(version, str) and isinstance(history, list) and all(isinstance(name, str) for name in history)
    if not known or (version and not VERSION.fullmatch(str(version))):
        raise StoreError(f"{path} names no version")
    return Pointer(version=str(version), sha256=str(said.get("sha256", "")), history=tuple(history))


def _read_json(path: Path) -> dict[str, Any]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise StoreError(f"{path} is damaged: {error}") from error
    if not isinstance(said, dict):
        raise StoreError(f"{path} is damaged: no JSON object")
    return said
