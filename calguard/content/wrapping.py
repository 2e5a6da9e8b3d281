"""The spellings in which redirectors carry an address: parameters, path segments, base64, Proofpoint's code."""

from __future__ import annotations

import base64
import binascii
import re
import string
from collections.abc import Iterable
from urllib.parse import parse_qsl, unquote

MAX_QUERY = 8192
MAX_PARAMETERS = 60

_ADDRESS = re.compile(r"(?i)^(?:https?:)?[/\\]{2}[^/\\\s]")
_HOST = re.compile(r"(?i)(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24}(?:[/?#]|$)")
_INSIDE = re.compile(r"(?i)(?:^|[=:(])(https?:[/\\]{1,2}[^\s)]+)")
_REST = re.compile(r"(?i)https?(?:://?|%3a%2f%2f)\S+")
_BASE64 = re.compile(r"(?i)[a-z0-9+/_-]{12,}={0,2}$")
_CARRIES = re.compile(r"(?i)//|%2f%2f|ahr0c|68747470")
_MARK = re.compile(r"\*(?:\*([A-Za-z0-9_-]))?")
_RUNS = {letter: count for count, letter in enumerate(string.ascii_letters.swapcase() + string.digits + "-_", start=2)}


def in_query(query: str) -> dict[str, str]:
    """Parameters by lower-case name, the first of each; nothing where there are absurdly many."""
    if query.count("&") >= MAX_PARAMETERS:
        return {}
    found: dict[str, str] = {}
    for name, value in parse_qsl(query.removeprefix("?")[:MAX_QUERY], max_num_fields=MAX_PARAMETERS):
        found.setdefault(name.lower(), value.strip())
    return found


def first_named(query: str, names: Iterable[str]) -> tuple[str, bool]:
    """The address in the first of the named parameters that holds one, and whether another of them holds another."""
    values = in_query(query)
    found = [target for name in names if (target := address(values.get(name, "")))]
    return (found[0], any(target != found[0] for target in found[1:])) if found else ("", False)


def address(value: str) -> str:
    """The value as an address to go to: plain, without its scheme, encoded twice, in base64 or hexadecimal; or ""."""
    for _ in range(2):
        if _ADDRESS.match(value):
            return value
        if _HOST.match(value):
            return f"http://{value}"
        if decoded := _decoded(value):
            return decoded
        if "%" not in value:
            break
        value = unquote(value)
    return ""


def _decoded(value: str) -> str:
    if value[:8].lower() == "68747470":
        try:
            return bytes.fromhex(value).decode("utf-8", "replace")
        except ValueError:
            return ""
    if not value.startswith(("aHR0c", "SFRUU", "Ly9")) or not _BASE64.match(value):
        return ""
    try:
        text = base64.urlsafe_b64decode(value.rstrip("=").translate(_URLSAFE) + "=" * (-len(value.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return ""
    decoded = text.decode("utf-8", "replace")
    return decoded if _ADDRESS.match(decoded) else ""


_URLSAFE = str.maketrans("+/", "-_")


def carried(url: str) -> list[str]:
    """Addresses in a link's query or fragment, which an open redirect of the site may obey. At most 60."""
    _, mark, rest = url.partition("?")
    if not mark or not _CARRIES.search(rest):
        return []
    return [target for value in in_query(rest.replace("#", "&")).values() if "//" in (target := address(value))]


def in_segment(path: str) -> str:
    """The first part of the path that is or holds an address: "/L0/https:%2F%2Fa.example%2F/1", "/RU=https%3a"."""
    for segment in path[:MAX_QUERY].split("/"):
        match = _INSIDE.search(unquote(segment))
        if match:
            return match[1]
    return ""


def in_rest(text: str) -> str:
    """Everything from the address on; Check Point's underscores around it end it."""
    match = _REST.search(text[:MAX_QUERY])
    if not match:
        return ""
    found = match[0].partition("___")[0]
    found = unquote(found) if "://" not in found[:8] else found
    return re.sub(r"(?i)^(https?):/(?!/)", r"\1://", found)


def in_urldefense(path: str, query: str) -> str:
    """Proofpoint's three spellings: v1 and v2 in a parameter, v3 with asterisks for what was taken out."""
    if path.startswith("/v3/__"):
        return _urldefense_v3(path[6:] + query)
    value = in_query(query).get("u", "")
    if path.startswith("/v2"):
        value = unquote(value.replace("-", "%").replace("_", "/"))
    return address(value)


def _urldefense_v3(text: str) -> str:
    """ "*" stands for the next removed character, "**X" for a run of them whose length X tells."""
    body, _, rest = text.partition("__;")
    if not rest:
        body = body.rpartition("__")[0] or body
    try:
        removed = base64.urlsafe_b64decode(rest.partition("!")[0] + "==").decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        removed = ""
    kept = iter(removed)

    def put_back(match: re.Match[str]) -> str:
        count = _RUNS[match[1]] if match[1] else 1
        return "".join(next(kept, "*") for _ in range(count))

    return re.sub(r"^(https?):/(?!/)", r"\1://", _MARK.sub(put_back, unquote(body)))
