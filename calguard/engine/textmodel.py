"""How much a text reads like abuse: a linear sum over hashed words and pairs, of the worst passage there is."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import accumulate, count
from math import isfinite, sqrt
from operator import add, attrgetter, sub
from typing import Any, Literal, NamedTuple

from calguard.content.types import Content
from calguard.engine.lexicon import bounded
from calguard.engine.wording import Word, tokens

MAGIC = b"calguard text model\n"
FORMAT = 1
BITS = 20  # one octet for each of 2**BITS buckets
BUCKETS = 1 << BITS
LARGEST = 2 * 1024 * 1024  # octets of a model file
WORST = 127  # the largest weight, as stored
SPANS = (10, 16, 25, 40, 64, 100, 160)  # words of a passage
TOLD = 5  # words and pairs named to a reviewer
REPEAT = 64  # words within which one said again says nothing more
MAX_WORDS = 16_000  # of one invitation
_KEPT = "passage"

Band = Literal["certain", "likely", "hint"]
BANDS: tuple[Band, ...] = ("certain", "likely", "hint")


class ModelError(ValueError):
    """The octets are no model this version can use; the message says why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Passage:
    """The worst passage of an invitation."""

    score: float  # log odds of abuse at even odds; -inf where nothing is written
    field: str  # where what weighs most stands; this and the rest only from the least band on
    said: str  # its strongest word or pair, folded, as it stands in `field`
    words: tuple[str, ...]  # what weighed most, strongest first


