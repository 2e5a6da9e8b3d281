"""A text model corrected by what reviewers decided, measured on what they decided later, and stored."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from calguard import text_models
from calguard.conf import conf
from calguard.engine import textmodel
from calguard.learning import examples
from calguard.learning.adapting import LEAST, adapt
from calguard.learning.examples import Example
from calguard.learning.train import TooLittleError
from calguard.retraining.comparing import Comparison, compare
from calguard.retraining.reviewed import Reviewed, Split, reviewed, sides, split
from calguard.retraining.store import Store, Stored

SEED = 1
PER_TEMPLATE = 2
TEMPLATE_WEIGHT = 0.25  # our own texts hold the model where it was; the operator's cases move it


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What one training did."""

    stored: Stored
    split: Split
    comparison: Comparison
    before: str  # version it was compared with, "" for the shipped one


def make(store: Store, *, at: datetime) -> Made:
    """Learn from the past, test on what came later, store. Nothing is put to use.

    The model that is stored is the one that was measured: it has not seen what it was tested on. Raises
    TooLittleError, StoreError, ImportError without scikit-learn.
    """
    parts = split(reviewed(at))
    for abuse in (False, True):
        groups = len({text.group for text in parts.past if text.abuse is abuse})
        if groups < LEAST:
            raise TooLittleError(f"{groups} groups of {'abuse' if abuse else 'benign'} texts, {LEAST} needed")
    in_use = text_models.in_use()
    before = in_use.model or textmodel.shipped()
    model = adapt(textmodel.shipped(), [*_of(parts.past), *_own()], about={"made_at": f"{at:%Y-%m-%d}"})
    comparison = compare(parts.later, before, model, conf.policy, at)
    record = {
        "made_at": at.isoformat(),
        "based_on": textmodel.shipped().version,
        "compared_with": in_use.version,
        "learned_from": _numbers(parts.past),
        "tested_on": _numbers(parts.later),
        "left_out": parts.dropped,
        "comparison": comparison.as_json(),
    }
    stored = store.add(model.octets(), record, f"{at:%Y%m%dT%H%M%SZ}")
    return Made(stored=stored, split=parts, comparison=comparison, before=in_use.version)


def _of(texts: tuple[Reviewed, ...]) -> list[Example]:
    return [examples.of_content(text.read(), abuse=text.abuse, group=f"case {text.group}") for text in texts]


def _own() -> list[Example]:
    return list(examples.of_templates(SEED, PER_TEMPLATE, weight=TEMPLATE_WEIGHT))


def _numbers(texts: tuple[Reviewed, ...]) -> dict[str, Any]:
    innocent, abuse = sides(texts)
    moments = [text.at for text in texts]
    return {
        "innocent": innocent,
        "abuse": abuse,
        "groups": len({text.group for text in texts}),
        "from": min(moments).isoformat() if moments else "",
        "to": max(moments).isoformat() if moments else "",
    }
