"""Which addresses of the web a text names, however they are written, and where a browser would go."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from ada_url import URL

from calguard.content.hosts import (
    CONFERENCE,
    MESSENGERS,
    REDIRECTORS,
    USER_CONTENT,
    covers,
    has_public_suffix,
    is_shortener,
    is_user_page,
    registrable,
)
from calguard.content.lookalikes import TO_LATIN
from calguard.content.redirects import counted, may_redirect, unwrap
from calguard.content.types import Link

MAX_TOKEN = 1024
MAX_PIECES = 64
MAX_LINKS = 1000  # of one text
LONG = 200

_PICTURE = re.compile(r"(?i)data:image/(?:png|jpe?g|gif|bmp|webp)[;,]")  # which no browser opens as a page
_TOKEN = re.compile(r"""(?<![^\s<>"“”«»])[^\s<>"“”«».:]*+[.:][^\s<>"“”«»]++""")
# The same in ASCII, all white space by name: that is looked up in one table.
_ASCII_TOKEN = re.compile(r"""(?<![^\t-\r\x1c-\x20<>"])[^\t-\r\x1c-\x20<>".:]*+[.:][^\t-\r\x1c-\x20<>"]++""")
_SCHEME = re.compile(
    r"(?i)(?<![a-z0-9=/?&_%#])(?:(?:h(?:tt|xx|\*\*)ps?|ftps?|webcals?)(?=:)|(?:tel|sms|smsto|whatsapp|tg|skype|viber|facetime|"
    r"zoommtg|msteams|callto|intent|file|ms-[a-z]{2,12}):(?=\S)|(?:data:(?=[a-z]{4,11}/)|(?:javascript|vbscript):(?=\S)))"
)
_BARE = re.compile(
    r"(?i)(?<![\w@.-])(?:[a-z0-9_\u00a1-\U0010ffff](?:[a-z0-9_\u00a1-\U0010ffff-]{0,61}[a-z0-9_\u00a1-\U0010ffff])?\.)"
    r"{1,8}([a-z\u00a1-\U0010ffff][a-z0-9\u00a1-\U0010ffff-]{1,62}|xn--[a-z0-9-]{2,59})\.?"
    r"(?![\w@])(?::\d{1,5})?(?:[/?#\\][^\s<>\"]*)?"
)
_DOUBLE_SLASH = re.compile(r"(?<![:\w/])//(?=[a-z0-9-]{1,63}\.)", re.IGNORECASE)
_IP_PATH = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?::\d{1,5})?/[^\s<>\"]*")
_DEFANG = re.compile(r"(?i)\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\[:\]|\[://\]|\[:?//\]|hxxp|h\*\*p")
_DEFANGED = ("[.]", "(.)", "{.}", "[dot]", "(dot)", "[:", "[//", "hxxp", "h**p")
_FULL_DOT = re.compile(r"(?<=[0-9A-Za-z])[。｡．․](?=[0-9A-Za-z])")
_CJK_STOP = re.compile(r"[、。，「」『』【】（）《》！？；…]")
_FILE_ENDINGS = frozenset(
    "md py rs sh pl ps zip mov so cc app js ts ai cab doc docx pdf txt ics csv mp com.txt rb vb ms id st pm".split()
)
_BOUNDARY_TLDS = frozenset("is it at to be in me my no so us we do by as am or".split())
_OPAQUE_SCHEMES = frozenset({"tel", "sms", "smsto", "whatsapp", "tg", "viber", "facetime", "callto", "skype"})
_SCRIPTS = frozenset({"javascript", "vbscript"})
_DEFAULT_PORTS = frozenset({"", "80", "443"})
_BREAKS = re.compile(r"[\t\n\r]")
_URI_SCHEME = re.compile(r"(?i)[a-z][a-z0-9+.-]{1,20}:")
_HOST_AND_PORT = re.compile(r"[^/]*\.[^/]*:\d")
# Meeting servers of universities and governments, whose endings nobody else can have.
_PUBLIC_MEETING = re.compile(
    r"(?:meet|meeting|bbb|jitsi|webconf|conf|visio|vc|greenlight|bigbluebutton)\d{0,2}\.(?:[a-z0-9-]{1,63}\.){1,4}"
    r"(?:edu|gov|mil|(?:ac|edu|gov|gob|gouv|gv)\.[a-z]{2})$"
)
_SPELT_OUT = re.compile(r"%(?:3[0-9]|[46][1-9a-fA-F]|[57][0-9aA])")  # a plain letter or digit, which nothing encodes
SPELT_OUT = 4  # of them; fewer are a program's mistake
_AUTHORITY = re.compile(r"(?i)[a-z][a-z0-9+.-]*:[/\\]*([^/?#]{0,1024})")