NOTHING = Passage(score=float("-inf"), field="", said="", words=())


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class TextModel:
    """Weights by bucket, and what scores mean. Two with the same octets have the same `version`."""

    weights: memoryview = field(repr=False)  # signed octets
    unit: float  # log odds that a weight of one adds, before a passage's length is allowed for
    bias: float
    smoothing: float
    bands: Mapping[Band, float]  # the least score of each
    about: Mapping[str, Any] = field(default_factory=dict)  # how it was made
    version: str = ""

    def band(self, score: float) -> Band | None:
        """The strictest band that a score reaches."""
        for band in BANDS:
            if score >= self.bands[band]:
                return band
        return None

    def judge(self, texts: Iterable[tuple[str, str]]) -> Passage:
        """The worst passage of (field, folded text) in their order, taken as one text (R27).

        Every passage up to the greatest of SPANS is weighed, so that text added around one takes nothing away from
        it. Linear in the words. Below the least band a score is only a bound.
        """
        written = Written.of(texts)
        if not written.words:
            return NOTHING
        score, places = self._worst(self._worths(written), written.title)
        if score < self.bands["hint"]:
            return Passage(score=score, field="", said="", words=())
        return self._told(written, score, places)

    def score(self, texts: Iterable[tuple[str, str]]) -> float:
        """`judge`, and no more than the score."""
        written = Written.of(texts)
        return self._worst(self._worths(written), written.title)[0] if written.words else NOTHING.score

    def _worths(self, written: Written) -> list[int]:
        weights, mask = self.weights, BUCKETS - 1
        singles = [weights[bucket & mask] for bucket in written.singles]
        pairs = [weights[bucket & mask] for bucket in written.pairs]
        _once(singles, written.singles)
        _once(pairs, written.pairs)
        return [singles[0], *map(add, singles[1:], pairs)]

    def _worst(self, worths: list[int], title: slice) -> tuple[float, list[int]]:
        """Score, and the places of the words it is made of.

        A passage counts as if it had the next length of SPANS: of each, the best of all passages that are no longer,
        together with the best of the title, which stands over whatever is read.
        """
        of_title, of_rest = worths[title], [*worths[: title.start], *worths[title.stop :]]
        windows = _windows(of_rest)
        most_of_title = _most(of_title)
        most = most_of_title + max(most for _, most in windows)
        if not self._may_tell(most):
            return self._at_most(most), []  # most texts: nothing in them could add up to anything
        best = float("-inf")
        runs = _joined([window for window, most in windows if self._may_tell(most_of_title + most)])
        heads, bodies = _gains(of_title, [slice(0, len(of_title))]), _gains(of_rest, runs)
        head = body = title_told = told = NO_GAIN
        for span in SPANS:
            size = sqrt(2 * span + self.smoothing)
            reach = most / size
            if reach <= best:
                break  # nor could any longer passage be worse than the worst so far
            if self.bias + self.unit * reach < self.bands["hint"]:
                return self.bias + self.unit * reach, []  # and none so far was worth telling
            head, body = next(heads, head), next(bodies, body)
            worth = (head.gain + body.gain) / size
            if worth > best:
                best, title_told, told = worth, head, body
        if self.bias + self.unit * best < self.bands["hint"]:
            return self.bias + self.unit * best, []
        after = title.stop - title.start
        chosen = [title.start + place for place in title_told.places()]
        chosen += [place if place < title.start else place + after for place in told.places()]
        return self.bias + self.unit * best, chosen

    def _at_most(self, gain: int) -> float:
        """The greatest score that words adding up to so much could reach, were they ever so few."""
        return self.bias + self.unit * (gain / sqrt(2 * SPANS[0] + self.smoothing))

    def _may_tell(self, gain: int) -> bool:
        return self._at_most(gain) >= self.bands["hint"]

    def _told(self, written: Written, score: float, places: Sequence[int]) -> Passage:
        weights, mask = self.weights, BUCKETS - 1
        found: dict[str, tuple[int, int]] = {}
        chosen_from = frozenset(places)
        for place in places:
            word = written.words[place]
            if word[0] == "\0":
                continue
            if (worth := weights[written.singles[place] & mask]) > 0:
                found.setdefault(word, (worth, place))
            if place - 1 not in chosen_from or (worth := weights[written.pairs[place - 1] & mask]) <= 0:
                continue
            before = written.words[place - 1]
            if before[0] != "\0":
                found.setdefault(f"{before} {word}", (worth, place - 1))
        ranked = sorted(((worth, -place, said) for said, (worth, place) in found.items()), reverse=True)
        chosen: list[tuple[str, int]] = []
        for _, place, said in ranked:
            if not any(said in other or other in said for other, _ in chosen):
                chosen.append((said, -place))
            if len(chosen) == TOLD:
                break
        return Passage(
            score=score,
            field=written.field(chosen[0][1]) if chosen else "",
            said=chosen[0][0] if chosen else "",
            words=tuple(said for said, _ in chosen),
        )

    def octets(self) -> bytes:
        """The model as a file: MAGIC, one line of JSON, the weights compressed."""
        packed = zlib.compress(bytes(self.weights), 9)
        head = {
            "format": FORMAT,
            "bits": BITS,
            "unit": self.unit,
            "bias": self.bias,
            "smoothing": self.smoothing,
            "bands": dict(self.bands),
            "about": dict(self.about),
        }
        line = json.dumps(head, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()
        body = line + b"\n" + packed
        return MAGIC + hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def load(octets: bytes) -> TextModel:
    """A model from `octets()`; ModelError where it is damaged, too large or of another format."""
    if len(octets) > LARGEST:
        raise ModelError(f"larger than {LARGEST >> 20} MB")
    if not octets.startswith(MAGIC):
        raise ModelError("not a text model")
    checksum, _, body = octets[len(MAGIC) :].partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ModelError("damaged: its checksum differs")
    line, _, packed = body.partition(b"\n")
    try:
        head = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ModelError("damaged: its head is no JSON") from error
    if not isinstance(head, dict):
        raise ModelError("damaged: its head is no object")
    if (head.get("format"), head.get("bits")) != (FORMAT, BITS):
        raise ModelError(f"of format {head.get('format')}/{head.get('bits')}, and this version reads {FORMAT}/{BITS}")
    weights = zlib.decompressobj().decompress(packed, BUCKETS + 1)
    if len(weights) != BUCKETS:
        raise ModelError("damaged: it has not the weights it should have")
    try:
        bands = {band: float(head["bands"][band]) for band in BANDS}
        scale = [float(head[name]) for name in ("unit", "bias", "smoothing")]
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("damaged: its head lacks what scores mean") from error
    if not all(map(isfinite, (*scale, *bands.values()))):
        raise ModelError("damaged: its scale is no number")
    return TextModel(
        weights=memoryview(weights).cast("b"),
        unit=scale[0],
        bias=scale[1],
        smoothing=scale[2],
        bands=bands,
        about=dict(head.get("about") or {}),
        version=checksum.decode()[:16],
    )


@cache
def shipped() -> TextModel:
    """The model in the package, read once."""
    return load(resources.files("calguard.lists").joinpath("text_model.bin").read_bytes())


def worst_passage(content: Content, model: TextModel) -> Passage:
    """`model.judge` of all texts of a content; kept with the content, like its own cached properties."""
    kept: dict[str, Passage] = vars(content).setdefault(_KEPT, {})
    if model.version not in kept:
        kept[model.version] = model.judge((text.field, text.folded) for text in content.texts)
    return kept[model.version]


@dataclass(frozen=True, slots=True)
class Written:
    """The words of an invitation, each with its bucket and that of the pair it makes with the next."""

    words: list[Word]
    singles: list[int]
    pairs: list[int]  # one fewer
    begins: list[tuple[int, str]]  # the word each field begins with

    @classmethod
    def of(cls, texts: Iterable[tuple[str, str]]) -> Written:
        words: list[Word] = []
        begins: list[tuple[int, str]] = []
        for name, folded in texts:
            room = MAX_WORDS - len(words)
            found = tokens(bounded(folded))
            if len(found) > room > 0:
                found = [*found[: room // 2], *found[-(room - room // 2) :]]
            elif room <= 0:
                found = found[:8]  # of a flood of texts, how each begins
            if found:
                begins.append((len(words), name))
                words += found
        octets = " ".join(words).encode("utf-8", "replace").split(b" ") if words else []  # no word holds a space
        singles = [*map(zlib.crc32, octets)]
        pairs = [*map(zlib.crc32, octets[1:], singles)]
        return cls(words, singles, pairs, begins)

    @property
    def title(self) -> slice:
        """The words of the first SUMMARY."""
        for number, (start, name) in enumerate(self.begins):
            if name == "SUMMARY":
                after = self.begins[number + 1][0] if number + 1 < len(self.begins) else len(self.words)
                return slice(start, after)
        return slice(0, 0)

    def field(self, index: int) -> str:
        return next((name for place, name in reversed(self.begins) if place <= index), "")


class _Gain(NamedTuple):
    """The most that at most `span` words in a row add up to."""

    gain: int
    span: int
    begin: int  # of the run of words that the sums are of
    sums: Sequence[int]
    lows: Sequence[int]

    def places(self) -> range:
        """Where those words stand, the first of several."""
        end = [*map(sub, self.sums, self.lows)].index(self.gain)
        start = self.sums.index(self.lows[end], max(0, end - self.span))
        return range(self.begin + start, self.begin + end)


NO_GAIN = _Gain(0, 0, 0, (0,), (0,))


def _most(worths: Sequence[int]) -> int:
    """The most that any words in a row add up to, however many."""
    most = so_far = 0
    for worth in worths:
        so_far += worth
        if so_far < 0:
            so_far = 0
        elif so_far > most:
            most = so_far
    return most


def _windows(worths: Sequence[int]) -> list[tuple[slice, int]]:
    """Rows of words, each with the most that words in it add up to; every passage lies wholly in one of them, as each
    is of two of the longest and begins where the one before is half over."""
    step = SPANS[-1]
    starts = range(0, max(1, len(worths) - step), step)
    rows = [slice(start, min(start + 2 * step, len(worths))) for start in starts]
    return [(row, _most(worths[row])) for row in rows]


def _joined(rows: Sequence[slice]) -> list[slice]:
    """Rows that overlap as one."""
    joined: list[slice] = []
    for row in rows:
        first = joined.pop().start if joined and row.start <= joined[-1].stop else row.start
        joined.append(slice(first, row.stop))
    return joined


def _gains(worths: Sequence[int], runs: Iterable[slice]) -> Iterator[_Gain]:
    """For each length of SPANS, up to the first that all words fit in: the best passage in the runs of at most that
    length, the first of several."""
    sums = [(run.start, [0, *accumulate(worths[run])]) for run in runs]
    known = [(begin, of_run, _lowest(of_run, SPANS)) for begin, of_run in sums]
    for span in SPANS if known else ():
        found = [
            _Gain(max(map(sub, of_run, lows := next(lowest))), span, begin, of_run, lows)
            for begin, of_run, lowest in known
        ]
        yield found[0] if len(found) == 1 else max(found, key=attrgetter("gain"))
        if span >= len(worths):
            return


def _lowest(sums: list[int], spans: Sequence[int]) -> Iterator[list[int]]:
    """For each length, rising: at every place the least of the sums so far back, from what is known of shorter ones."""
    known, lows = 0, sums  # `lows` looks `known` places back
    if len(sums) <= spans[0] + 1:  # as in most titles: all the way back
        known, lows = spans[-1], [*accumulate(sums, min)]
    for span in spans:
        while known < span:
            step = min(known + 1, span - known)
            lows, known = _further(lows, step), known + step
        yield lows


def _further(lows: list[int], back: int) -> list[int]:
    pairs = zip(lows[back:], lows, strict=False)
    return [*lows[:back], *[near if near < far else far for near, far in pairs]]  # noqa: FURB136  a call a word is dear


def _once(worths: list[int], buckets: Sequence[int]) -> None:
    """What was said shortly before adds nothing when it is said again."""
    last: dict[int, int] = {}
    began = [*map(last.setdefault, buckets, count())]  # where each of them stands first
    if len(last) == len(buckets):
        return
    for index in [index for index, first in enumerate(began) if first != index]:
        bucket = buckets[index]
        if index - last[bucket] < REPEAT:
            worths[index] = 0
        last[bucket] = index
