"""The text model in use: the operator's own where one was put to use, and the shipped one otherwise."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from calguard import alarm
from calguard.conf import conf
from calguard.engine import textmodel
from calguard.engine.textmodel import TextModel
from calguard.retraining.store import POINTER, Store, StoreError, read_pointer
from calguard.watched import Watched

UNUSABLE = (textmodel.ModelError, StoreError, OSError, ValueError, LookupError, TypeError, zlib.error)


@dataclass(frozen=True, kw_only=True, slots=True)
class InUse:
    """`model` None means the shipped one; `problem` says why it is not the one that was put to use."""

    version: str = ""
    model: TextModel | None = None
    problem: str = ""


def current() -> TextModel | None:
    """The operator's model, for an Attempt; None where the shipped one judges.

    Running processes follow the pointer. A model that cannot be used is an alarm, once, and never stops judging: what
    was in use in this process stays, else the shipped one is.
    """
    return in_use().model


def in_use() -> InUse:
    folder = conf.text_model_dir
    if folder is None or not (folder / POINTER).exists():
        return InUse()
    return _pointers.get(folder / POINTER) or InUse()


def load(folder: Path, version: str) -> TextModel:
    """A stored version; raises one of UNUSABLE."""
    store = Store(folder)
    return textmodel.load(store.octets(store.get(version)))


def _follow(path: Path) -> InUse:
    """What a pointer leads to. Its failure is a value like any other, so that it is read and told of once."""
    before = _sound.get(path, InUse())
    version = ""
    try:
        pointer = read_pointer(path)
        version = pointer.version
        if not version:
            found = InUse()
        else:
            store = Store(path.parent)
            stored = store.get(version)
            if stored.sha256 != pointer.sha256:
                raise StoreError(f"the record of {version} is not the one that was put to use")
            found = InUse(version=version, model=textmodel.load(store.octets(stored)))
    except UNUSABLE as error:
        alarm.raised("text_model", error)
        return InUse(version=before.version, model=before.model, problem=f"{version or POINTER}: {error}")
    _sound[path] = found
    return found


_sound: dict[Path, InUse] = {}
_pointers: Watched[InUse] = Watched("text_model", _follow, (OSError,))