def find(plain: str, field: str) -> list[Link]:
    """Links in running text that has been through `normalise.clean`. Linear in the text, bounded in number."""
    if not any(mark in plain for mark in (".", ":", "。", "dot", "DOT")):
        return []
    defanged = False
    if _may_be_defanged(plain):
        plain, count = _DEFANG.subn(_refang, plain)
        defanged = count > 0
    if "。" in plain or "․" in plain:
        plain = _FULL_DOT.sub(".", plain)
    found: dict[str, Link] = {}
    repeated: dict[str, int] = {}
    for token in (_ASCII_TOKEN if plain.isascii() else _TOKEN).findall(plain):
        for piece in _pieces(token):
            for raw, bare in _candidates(piece):
                link = _read(raw, bare, field)
                if link and link.url in found:
                    repeated[link.url] = repeated.get(link.url, 1) + 1
                elif link:
                    found[link.url] = with_flag(link, "defanged") if defanged else link
            if len(found) >= MAX_LINKS:
                return _counted(found, repeated)
    return _counted(found, repeated)


def _may_be_defanged(plain: str) -> bool:
    """A look that costs little, for the many texts with a bracket and no spoilt address."""
    if not ("[" in plain or "(" in plain or "{" in plain or "xx" in plain or "XX" in plain or "**" in plain):
        return False
    lowered = plain.lower()
    return any(sign in lowered for sign in _DEFANGED)


def _counted(found: dict[str, Link], repeated: dict[str, int]) -> list[Link]:
    for url, times in repeated.items():
        found[url] = replace(found[url], times=times)
    return list(found.values())


def _refang(match: re.Match[str]) -> str:
    text: str = match[0].lower()
    if text in ("hxxp", "h**p"):
        return "http"
    if ":" in text or "/" in text:
        return text.strip("[]")
    return "."


def _pieces(token: str) -> list[str]:
    if len(token) <= MAX_TOKEN:
        return [token]
    step = MAX_TOKEN - 256
    starts = range(0, min(len(token), MAX_PIECES * step), step)
    return [token[start : start + MAX_TOKEN] for start in starts] + [token[-MAX_TOKEN:]]


def _candidates(token: str) -> list[tuple[str, bool]]:
    """(text, whether it lacks a scheme) of everything in a token that may be an address."""
    schemes = [match.start() for match in _SCHEME.finditer(token)] if ":" in token else []
    if schemes:
        ends = [*schemes[1:], len(token)]
        found = [(_trim(token[start:end]), False) for start, end in zip(schemes, ends, strict=True)]
        return found + (_bare(token[: schemes[0]]) if schemes[0] > 3 else [])
    if "//" in token and (slashes := _DOUBLE_SLASH.search(token)):
        return [(_trim("http:" + token[slashes.start() :]), True)]
    return _bare(token)


def _bare(token: str) -> list[tuple[str, bool]]:
    if "." not in token:
        return []
    found = [(_trim(match[0]), True) for match in _IP_PATH.finditer(token)]
    for match in _BARE.finditer(token):
        text = _trim(match[0])
        host = re.split(r"[:/?#\\]", text, maxsplit=1)[0]
        if _is_plausible(host, text, match[1]):
            found.append((text, True))
    return found


