"""Makes the text model: `python -m calguard.learning.train --records FILE` (extra `ml`). Same input, same octets."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

from calguard.engine.textmodel import BANDS, BUCKETS, LARGEST, WORST, Band, TextModel, Written, load
from calguard.learning.examples import Example, of_records, of_templates

SHIPPED = Path(__file__).resolve().parents[1] / "lists" / "text_model.bin"
SEED = 20261122
PER_TEMPLATE = 3
FOLDS = 5
WINDOW = 50  # words that are learned from at a time; windows overlap by half
NONE = -1  # no feature
MOST_WINDOWS = 40  # of one example, from its beginning and its end
SMOOTHING = 20.0
STRENGTH = 0.15  # inverse of the penalty on large weights
COMMON = 3.0  # log rarity of a word that counts plainly
POWER = 2.0  # how much more rare words count than common ones, which tell of tone and era
RARE = 2  # features of fewer examples are left out
LONG = 0.25  # power of its number of windows that a benign text's weight is shared by: a long one counts for more
# Of how links were written before calendars made them clickable; they tell the channel, not the intent.
UNTOLD = frozenset({"http", "https", "www", "html", "htm", "com", "php", "net", "org", "nbsp"})
# Shares of benign examples, out of fold, that may reach each band.
SHARES: Mapping[Band, float] = {"certain": 0.009, "likely": 0.05, "hint": 0.093}


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A model, and the out-of-fold score of every example it was made from, in their order."""

    model: TextModel
    examples: tuple[Example, ...]
    scores: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compared:
    """What one model makes of examples: per band, the shares that reach it."""

    recall: Mapping[Band, float]
    false_positives: Mapping[Band, float]
    abuse: int
    benign: int


class TooLittleError(ValueError):
    """There is not enough of both kinds to learn from."""


def train(
    examples: Iterable[Example],
    *,
    folds: int = FOLDS,
    shares: Mapping[Band, float] = SHARES,
    about: Mapping[str, Any] | None = None,
) -> Trained:
    """Learn from examples in their order. Scores become log odds, and bands are set, on what each fold did not see.

    Raises TooLittleError with fewer than `folds` groups of either kind, ImportError without scikit-learn.
    """
    known = tuple(example for example in examples if Written.of(example.texts).words)
    fold = [_fold(example.group, folds) for example in known]
    for abuse in (True, False):
        groups = {example.group for example in known if example.abuse is abuse}
        if len(groups) < folds:
            raise TooLittleError(f"{len(groups)} groups of {'abuse' if abuse else 'benign'} texts, {folds} needed")
    scores = [0.0] * len(known)
    for number in range(folds):
        seen = [example for example, own in zip(known, fold, strict=True) if own != number]
        if len({example.abuse for example in seen}) < 2:
            raise TooLittleError("one fold has all there is of a kind")
        model = _fit(seen)
        for index, example in enumerate(known):
            if fold[index] == number:
                scores[index] = model.score(example.texts)
    slope, shift = _platt(scores, known)
    scores = [slope * score + shift for score in scores]
    model = _fit(known)
    model = replace(
        model,
        unit=_short(slope * model.unit),
        bias=_short(slope * model.bias + shift),
        bands=_bands(scores, known, shares),
        about={
            "abuse": sum(example.abuse for example in known),
            "benign": sum(not example.abuse for example in known),
            "folds": folds,
            **(about or {}),
        },
    )
    model = load(model.octets())  # as whoever loads it sees it
    return Trained(model=model, examples=known, scores=tuple(scores))


def compare(model: TextModel, examples: Iterable[Example]) -> Compared:
    """What a model makes of examples it has not learned from."""
    reached: dict[bool, list[float]] = {True: [], False: []}
    for example in examples:
        reached[example.abuse].append(model.score(example.texts))

    def share(scores: Sequence[float], least: float) -> float:
        return sum(score >= least for score in scores) / len(scores) if scores else 0.0

    return Compared(
        recall={band: share(reached[True], least) for band, least in model.bands.items()},
        false_positives={band: share(reached[False], least) for band, least in model.bands.items()},
        abuse=len(reached[True]),
        benign=len(reached[False]),
    )


def _fold(group: str, folds: int) -> int:
    return int.from_bytes(blake2b(group.encode(), digest_size=8).digest(), "big") % folds


