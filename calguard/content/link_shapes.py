"""What the mere shape of an address tells: tokens, long hexadecimal runs, hosts nobody would name, hacked folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from calguard.content.hosts import PLATFORMS, covers, read_lines, read_list
from calguard.content.types import Link

TOKEN = 18  # characters of a random path; below that, honest names of documents look alike
QUERY_TOKEN = 20
FRAGMENT_TOKEN = 14
LONGEST = 2048  # characters of an address that are looked at
MANY = 40  # parts of an address that are looked at
SALT = 8  # characters behind the name of a short address
REPEATED = 3  # times the same address stands in one invitation; text and HTML make two
_TOKENS = frozenset({"random_path", "random_query", "random_fragment", "hex_run", "numbered_path"})

_ENDINGS = {line.lstrip("="): line[0] == "=" for line in read_lines("cheap_endings.txt")}

_UUID = re.compile(r"(?i)[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_PIECES = re.compile(r"[A-Za-z0-9]+")
_RUNS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")  # "WorstProjectEver" is three runs, "Zb4kQ" five
_HEX = re.compile(r"(?i)(?<![a-z0-9])[0-9a-f]{24,}(?![a-z0-9])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_WORDS_TOGETHER = re.compile(r"(?:[A-Z]?[a-z]+[A-Z]?)?(?:[A-Z][a-z]+){0,6}\d{0,4}")
_BREAKS = re.compile(r"[a-z](?=\d)|\d(?=[a-z])")
_CONSONANTS = re.compile(r"[bcdfghjklmnpqrstvxz]{5,}")
_NUMBERED = re.compile(r"[a-z]{1,4}id=\d{1,8}(?:_[a-z]{1,3})?")
_ODD = re.compile("[~*;]")
_QUAD = re.compile(r"(?:^|[.-])((?:\d{1,3}[.-]){3}\d{1,3})(?=[.-])")
_HACKED = re.compile(
    r"(?i)/wp-(?:includes|admin|content/(?:plugins|themes|mu-plugins|upgrade|cache))/"
    r"(?!.{0,200}\.(?:css|js|png|jpe?g|gif|svg|webp)\b)"
    r"|/wp-content/uploads/[^?#]{0,200}\.(?:php|html?|js|exe|zip)\b"
    r"|/\.well-known/(?:pki-validation|acme-challenge)/[^?#]{0,200}(?:\.(?:php|html?)|/)"
    r"|/(?:components/com_|modules/mod_|sites/default/files/|tmp/|cache/|images?/)[^?#]{0,120}\.php\b"
)
_ADDRESS = re.compile(r"(?i)(?<![a-z0-9._+-])[a-z0-9._+-]{1,64}(?:@|%40)(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}")
HOSTING = read_list("throwaway_hosting.txt")


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """One thing the shape of an address tells; `seen` is the part that does, `strength` up to 1."""

    code: str
    seen: str
    strength: float = 1.0


def shapes(links: Iterable[Link]) -> Iterator[tuple[Link, Shape]]:
    """What stands out in the shape of each of an invitation's links, and in all of them together.

    Meetings, messengers and platforms, whose addresses are tokens by nature, are passed over.
    """
    tokens: dict[str, list[Link]] = {}
    pages: dict[str, list[str]] = {}
    for link in links:
        if not link.host or link.flags & {"conference", "messenger"} or covers(PLATFORMS, link.host):
            continue
        found = of(link.url, "user_content" in link.flags)
        for shape in found:
            if shape.code != "short_code" or "shortener" not in link.flags:
                yield link, shape
        if "shortener" in link.flags and (salt := _salt(link.url)):
            yield link, Shape(code="salted_short", seen=salt)
        if "click_tracker" in link.flags:
            yield link, Shape(code="click_tracker", seen=link.host)
        if any(shape.code in _TOKENS for shape in found):
            tokens.setdefault(link.domain, []).append(link)
            pages.setdefault(link.domain, []).extend(shape.seen for shape in found if shape.code == "random_path")
        if link.times >= REPEATED and "schemeless" not in link.flags:
            yield link, Shape(code="repeated", seen=f"{link.times} times", strength=min(1.0, link.times / 6))
    for domain, several in tokens.items():
        if (differing := len(set(pages[domain]))) > 1:
            yield several[0], Shape(code="page_per_reader", seen=f"{differing} pages")
        if len(several) > 1:
            yield (
                several[0],
                Shape(code="token_series", seen=f"{len(several)} links", strength=min(1.0, len(several) / 3)),
            )


@lru_cache(maxsize=2048)
def of(url: str, user_content: bool = False) -> tuple[Shape, ...]:
    """What the shape of one canonical address tells; its cost is bounded by the first 2,048 characters."""
    _, _, rest = url[:LONGEST].partition("://")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    authority, _, path = rest.partition("/")
    host = authority.rpartition("@")[2].partition(":")[0].rstrip(".")
    return (
        *_of_host(host, user_content),
        *(() if user_content else _of_path(path, query)),
        *_of_fragment(fragment),
        *_of_address(f"/{path}?{query}#{fragment}", user_content),
        *_of_folder(host, path, user_content),
    )


def _of_host(host: str, user_content: bool) -> Iterator[Shape]:
    labels = host.split(".")
    ending = labels[-1]
    if ending.isdigit() or ":" in host or len(labels) < 2:
        return
    if ending in _ENDINGS:
        yield Shape(code="cheap_ending", seen=f".{ending}", strength=1.0 if _ENDINGS[ending] else 0.5)
    quad = _QUAD.search(host)
    if quad:
        yield Shape(code="numbered_host", seen=quad[1])
    elif len(labels) > 2 and labels[0].isdigit() and len(labels[0]) > 2:
        yield Shape(code="numbered_host", seen=labels[0])
    if not user_content:
        odd = next((part for label in labels[:-1] for part in label.split("-") if _is_gibberish(part)), "")
        if odd and not host.startswith("xn--"):
            yield Shape(code="random_host", seen=odd)


def _of_path(path: str, query: str) -> Iterator[Shape]:
    segments = [_plain(segment) for segment in path.split("/")[:MANY]]
    token = next((found for segment in segments if (found := _token(segment, TOKEN))), "")
    if token:
        yield Shape(code="random_path", seen=token)
    elif _is_code(path.rstrip("/")) and not query:
        yield Shape(code="short_code", seen=path)
    values = [_plain(part.partition("=")[2] or part) for part in query.split("&")[:MANY] if len(part) >= QUERY_TOKEN]
    token = next((found for value in values if (found := _token(value, QUERY_TOKEN))), "")
    if token:
        yield Shape(code="random_query", seen=token)
        if "=" not in query.rstrip("=") and "&" not in query:
            yield Shape(code="nameless_query", seen=query[:80])
    numbers = [part for part in re.split(r"[/_]", path)[:MANY] if part.isdigit()]
    counted = [part for part in query.split("&")[:MANY] if _NUMBERED.fullmatch(part)]
    if len(counted) > 3:
        yield Shape(code="numbered_path", seen="&".join(counted)[:80])
    elif len(numbers) > 3 and not any(_YEAR.fullmatch(number) for number in numbers[:2]):
        yield Shape(code="numbered_path", seen="/".join(numbers)[:80])


def _of_fragment(fragment: str) -> Iterator[Shape]:
    """What stands behind "#" never reaches the server's log: mass mailers keep the reader's number there."""
    if len(fragment) < FRAGMENT_TOKEN or ":~:text=" in fragment:
        return
    numbers = [part for part in re.split(r"[/_]", fragment)[:MANY] if part.isdigit()]
    token = _token(_plain(fragment), FRAGMENT_TOKEN)
    if token or len(numbers) > 2:
        yield Shape(code="random_fragment", seen=(token or fragment)[:80])


def _of_address(rest: str, user_content: bool) -> Iterator[Shape]:
    run = None if user_content else _HEX.search(rest)
    inside = ""
    if run:
        yield Shape(code="hex_run", seen=run[0][:80])
    for found in _HEX.findall(rest)[:4]:
        if "40" in found and len(found) % 2 == 0:
            inside = inside or _address_in(bytes.fromhex(found).decode("latin-1"))
    inside = inside or (_address_in(rest) if "@" in rest or "%40" in rest else "")
    if inside:
        yield Shape(code="address_inside", seen=inside)


def _address_in(text: str) -> str:
    found = _ADDRESS.search(text)
    return unquote(found[0]) if found else ""


def _of_folder(host: str, path: str, user_content: bool) -> Iterator[Shape]:
    if match := _HACKED.search(f"/{path}"):
        yield Shape(code="hacked_folder", seen=match[0][:80])
    if user_content and covers(HOSTING, host):
        bucket = path.partition("/")[0] if host.startswith(("storage.", "s3.")) else ""
        names = [part for label in (*host.split(".")[:-2], bucket) for part in re.split(r"[-_]", label)]
        odd = next((name for name in names if _is_gibberish(name) or _is_numbered(name)), "")
        if odd:
            yield Shape(code="throwaway_page", seen=odd)


def _is_numbered(name: str) -> bool:
    return len(name) > 5 and sum(c.isdigit() for c in name) > 2 and not _YEAR.search(name)


def _salt(url: str) -> str:
    """What a short address is made long with, so that no two are alike: its service looks at none of it."""
    _, _, path = url[:LONGEST].partition("://")[2].partition("/")
    path, _, fragment = path.partition("#")
    if len(fragment) >= SALT and ":~:" not in fragment:
        return fragment[:80]
    return path[:80] if len(path) >= 2 * SALT and _ODD.search(path) else ""


def _plain(text: str) -> str:
    return unquote(text) if "%" in text else text


def _token(text: str, least: int) -> str:
    """The first piece of a text that only a machine writes: letters and digits, or capitals and small letters, in turn.

    Words run together ("AnnualMeetingMinutes2024") and UUIDs are no tokens.
    """
    if len(text) < least or _UUID.fullmatch(text):
        return ""
    pieces: list[str] = _PIECES.findall(text[:LONGEST])
    for piece in pieces[:MANY]:
        if len(piece) < least or piece.isdigit() or _HEX.fullmatch(piece):
            continue
        runs = _RUNS.findall(piece)
        words = sum(len(run) > 3 and run.isalpha() for run in runs)
        if len(runs) * 5 >= len(piece) and len(runs) >= 4 + words:
            return piece[:80]
        if len(piece) >= 2 * least and len(runs) >= 8:
            return piece[:80]
    return ""


def _is_code(path: str) -> bool:
    """Whether the whole path is a few letters and digits that mean nothing, as shorteners give them out."""
    if not 4 <= len(path) <= 12 or not path.isalnum() or not path.isascii():
        return False
    capitals, small = sum(c.isupper() for c in path[1:]), sum(c.islower() for c in path)
    words = _WORDS_TOGETHER.fullmatch(path) is not None
    return (capitals > 1 and small > 1 and not words) or len(_BREAKS.findall(path.lower())) > 1


def _is_gibberish(label: str) -> bool:
    """Whether nobody could say this name: five consonants and hardly a vowel, or digits and letters in turn."""
    if len(label) < 8:
        return False
    if len(_BREAKS.findall(label)) >= 3:
        return True
    longest = max(map(len, _CONSONANTS.findall(label)), default=0)
    vowels = sum(c in "aeiouy" for c in label)
    return longest >= 7 or (len(label) >= 12 and longest >= 5 and vowels * 6 < len(label))