def _is_plausible(host: str, text: str, last: str) -> bool:
    """Not "report.zip", "e.g", "Done.Next" or "John.is": words that only happen to look like a host."""
    name = host.rstrip(".").lower()
    if name.startswith("www."):
        return True
    if not has_public_suffix(name) or not registrable(name):
        return False
    if len(text) > len(host):
        return "/" in text or "?" in text or ":" in text
    ending = last.lower()
    if ending in _FILE_ENDINGS and name.count(".") == 1:
        return False
    before = host.rstrip(".")[: -len(last) - 1]
    if last[:1].isupper() and not before.isupper():  # "meeting.In": a missing space
        return False
    return not (ending in _BOUNDARY_TLDS and name.count(".") == 1 and (before[:1].isupper() or len(before) < 3))


def _trim(text: str) -> str:
    stop = _CJK_STOP.search(text)
    if stop:
        text = text[: stop.start()]
    while text and text[-1] in ".,;:!?'’*_)]}>|…":
        if text[-1] in ")]}" and text.count({")": "(", "]": "[", "}": "{"}[text[-1]]) >= text.count(text[-1]):
            break
        text = text[:-1]
    return text


def from_uri(value: str, field: str) -> Link | None:
    """The link of a property or attribute whose whole value is an address."""
    value = value.strip()
    if _BREAKS.search(value):  # a browser takes them out wherever they stand, even of "java\nscript:"
        link = from_uri(_BREAKS.sub("", value), field)
        return with_flag(link, "control_chars") if link else None
    if not value or value.startswith("#") or (len(value) > 8 and value[:7].lower() == "mailto:"):
        return None
    if value.startswith(("https://", "http://")):
        return _read(_refanged(value), False, field)
    scheme = _URI_SCHEME.match(value)
    if not scheme or (_HOST_AND_PORT.match(value) and has_public_suffix(scheme[0][:-1].lower())):
        if not _BARE.match(value.lstrip("/\\")):
            return None
        return _read("http://" + value.lstrip("/\\"), False, field, schemeless=True)
    return _read(_refanged(value), False, field)


def _refanged(value: str) -> str:
    return _DEFANG.sub(_refang, value) if "xx" in value.lower() or "[" in value or "*" in value else value


def with_flag(link: Link, flag: str) -> Link:
    return replace(link, flags=link.flags | {flag})


def _read(raw: str, bare: bool, field: str, *, schemeless: bool = False) -> Link | None:
    text = "http://" + raw if bare and not raw[:5].lower().startswith("http:") else raw
    facts = _facts(text[:8192])
    if facts is None:
        return None
    url, host, domain, scheme, flags = facts
    if bare or schemeless:
        flags |= {"schemeless"}
    return Link(url=url, raw=raw[:2048], host=host, domain=domain, scheme=scheme, field=field, flags=flags)


@lru_cache(maxsize=2048)
def _facts(text: str) -> tuple[str, str, str, str, frozenset[str]] | None:
    try:
        link = URL(text)
    except ValueError:
        return _facts_of_head(text)
    first = last = _parts(link)
    scheme, host = first.scheme, first.host
    if scheme in _SCRIPTS:
        return first.href[:2048], "", "", scheme, frozenset({"script_uri"})
    if scheme == "data":
        return first.href[:2048], "", "", scheme, frozenset() if _PICTURE.match(first.href) else frozenset({"data_uri"})
    if not host or scheme in _OPAQUE_SCHEMES:  # "whatsapp://send": no host, but a command
        flags = {"messenger"} if scheme in _OPAQUE_SCHEMES - {"tel", "callto"} else set()
        return first.href[:2048], "", "", scheme, frozenset(flags)
    if not host.isascii() or (not text.isascii() and not has_public_suffix(host)):
        return _facts_of_head(text)
    flags = _flags(text, first)
    if may_redirect(host.rstrip(".")):
        end, unwrapped, opaque = unwrap(link)
        if unwrapped:
            last = _parts(end)
            flags |= {"redirector"} | _flags(last.href, last)
        if opaque:
            flags.add("opaque_redirect")
    host = last.host.rstrip(".")
    return last.href[:4096], host, registrable(host) or host, last.scheme, frozenset(flags)


