"""The worst passage of an invitation, and files of weights."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import islice, product
from typing import Any

import pytest

from calguard.engine.textmodel import BUCKETS, LARGEST, MAGIC, ModelError, TextModel, load, shipped
from tests.support.growth import growth

BAD = ("golden", "parrot", "voucher", "waits")
GOOD = ("garden", "choir", "minutes", "tea")


def model(**changes: object) -> TextModel:
    """A hand-made model: BAD words add, GOOD words take away, and "golden parrot" adds as a pair."""
    weights = bytearray(BUCKETS)
    for word in BAD:
        weights[zlib.crc32(word.encode()) % BUCKETS] = 100
    for word in GOOD:
        weights[zlib.crc32(word.encode()) % BUCKETS] = 256 - 40
    weights[zlib.crc32(b"parrot", zlib.crc32(b"golden")) % BUCKETS] = 120
    made = TextModel(
        weights=memoryview(bytes(weights)).cast("b"),
        unit=0.1,
        bias=-2.0,
        smoothing=10.0,
        bands={"certain": 4.0, "likely": 2.0, "hint": 0.0},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


LURE = "golden parrot voucher waits for you at the old counter today so come"


@pytest.mark.parametrize("texts", [[], [("SUMMARY", "")], [("SUMMARY", "12:30 - 4")]])
def test_nothing_written_is_nothing_seen(texts: list[tuple[str, str]]) -> None:
    passage = model().judge(texts)
    assert passage.score == float("-inf")
    assert model().band(passage.score) is None


def test_the_words_that_weigh_most_are_told_with_their_field() -> None:
    passage = model().judge([("SUMMARY", "garden tea"), ("DESCRIPTION", LURE)])
    assert passage.words[0] == "golden parrot"
    assert "garden" not in passage.words
    assert (passage.field, passage.said) == ("DESCRIPTION", "golden parrot")


def test_a_pair_is_no_pair_the_other_way_round() -> None:
    other = model().judge([("SUMMARY", LURE.replace("golden parrot", "parrot golden"))])
    assert other.score < model().judge([("SUMMARY", LURE)]).score
    assert "parrot golden" not in other.words


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("count", [1, 7, 30, 100, 2000])
def test_words_around_a_passage_take_nothing_from_it(count: int) -> None:
    padding = " ".join(GOOD[i % 4] + "abcdefghij"[i // 4 % 10] for i in range(count))
    innocent = " ".join(GOOD * (count // 4 + 1))
    lure = " ".join(LURE.split()[:14])  # one of the lengths that are weighed
    alone = model().score([("SUMMARY", lure)])
    for before, after in ((padding, ""), ("", padding), (padding, padding), (innocent, innocent)):
        texts = [("SUMMARY", lure), ("DESCRIPTION", f"{before} {lure} {after}"), ("LOCATION", padding)]
        for made in (texts, texts[1:], texts[::-1]):
            assert model().score(made) >= alone - 1e-9


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("place", [0, 1, 146, 159, 160, 161, 306, 319, 320, 321, 700, 999, 1000])
def test_a_passage_is_found_wherever_it_stands(place: int) -> None:
    words = ["".join(letters) for letters in islice(product("bcdfghjk", repeat=4), 1_000)]
    found = model().judge([("DESCRIPTION", " ".join((*words[:place], LURE, *words[place:])))])
    alone = model().judge([("DESCRIPTION", LURE)])
    assert found.words == alone.words
    assert found.score == pytest.approx(alone.score)


@pytest.mark.requirement("R27")
def test_a_passage_may_be_spread_over_fields() -> None:
    parts = LURE.split()
    split = [("SUMMARY", " ".join(parts[:2])), ("LOCATION", parts[2]), ("DESCRIPTION", " ".join(parts[3:]))]
    assert model().score(split) == pytest.approx(model().score([("SUMMARY", LURE)]))


def test_saying_it_again_adds_nothing() -> None:
    once = model().score([("SUMMARY", f"voucher {' '.join('bcdefghi')}")])
    assert model().score([("SUMMARY", f"voucher {' '.join('bcdefghi')} voucher")]) <= once


def test_bands_are_reached_at_their_least_score() -> None:
    assert [model().band(score) for score in (-0.1, 0.0, 2.0, 3.9, 4.0)] == [
        None,
        "hint",
        "likely",
        "likely",
        "certain",
    ]


@pytest.mark.requirement("R49")
def test_cost_grows_with_the_words_and_no_faster() -> None:
    words = [f"w{i % 977}a{i}" for i in range(12_000)]
    assert growth(lambda size: model().judge([("DESCRIPTION", " ".join(words[:size]))]), 1_500, 8) <= 14


@pytest.mark.requirement("R49")
def test_a_flood_of_texts_is_read_at_its_beginnings() -> None:
    flood = [(f"X-{i}", "garden tea minutes choir " * 40) for i in range(400)]
    last = [*flood, ("COMMENT", " ".join(LURE.split()[:8]))]
    assert model().judge(last).field == "COMMENT"


def test_a_model_is_what_its_file_says() -> None:
    made = model(about={"seed": 1})
    again = load(made.octets())
    assert again.octets() == made.octets()
    assert (again.bands, again.unit, again.about, bytes(again.weights)) == (
        made.bands,
        made.unit,
        made.about,
        bytes(made.weights),
    )
    assert again.version
    assert again.version != load(model(bias=-2.5).octets()).version


def damaged(octets: bytes) -> bytes:
    return octets[:-40] + bytes([octets[-40] ^ 1]) + octets[-39:]


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        (b"", "not a text model"),
        (b"PK\3\4 something else", "not a text model"),
        (damaged(model().octets()), "checksum"),
        (model().octets()[:500], "checksum"),
        (model().octets() + bytes(LARGEST), "larger"),
    ],
)
def test_what_is_no_model_is_not_loaded(octets: bytes, said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load(octets)


def with_head(change: Callable[[Any], Any]) -> bytes:
    """A file whose checksum is right and whose head is not."""
    _, _, body = model().octets()[len(MAGIC) :].partition(b"\n")
    line, _, packed = body.partition(b"\n")
    changed = change(json.loads(line))
    body = (changed if isinstance(changed, bytes) else json.dumps(changed).encode()) + b"\n" + packed
    return MAGIC + sha256(body).hexdigest().encode() + b"\n" + body


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda head: [], "no object"),
        (lambda head: b"{", "no JSON"),
        (lambda head: b"[" * 100_000, "no JSON"),
        (lambda head: {**head, "bands": {}}, "lacks"),
        (lambda head: {**head, "unit": "much"}, "lacks"),
        (lambda head: {**head, "unit": float("nan")}, "no number"),
        (lambda head: {**head, "bands": {**head["bands"], "certain": float("inf")}}, "no number"),
    ],
)
def test_a_head_that_makes_no_sense_is_not_loaded(change: Callable[[Any], Any], said: str) -> None:
    with pytest.raises(ModelError, match=said):
        load(with_head(change))


def test_another_format_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("calguard.engine.textmodel.FORMAT", 99)
        octets = model().octets()
    with pytest.raises(ModelError, match="format 99"):
        load(octets)


def test_the_shipped_model_is_small_and_knows_its_bands() -> None:
    made = shipped()
    assert len(made.octets()) <= LARGEST
    assert made.bands["certain"] > made.bands["likely"] > made.bands["hint"]
    assert made.about["abuse"] > 1000
