"""Corrects a text model by an operator's own cases: the least change of its weights that explains them (extra `ml`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log, sqrt
from typing import Any

from calguard.engine.textmodel import BUCKETS, WORST, TextModel, Written, load
from calguard.learning.examples import Example
from calguard.learning.train import TooLittleError, windows

STRENGTH = 6.0  # inverse of the penalty on change
LEAST = 10  # groups of either kind
SHARED = 2  # groups that must have said a word before it may count: what one customer alone wrote leaves no trace


@dataclass(frozen=True, slots=True)
class _Windows:
    """Stretches of all examples: their features, what they are, and how much each counts."""

    features: list[list[int]]
    abuse: list[bool]
    weights: list[float]


def adapt(base: TextModel, examples: Iterable[Example], about: Mapping[str, Any] | None = None) -> TextModel:
    """`base` with other weights where the examples ask for it; its scale, bias and bands stay as they were.

    The examples' words explain what `base` gets wrong of them, and words it gets right keep their weights, so that
    texts unlike any of the examples are judged as before. Same input, same octets. TooLittleError with fewer than
    LEAST groups of either kind; ImportError without scikit-learn.
    """
    import numpy as np

    known = sorted((e for e in examples if any(text for _, text in e.texts)), key=lambda example: example.group)
    for abuse in (True, False):
        groups = len({example.group for example in known if example.abuse is abuse})
        if groups < LEAST:
            raise TooLittleError(f"{groups} groups of {'abuse' if abuse else 'benign'} texts, {LEAST} needed")
    found, rarity = _stretches(known), _rarity(known)
    before = np.frombuffer(base.weights, dtype=np.int8).astype(np.float64) * base.unit
    change = _change(found, rarity, before, base)
    stored = np.frombuffer(base.weights, dtype=np.int8).copy()
    for feature, worth in change.items():
        stored[feature] = np.clip(np.rint((before[feature] + worth) / base.unit), -WORST, WORST)
    made = {
        "based_on": base.version,
        "abuse": sum(example.abuse for example in known),
        "benign": sum(not example.abuse for example in known),
        **(about or {}),
    }
    return load(replace(base, weights=memoryview(stored.tobytes()).cast("b"), about=made).octets())


def _stretches(examples: Sequence[Example]) -> _Windows:
    """Every stretch of an innocent text is innocent; the stretches of an abusive one share its weight."""
    mask = BUCKETS - 1
    found = _Windows([], [], [])
    total = {kind: sum(example.weight for example in examples if example.abuse is kind) for kind in (True, False)}
    for example in examples:
        written = Written.of(example.texts)
        spans = windows(len(written.singles))
        parts = len(spans) if example.abuse else sqrt(len(spans))
        for start, end in spans:
            pairs = written.pairs[start : max(start, end - 1)]
            found.features.append(sorted({bucket & mask for bucket in (*written.singles[start:end], *pairs)}))
            found.abuse.append(example.abuse)
            found.weights.append(example.weight / parts * len(examples) / (2 * total[example.abuse]))
    return found


def _rarity(examples: Sequence[Example]) -> dict[int, float]:
    """How much a feature tells: nothing where all groups have it, and none at all of what fewer than SHARED have."""
    mask = BUCKETS - 1
    seen: dict[int, int] = {}
    last: dict[int, str] = {}  # the examples come group by group
    groups = len({example.group for example in examples})
    for example in examples:
        written = Written.of(example.texts)
        for feature in {bucket & mask for bucket in (*written.singles, *written.pairs)}:
            if last.get(feature) != example.group:
                last[feature] = example.group
                seen[feature] = seen.get(feature, 0) + 1
    return {feature: log((1 + groups) / (1 + n)) for feature, n in seen.items() if n >= SHARED}


def _change(found: _Windows, rarity: Mapping[int, float], before: Any, base: TextModel) -> dict[int, float]:
    """By feature, what to add to its weight in log odds: a logistic regression that begins at what `base` says."""
    import numpy as np
    from scipy.optimize import minimize
    from scipy.sparse import csr_matrix

    columns = {feature: index for index, feature in enumerate(sorted(rarity))}
    scale = np.array([rarity[feature] for feature in columns])
    pointers, indices, values, said = [0], [], [], []
    for row in found.features:
        size = 1 / sqrt(max(len(row), 1) + base.smoothing)
        said.append(base.bias + size * float(before[row].sum()))
        kept = [columns[feature] for feature in row if feature in columns]
        indices += kept
        values += [size * float(scale[column]) for column in kept]
        pointers.append(len(indices))
    table = csr_matrix((values, indices, pointers), shape=(len(found.features), len(columns)), dtype=np.float64)
    sign, offset, weight = np.where(found.abuse, 1.0, -1.0), np.array(said), np.array(found.weights)

    def loss(change: Any) -> tuple[float, Any]:
        margin = sign * (offset + table @ change)
        doubt = weight * np.exp(-np.logaddexp(0, margin))
        value = float(weight @ np.logaddexp(0, -margin)) + float(change @ change) / (2 * STRENGTH)
        return value, change / STRENGTH - table.T @ (sign * doubt)

    solved = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return {feature: float(solved[index] * scale[index]) for feature, index in columns.items()}
