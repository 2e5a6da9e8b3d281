"""Two text models on the same held-out texts: verdicts of the whole judge, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.textmodel import TextModel
from calguard.engine.types import Verdict
from calguard.evaluation.counting import wilson
from calguard.retraining.reviewed import Reviewed
from calguard.scan import Setting, attempt

LEVELS = (Verdict.CHALLENGE, Verdict.HOLD)
MOST_CHANGES = 200
FEWEST = 20  # held-out innocent texts below which nothing is said of false positives


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One held-out text that the two models judge differently."""

    case: int
    reference: str
    abuse: bool
    before: Verdict
    after: Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Verdicts of (innocent?, before, after), and which texts moved."""

    innocent: tuple[tuple[Verdict, Verdict], ...]
    abuse: tuple[tuple[Verdict, Verdict], ...]
    changes: tuple[Change, ...] = field(repr=False)

    def false_positives(self, level: Verdict) -> tuple[int, int]:
        """Innocent texts at this verdict or more, before and after."""
        return _both(self.innocent, level)

    def found(self, level: Verdict) -> tuple[int, int]:
        return _both(self.abuse, level)

    @property
    def objections(self) -> tuple[str, ...]:
        """Why the new model should not be put to use."""
        said = []
        if len(self.innocent) < FEWEST:
            said.append(f"only {len(self.innocent)} innocent texts were held out, and {FEWEST} are needed to tell")
        for level in LEVELS:
            before, after = self.false_positives(level)
            if after > before:
                said.append(f"{after} of {len(self.innocent)} innocent texts at {level.name} or more, {before} before")
        return tuple(said)

    def as_json(self) -> dict[str, Any]:
        return {
            "innocent": len(self.innocent),
            "abuse": len(self.abuse),
            "false_positives": {
                level.name: _rates(self.false_positives(level), len(self.innocent)) for level in LEVELS
            },
            "recall": {level.name: _rates(self.found(level), len(self.abuse)) for level in LEVELS},
            "changed": [
                {
                    "case": change.case,
                    "reference": change.reference,
                    "abuse": change.abuse,
                    "before": change.before.name,
                    "after": change.after.name,
                }
                for change in self.changes[:MOST_CHANGES]
            ],
            "objections": list(self.objections),
        }


def compare(
    texts: Iterable[Reviewed], before: TextModel, after: TextModel, policy: Policy, now: datetime
) -> Comparison:
    """What the judge says of each text with either model, of a sender of the tier that wrote it."""
    pairs: dict[bool, list[tuple[Verdict, Verdict]]] = {True: [], False: []}
    changes = []
    for text in texts:
        old, new = _verdicts(text, (before, after), policy, now)
        pairs[text.abuse].append((old, new))
        if old is not new:
            changes.append(Change(case=text.case, reference=text.reference, abuse=text.abuse, before=old, after=new))
    return Comparison(innocent=tuple(pairs[False]), abuse=tuple(pairs[True]), changes=tuple(changes))


def _verdicts(text: Reviewed, models: Iterable[TextModel], policy: Policy, now: datetime) -> list[Verdict]:
    """Of the text, read once, with each model."""
    made, _ = attempt(text.read(), Setting(persona=text.tier, to=(), now=now, policy=policy))
    return [judge(replace(made, text_model=model), policy).verdict for model in models]


def _both(pairs: Sequence[tuple[Verdict, Verdict]], level: Verdict) -> tuple[int, int]:
    return sum(old >= level for old, _ in pairs), sum(new >= level for _, new in pairs)


def _rates(both: tuple[int, int], n: int) -> dict[str, Any]:
    said = {}
    for name, hits in zip(("before", "after"), both, strict=True):
        low, high = wilson(hits, n)
        said[name] = {"n": hits, "rate": round(hits / n, 4) if n else 0.0, "low": round(low, 4), "high": round(high, 4)}
    return said
