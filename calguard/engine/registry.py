"""Finds the detectors: one file in calguard/detectors, one function of the same name, nothing to edit elsewhere."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import get_args

from calguard.engine.reasons import Reason
from calguard.engine.types import Attempt, Group, Signal

PACKAGE = "calguard.detectors"

Look = Callable[[Attempt], Iterator[Signal]]


class RegistryError(Exception):
    """A detector is written wrongly; raised when the package is first read, so at start-up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Detector:
    """A detector as the judge sees it."""

    name: str  # the file, the function, the policy's prefix
    group: Group
    codes: Mapping[str, Reason]  # what it may report, and what the sender is told
    doc: str  # what a reviewer reads
    look: Look


def detector(*, group: Group, codes: Mapping[str, Reason]) -> Callable[[Look], Look]:
    """Register the function named like its file; `codes` lists all it may ever report."""

    def mark(look: Look) -> Look:
        name = look.__name__
        if look.__module__.rpartition(".")[2] != name:
            raise RegistryError(f"{look.__module__}: the function must be named like its file, not {name!r}")
        if group not in get_args(Group):
            raise RegistryError(f"{name}: unknown group {group!r}; known: {', '.join(get_args(Group))}")
        if not codes:
            raise RegistryError(f"{name}: a detector needs at least one code")
        unknown = [reason for reason in codes.values() if not isinstance(reason, Reason)]
        if unknown:
            raise RegistryError(f"{name}: unknown public reason {unknown[0]!r}")
        if not (look.__doc__ or "").strip():
            raise RegistryError(f"{name}: a reviewer needs its docstring")
        doc = " ".join((look.__doc__ or "").split())
        found = Detector(name=name, group=group, codes=dict(codes), doc=doc, look=look)
        vars(look)["detector"] = found
        return look

    return mark


def collect(package: str) -> tuple[Detector, ...]:
    """Every detector below a package, in name order; RegistryError where a file holds none or a name comes twice."""
    found: dict[str, Detector] = {}
    for module_info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if module_info.ispkg:
            continue
        name = module_info.name.rpartition(".")[2]
        look = getattr(importlib.import_module(module_info.name), name, None)
        entry = getattr(look, "detector", None)
        if not isinstance(entry, Detector):
            raise RegistryError(f"{module_info.name}: no function {name}() decorated with @detector")
        if name in found:
            raise RegistryError(f"{module_info.name}: there is already a detector named {name}")
        found[name] = entry
    return tuple(found[name] for name in sorted(found))


@cache
def detectors() -> tuple[Detector, ...]:
    """The shipped detectors, in name order."""
    return collect(PACKAGE)


@cache
def known_codes() -> Mapping[str, Reason]:
    """Every "detector.code" there is, with its public reason."""
    return {f"{entry.name}.{code}": reason for entry in detectors() for code, reason in entry.codes.items()}
