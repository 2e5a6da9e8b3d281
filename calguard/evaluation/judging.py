"""Judges the lines of a file of labelled events, here or in several processes, in the order of the file."""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from calguard.content.reader import read
from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.textmodel import TextModel, load
from calguard.engine.types import Verdict
from calguard.evaluation import records
from calguard.evaluation.records import MalformedError, Record
from calguard.scan import Setting, attempt

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # always the same, so that a run can be repeated
AT_ONCE = 50  # lines given to a process at a time
AHEAD = 4  # such parcels waiting per process

Line = tuple[int, bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One signal that weighed."""

    signal: str  # "detector.code"
    points: float
    said: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """What became of one record."""

    number: int  # of its line, from 1
    record: Record
    verdict: Verdict
    score: float
    reasons: tuple[str, ...]  # public codes, as the sender would be told
    signals: tuple[Reason, ...]
    reading: float  # seconds, for the octets
    judging: float  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Malformed:
    number: int
    problem: str


def run(lines: Iterable[Line], persona: str, jobs: int = 1, model: Path | None = None) -> Iterator[Judged | Malformed]:
    """An answer for each line, in their order. At most a few hundred lines are in memory, whatever the number.

    `model` is the file of a text model to judge with instead of the shipped one; ModelError where it is none.
    """
    text_model(model)
    if jobs <= 1:
        for line in lines:
            yield one(line, persona, model)
        return
    stream = iter(lines)
    waiting: deque[Future[list[Judged | Malformed]]] = deque()
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            while parcel := list(islice(stream, AT_ONCE)):
                waiting.append(pool.submit(_parcel, parcel, persona, model))
                if len(waiting) > jobs * AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def one(line: Line, persona: str, model: Path | None = None) -> Judged | Malformed:
    number, octets = line
    try:
        fields = records.parse(octets, number)
    except MalformedError as error:
        return Malformed(number=number, problem=str(error))
    return _judged(number, fields, setting(persona, model))


@lru_cache(maxsize=4)
def setting(persona: str, model: Path | None = None) -> Setting:
    return Setting(persona=persona, to=(), now=NOW, policy=Policy.shipped(), text_model=text_model(model))


@lru_cache(maxsize=4)
def text_model(path: Path | None) -> TextModel | None:
    """The model in a file, read once; None, which means the shipped one, where no file is named."""
    return load(path.read_bytes()) if path is not None else None


def _parcel(lines: list[Line], persona: str, model: Path | None) -> list[Judged | Malformed]:
    return [one(line, persona, model) for line in lines]


def _judged(number: int, fields: dict[str, Any], sending: Setting) -> Judged:
    octets = records.calendar(fields)
    started = time.thread_time()  # of the processor, which others may be using too
    content = read(octets)
    made, _ = attempt(content, sending)
    between = time.thread_time()
    judgement = judge(made, sending.policy)
    ended = time.thread_time()
    return Judged(
        number=number,
        record=records.record(fields),
        verdict=judgement.verdict,
        score=judgement.score,
        reasons=judgement.reasons,
        signals=tuple(
            Reason(signal=f"{signal.detector}.{signal.code}", points=signal.points, said=signal.reason)
            for signal in judgement.signals
        ),
        reading=between - started,
        judging=ended - between,
    )