class _Parts(NamedTuple):
    """An address as a browser takes it apart."""

    href: str
    scheme: str
    host: str
    path: str
    query: str  # with its "?"
    port: str
    userinfo: bool
    is_ip: bool


def _parts(link: URL) -> _Parts:
    """Each attribute of the parser's object costs a call into C; an ordinary address shows its parts in one of them."""
    href = link.href
    scheme, _, rest = href.partition("://")
    if scheme in ("https", "http"):
        host, _, rest = rest.partition("/")
        if "@" not in host and ":" not in host:
            path, mark, query = rest.partition("#")[0].partition("?")
            is_ip = host[-1:].isdigit() and bool(link.host_type.value)
            return _Parts(href, scheme, host, "/" + path, mark + query, "", False, is_ip)
    return _Parts(
        href=href,
        scheme=link.protocol.rstrip(":"),
        host=link.hostname,
        path=link.pathname,
        query=link.search,
        port=link.port,
        userinfo=bool(link.username or link.password),
        is_ip=bool(link.host_type.value),
    )


def _facts_of_head(text: str) -> tuple[str, str, str, str, frozenset[str]] | None:
    """An address that runs into the next words, as in Japanese: read again up to the first foreign letter."""
    head = re.match(r"[\x21-\x7e]+", text)
    return _facts(head[0]) if head and 10 < len(head[0]) < len(text) else None


def _flags(text: str, parts: _Parts) -> set[str]:
    host = parts.host.rstrip(".")
    flags = {*_host_kinds(host), *counted(host, parts.path, parts.query)}
    if is_user_page(host, parts.path):
        flags.add("user_content")
    written = ""
    if "@" in text or "%" in text:
        authority = _AUTHORITY.match(text)
        written = authority[1] if authority else ""
    if parts.is_ip:
        flags.add("ip_literal")
    if parts.userinfo or "@" in written:
        flags.add("userinfo")
    if "xn--" in host:
        flags.add("punycode")
        if _mixed(host):
            flags.add("mixed_script")
    if parts.port not in _DEFAULT_PORTS:
        flags.add("port")
    if "%" in text:
        flags |= _in_code(text, written.rpartition("@")[2])
    if "\\" in text[:64].partition("?")[0]:
        flags.add("backslash")
    if len(text) > LONG:
        flags.add("long")
    return flags


def _in_code(text: str, host: str) -> set[str]:
    if "%" in host:
        return {"percent_host"}
    return {"spelt_out"} if len(_SPELT_OUT.findall(text)) >= SPELT_OUT else set()


@lru_cache(maxsize=4096)
def _host_kinds(host: str) -> frozenset[str]:
    lists = {
        "conference": CONFERENCE,
        "messenger": MESSENGERS,
        "redirector": REDIRECTORS,
        "user_content": USER_CONTENT,
    }
    kinds = {kind for kind, entries in lists.items() if covers(entries, host)}
    if is_shortener(host):
        kinds.add("shortener")
    if "user_content" in kinds and host in USER_CONTENT:
        kinds.discard("conference")  # docs.zoom.us: anybody's page on a meeting service
    if _PUBLIC_MEETING.match(host):
        kinds.add("conference")
    return frozenset(kinds)


def _mixed(host: str) -> bool:
    """A label of two alphabets, or one wholly made of letters that pass for Latin ("раура")."""
    for label in host.split("."):
        if label.startswith("xn--"):
            try:
                text = label[4:].encode("ascii").decode("punycode")
            except (UnicodeError, ValueError, OverflowError):
                continue
            foreign = [c for c in text if not c.isascii()]
            if any(c in TO_LATIN for c in foreign) and all(c in TO_LATIN or c.isascii() for c in text):
                return True
    return False
