"""Learning weights: the same from the same, calibrated on what was not seen, and from open records only."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from calguard.engine.textmodel import load
from calguard.learning.examples import Example, of_records, of_templates, of_texts
from calguard.learning.train import TooLittleError, compare, main, train

pytest.importorskip("sklearn")

PLACES = ("harbour", "library", "orchard", "workshop", "chapel", "gallery", "kitchen", "stadium")


ASKS = (
    "claim your voucher",
    "confirm your reward",
    "collect your winnings",
    "redeem your jackpot",
    "unlock your payout",
)
DOES = ("sing with the choir", "drink tea together", "plant tulips", "repair old bicycles", "read poems aloud")


def examples(count: int = 60) -> list[Example]:
    """Two kinds that differ by a few words; the rest is common to both."""
    made = []
    for number in range(count):
        place = PLACES[number % len(PLACES)]
        for abuse, said in enumerate((DOES, ASKS)):
            first, second = said[number % 5], said[(number // 5 + 1 + number) % 5]
            texts = (f"Please {first} at the {place}", f"This evening you {second}, number {number}", place)
            made.append(of_texts(texts, abuse=bool(abuse), group=f"{abuse} {number}"))
    return made


def test_what_was_learned_tells_the_two_apart() -> None:
    made = train(examples())
    model = made.model
    lure, tea = (
        "please claim your voucher, your reward expires tonight",
        "we sing for an hour and have tea with the choir",
    )
    assert model.score([("SUMMARY", lure)]) > 0 > model.score([("SUMMARY", tea)])
    assert all((score > 0) is example.abuse for score, example in zip(made.scores, made.examples, strict=True))
    assert model.judge([("SUMMARY", f"{lure} at the library")]).words[0] != "library"
    shares = compare(model, examples(8))
    assert shares.abuse == shares.benign == 8
    assert shares.recall["hint"] == 1
    assert shares.false_positives["certain"] == 0


def test_the_same_examples_give_the_same_octets() -> None:
    assert train(examples()).model.octets() == train(examples()).model.octets()


def test_another_process_gives_the_same_octets(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from calguard.learning.examples import of_templates
from calguard.learning.train import train
Path(sys.argv[1]).write_bytes(train([e for e in of_templates(7, 1) if e.source.endswith(("pt", "nl"))]).model.octets())
"""
    for number in range(2):
        command = [sys.executable, "-c", program, str(tmp_path / str(number))]
        environment = {"PYTHONHASHSEED": str(number), "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
        subprocess.run(command, check=True, timeout=300, env=environment)
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()


def test_scores_are_of_models_that_had_not_seen_the_group() -> None:
    """A word that only one group says cannot help to tell that group."""
    known = examples()
    lure = "Please claim your voucher and collect your winnings, zyxwv"
    odd = [of_texts((lure, "zyxwv " * i, ""), abuse=False, group="odd") for i in range(3)]
    made = train([*known, *odd])
    others = [score for score, example in zip(made.scores, made.examples, strict=True) if not example.abuse][:-3]
    assert min(made.scores[-3:]) > max(others)


def test_too_little_is_refused() -> None:
    with pytest.raises(TooLittleError, match="abuse"):
        train([example for example in examples() if not example.abuse])
    with pytest.raises(TooLittleError, match="needed"):
        train(examples(3))


def test_only_open_and_labelled_records_are_learned_from(tmp_path: Path) -> None:
    rows = [
        {"label": "spam", "summary": "One", "license_use": "open", "cluster": "a"},
        {"label": "phish", "summary": "Two", "license_use": "eval-only", "cluster": "b"},
        {"label": "ham", "summary": "Three", "license_use": "copyleft", "cluster": "c"},
        {"label": "ham", "summary": None, "description": "Four", "license_use": "open", "id": "d"},
        {"label": "unsure", "summary": "Five", "license_use": "open", "cluster": "e"},
        {"label": "ham", "summary": "Six", "cluster": "f"},
    ]
    file = tmp_path / "records.jsonl.gz"
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    found = list(of_records(file))
    assert [(example.texts, example.abuse, example.group) for example in found] == [
        ((("SUMMARY", "one"),), True, "a"),
        ((("DESCRIPTION", "four"),), False, "d"),
    ]


def test_the_command_writes_a_model_that_loads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("calguard.learning.train.examples", lambda records: examples())
    assert main(["--out", str(tmp_path / "made.bin")]) == 0
    assert load((tmp_path / "made.bin").read_bytes()).about["benign"] == 60


def test_texts_of_one_template_stay_together() -> None:
    groups: dict[str, set[bool]] = {}
    for example in of_templates(1, 2):
        groups.setdefault(example.group, set()).add(example.abuse)
    assert all(len(kinds) == 1 for kinds in groups.values())
    assert len(groups) > 500
