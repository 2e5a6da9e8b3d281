"""Which companies scams borrow the name of, and whether a name or a text claims to be one of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

from calguard.content.hosts import read_list, registrable
from calguard.content.imitation import Imitation, Name, Names
from calguard.content.normalise import collapse, fold, skeleton
from calguard.engine.lexicon import Lexicon, bounded

Sense = Literal["", "word", "person", "thing"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    key: str
    names: tuple[str, ...]
    domains: tuple[str, ...]
    sense: Sense = ""
    method: bool = False  # ordinary sellers take payment with it

    def owns(self, domain: str) -> bool:
        """Whether mail from this domain, or a page on it, is the company's own."""
        return bool(domain) and any(_matches(domain, owned) for owned in self.domains)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A name that claims to be a company; `strength` is 1 for the bare name, less the more else it says."""

    brand: Brand
    written: str
    strength: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    brand: Brand
    start: int
    end: int


@lru_cache(maxsize=8192)
def _matches(domain: str, owned: str) -> bool:
    if not owned.endswith(".*"):
        return domain == owned or domain.endswith(f".{owned}")
    name = re.escape(owned[:-2])
    return bool(re.fullmatch(rf"{name}\.(?:com|net|org|[a-z]{{2}}|com?\.[a-z]{{2}})", registrable(domain)))


def _read() -> tuple[Brand, ...]:
    document = tomllib.loads(resources.files("calguard.lists").joinpath("brands.toml").read_text("utf-8"))
    return tuple(
        Brand(
            key=key,
            names=tuple(entry["names"]),
            domains=tuple(entry["domains"]),
            sense=entry.get("sense", ""),
            method=entry.get("method", False),
        )
        for key, entry in document.items()
    )


BRANDS = _read()

# What a company's own mail calls itself, so that "Chase Alerts" claims to be the bank and "Chase Miller" does not.
COMPANY_WORDS = read_list("company_words.txt")
# Around a company without being it: "PayPal Alumni", "Google Developer Group Berlin".
COMMUNITY_WORDS = read_list("community_words.txt")
_COMPANY = frozenset(collapse(fold(word).text) for word in COMPANY_WORDS)
_COMMUNITY = frozenset(collapse(fold(word).text) for word in COMMUNITY_WORDS)


def _names() -> tuple[tuple[str, str, Brand], ...]:
    """Every brand name as its collapsed shape and its words, longest first so that the fullest claim is found."""
    entries = []
    for brand in BRANDS:
        for name in brand.names:
            folded = fold(name).text
            entries.append((collapse(folded), skeleton(folded).strip(), brand))
    return tuple(sorted(entries, key=lambda entry: -len(entry[0])))


_NAMES = _names()


def _index(keys: Iterable[str]) -> dict[str, list[int]]:
    """The places in `_NAMES` by key."""
    found: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, []).append(place)
    return found


_BY_SHAPE = _index(shape for shape, _, _ in _NAMES)
_BY_FIRST_WORD = _index(spelt.partition(" ")[0] for _, spelt, _ in _NAMES)
_SHORTEST_IN_ONE = 6  # letters of a name that is found at the beginning of a word run together
_TEXT_NAMES = {fold(name).text: brand for brand in BRANDS for name in brand.names}
_IN_TEXT = Lexicon(("brand", name.replace("|", " ").replace("~", " ")) for name in _TEXT_NAMES)


@lru_cache(maxsize=4096)
def claimed(name: str) -> Claim | None:
    """The company a display name claims to be, strongest claim first; None for people and other companies."""
    words = skeleton(fold(name[:200]).text).split()
    if not words:
        return None
    company = [word for word in words if word in _COMPANY]
    rest = "".join(word for word in words if word not in _COMPANY)
    whole, spaced = "".join(words), f" {' '.join(words)} "
    best: Claim | None = None
    for shape, spelt, brand in _alike(words, rest, whole):
        strength = 0.0
        if shape in (rest, whole):
            strength = _bare(brand, bool(company) and shape != whole)
        elif brand.sense == "" and (f" {spelt} " in spaced or shape in words):
            others = set(words) - set(spelt.split()) - {shape}
            strength = 0.2 if others & _COMMUNITY else 1.0 if company else 0.6
        elif brand.sense == "" and len(words) == 1 and _only_company(whole, shape):
            strength = 1.0
        if strength and (best is None or strength > best.strength):
            best = Claim(brand=brand, written=name[:200], strength=strength)
    return best


def _alike(words: list[str], rest: str, whole: str) -> list[tuple[str, str, Brand]]:
    """The names that a name of these words can claim at all, in the order of all of them."""
    places: set[int] = set()
    for shape in (rest, whole, *words):
        places.update(_BY_SHAPE.get(shape, ()))
    for word in words:
        places.update(_BY_FIRST_WORD.get(word, ()))
    if len(words) == 1:
        for end in range(_SHORTEST_IN_ONE, len(whole)):
            places.update(_BY_SHAPE.get(whole[:end], ()))
    return [_NAMES[place] for place in sorted(places)]


def _bare(brand: Brand, with_company_word: bool) -> float:
    """The strength of a name that says nothing but the company, by what else the word may mean."""
    if brand.sense in ("", "word") or with_company_word:
        return 1.0
    return {"person": 0.25, "thing": 0.8}[brand.sense]


def _only_company(whole: str, shape: str) -> bool:
    """Whether one run-together word is the company's name and company words: "paypalbilling"."""
    if len(shape) < _SHORTEST_IN_ONE or not whole.startswith(shape):
        return False
    rest = whole[len(shape) :]
    return rest in _COMPANY or any(rest.startswith(w) and rest[len(w) :] in _COMPANY for w in _COMPANY if len(w) > 2)


_TEXT_COMPANY = COMPANY_WORDS - {"us", "uk", "usa", "the", "no", "mail", "online", "app", "order", "account", "payment"}
_NEXT_WORD = re.compile(r"(?:,? )([a-z]+)")


@lru_cache(maxsize=128)
def mentions(folded: str) -> tuple[Mention, ...]:
    """Companies a folded text names. Names that are also words or people's names need a company word or a colon
    behind them, as whoever speaks in that name writes."""
    text = bounded(folded)
    return tuple(
        Mention(brand=_TEXT_NAMES[word], start=start, end=end)
        for word, start, end in _IN_TEXT.each(text)
        if _TEXT_NAMES[word].sense == "" or _speaks(text, end)
    )


def _speaks(text: str, end: int) -> bool:
    behind = text[end : end + 2].strip()[:1]
    if behind in (":", "-", "–", "|") or (not behind.isascii() and text[end - 1].isascii()):
        return True  # "norton: ...", and a Latin name in a text of another script
    match = _NEXT_WORD.match(text, end)
    return match is not None and match[1] in _TEXT_COMPANY


_BY_NAME = {name: brand for brand in reversed(BRANDS) for name in brand.names}
_IN_HOSTS = Names(Name(written=name, plain=brand.sense != "") for brand in BRANDS for name in brand.names)


@lru_cache(maxsize=2048)
def imitated_by(host: str) -> tuple[Brand, Imitation] | None:
    """The company that a host of somebody else passes for, and how: "paypal-login.example", "secure.paypa1.example"."""
    found = _IN_HOSTS.imitated(host)
    if not found or any(brand.owns(host) for brand in BRANDS):
        return None
    return _BY_NAME[found[0].name], found[0]


def poses(host: str) -> bool:
    """Whether hardly anything but a company that it is not can be meant by a host."""
    found = imitated_by(host)
    return found is not None and found[1].strength >= POSES


POSES = 0.8