def windows(count: int) -> list[tuple[int, int]]:
    """Begin and end of each stretch of so many words that is learned from."""
    if count <= WINDOW * 3 // 2:
        return [(0, count)]
    steps = -(-(count - WINDOW) // (WINDOW // 2))
    starts = [round(step * (count - WINDOW) / steps) for step in range(steps + 1)]
    if len(starts) > MOST_WINDOWS:
        starts = [*starts[: MOST_WINDOWS // 2], *starts[-MOST_WINDOWS // 2 :]]
    return [(start, start + WINDOW) for start in starts]


def _fit(examples: Sequence[Example]) -> TextModel:
    """Weights from windows of examples: every window of benign text is benign; those of abuse share its weight.

    Rare words count for more than common ones. The solver works alone and in a fixed order, so the same examples
    give the same weights on any number of cores.
    """
    import numpy as np
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    mask = BUCKETS - 1
    rows: list[list[int]] = []
    labels: list[int] = []
    weights: list[float] = []
    seen: dict[int, int] = {}  # examples by feature
    for example in examples:
        written = Written.of(example.texts)
        untold = [word in UNTOLD for word in written.words]
        singles = [NONE if out else bucket & mask for bucket, out in zip(written.singles, untold, strict=True)]
        pairs = [
            NONE if before or after else bucket & mask
            for bucket, before, after in zip(written.pairs, untold, untold[1:], strict=False)
        ]
        for feature in {*singles, *pairs} - {NONE}:
            seen[feature] = seen.get(feature, 0) + 1
        spans = windows(len(singles))
        share = example.weight / (len(spans) if example.abuse else len(spans) ** LONG)
        for start, end in spans:
            rows.append(sorted({*singles[start:end], *pairs[start : max(start, end - 1)]} - {NONE}))
            labels.append(int(example.abuse))
            weights.append(share)
    columns = {feature: index for index, feature in enumerate(sorted(f for f, n in seen.items() if n >= RARE))}
    rarity = np.array([(log((1 + len(examples)) / (1 + seen[feature])) / COMMON) ** POWER for feature in columns])
    pointers, indices, values = [0], [], []
    for row in rows:
        size = 1 / sqrt(len(row) + SMOOTHING)
        kept = [columns[feature] for feature in row if feature in columns]
        indices += kept
        values += [size * float(rarity[column]) for column in kept]
        pointers.append(len(indices))
    table = csr_matrix((values, indices, pointers), shape=(len(rows), len(columns)), dtype=np.float64)
    learned = LogisticRegression(
        C=STRENGTH, solver="liblinear", class_weight="balanced", intercept_scaling=4.0, tol=1e-3, max_iter=200
    ).fit(table, labels, sample_weight=weights)
    worth = learned.coef_[0] * rarity
    unit = _short(float(np.percentile(np.abs(worth), 99.99)) / WORST)
    stored = np.zeros(BUCKETS, dtype=np.int8)
    stored[list(columns)] = np.clip(np.rint(worth / unit), -WORST, WORST).astype(np.int8)
    return TextModel(
        weights=memoryview(stored.tobytes()).cast("b"),
        unit=unit,
        bias=_short(float(learned.intercept_[0])),
        smoothing=SMOOTHING,
        bands=dict.fromkeys(BANDS, float("-inf")),
    )


def _short(value: float) -> float:
    """Few enough digits to be the same wherever it is computed."""
    return float(f"{value:.6g}")


def _platt(scores: Sequence[float], examples: Sequence[Example]) -> tuple[float, float]:
    """Slope and shift that make out-of-fold scores log odds at even odds, by Newton's method (Platt 1999)."""
    abuse = sum(example.abuse for example in examples)
    sizes = {True: len(examples) / (2 * abuse), False: len(examples) / (2 * (len(examples) - abuse))}
    targets = {True: (abuse + 1) / (abuse + 2), False: 1 / (len(examples) - abuse + 2)}
    rows = [
        (score, targets[example.abuse], sizes[example.abuse]) for score, example in zip(scores, examples, strict=True)
    ]
    slope, shift = 1.0, 0.0
    for _ in range(50):
        g1 = g2 = h11 = h12 = h22 = 0.0
        for score, target, size in rows:
            guess = _chance(slope * score + shift)
            error, bend = size * (guess - target), size * guess * (1 - guess)
            g1, g2 = g1 + error * score, g2 + error
            h11, h12, h22 = h11 + bend * score * score, h12 + bend * score, h22 + bend
        h11, h22 = h11 + 1e-9, h22 + 1e-9
        flat = h11 * h22 - h12 * h12
        step1, step2 = (h22 * g1 - h12 * g2) / flat, (h11 * g2 - h12 * g1) / flat
        slope, shift = slope - step1, shift - step2
        if abs(step1) + abs(step2) < 1e-9:
            break
    return _short(max(slope, 1e-3)), _short(shift)


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-odds)) if odds > -700 else 0.0


def _bands(scores: Sequence[float], examples: Sequence[Example], shares: Mapping[Band, float]) -> dict[Band, float]:
    """The scores that the given shares of benign groups reach, each group by its highest."""
    highest: dict[str, float] = {}
    for score, example in zip(scores, examples, strict=True):
        if not example.abuse:
            highest[example.group] = max(score, highest.get(example.group, score))
    ranked = sorted(highest.values(), reverse=True)
    return {band: _short(ranked[min(len(ranked) - 1, int(share * len(ranked)))]) for band, share in shares.items()}


def examples(records: Path | None, *, seed: int = SEED, per_template: int = PER_TEMPLATE) -> Iterable[Example]:
    """What the shipped model is made from: open records, then our own texts."""
    if records is not None:
        yield from of_records(records)
    yield from of_templates(seed, per_template)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m calguard.learning.train", description=__doc__)
    parser.add_argument("--records", type=Path, help="JSON lines, .gz or not; only what is open is learned from")
    parser.add_argument("--out", type=Path, default=SHIPPED, help="where the model goes (default: the shipped one)")
    options = parser.parse_args(arguments)
    try:
        made = train(examples(options.records), about={"seed": SEED})
    except ImportError as error:
        sys.stderr.write(f"Training needs scikit-learn: pip install 'calguard[ml]' ({error})\n")
        return 1
    octets = made.model.octets()
    if len(octets) > LARGEST:
        sys.stderr.write(f"{len(octets)} octets, and {LARGEST} is the limit\n")
        return 1
    options.out.write_bytes(octets)
    sys.stdout.write(f"{options.out}: {len(octets)} octets, version {made.model.version}, bands {made.model.bands}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
