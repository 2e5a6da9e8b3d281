"""Where a text asks to be chatted with or paid: messenger names and wallet addresses (DOMAIN 3.1)."""

# ruff: noqa: E501  (word lists are longer than code)

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ahocorasick_rs import AhoCorasick, MatchKind

from calguard.content.types import Content, Text

MAX_FOUND = 40
MAX_NAMED = 400  # mentions of messengers in one text that are looked beside
MAX_TEXT = 70_000  # characters of one text that are looked through
_KEPT = "reached"

# As people name them; all are looked for in folded text.
_MESSENGERS = {
    "telegram": "telegram|telegramm|телеграм|телеграмм|телеграме|テレグラム|تيليجرام|تلغرام|تليجرام|टेलीग्राम|电报群|飞机号",
    "whatsapp": "whatsapp|whats app|watsapp|whatsap|вотсап|ватсап|واتساب|واتس اب|व्हाट्सएप|व्हाट्सऐप|ワッツアップ",
    "wechat": "wechat|weixin|微信|薇信|威信|v信",
    "line": "line id|lineid|ライン id|line:|line @|lineのid|ラインid",
    "kakaotalk": "kakaotalk|kakao|카카오톡|카톡|カカオトーク",
    "signal": "signal:|signal app|on signal|via signal|auf signal|per signal|sur signal|signal messenger",
    "viber": "viber|вайбер",
    "skype": "skype",
    "qq": "qq号|qq群|qq:|加qq",
    "zalo": "zalo",
    "threema": "threema",
    "session": "session id",
    "wickr": "wickr",
    "discord": "discord",
    "snapchat": "snapchat",
    "kik": "kik:|kik me|kik id",
}
_WORDS = [(word, name) for name, words in _MESSENGERS.items() for word in words.split("|")]
_NAMED = AhoCorasick([word for word, _ in _WORDS], matchkind=MatchKind.LeftmostLongest)
_BEHIND = re.compile(
    r"(?:messenger|group|gruppe|grupo|app|id|号|号码|帳號|账号|user ?name|name|handle|account|contact|at|on|is|auf|unter|en|sur|su|op"
    r"|au|al|по|на|पर|عبر|まで|で|は|[\s:：=@()\[\]\-–>•*_.])*?"
    r"[\s:：=(\[>-]@?(?P<name>[a-z][a-z0-9_.-]{3,31}|[1-9]\d{5,11}(?!\d))(?![^\s.,;:!?)\]。、，])"
)
_AT = re.compile(r"(?<![^\s:：(\[\"'>])@(?P<name>[a-z][a-z0-9_.]{3,31})(?!@)")
_NEAR = 48  # characters between a messenger's name and the handle
_TELLS = re.compile(r"[\d_]")  # a handle beside a messenger's name without "@" has a digit or "_"; a word has none

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# What may not stand before it is asked behind its first sign, so that the search can leap from one to the next: Base58,
# then Bech32 in small letters or capitals, then hexadecimal.
_WALLET = re.compile(
    r"[13TLDXblB0](?<![A-Za-z0-9/=?&].)(?:(?<=[13TLDX])[1-9A-HJ-NP-Za-km-z]{25,33}|(?:(?<=b)c|(?<=l)tc)1[02-9ac-hj-np-z]{11,71}"
    r"|(?:(?<=B)C|(?<=L)TC)1[02-9AC-HJ-NP-Z]{11,71}|(?<=0)x[0-9a-fA-F]{40})(?![A-Za-z0-9])"
)
_VERSIONS = {0x00: "BTC", 0x05: "BTC", 0x41: "TRX", 0x30: "LTC", 0x32: "LTC", 0x1E: "DOGE", 0x4C: "DASH"}
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_CHECKS = (1, 0x2BC830A3)  # BIP 173 and BIP 350
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handle:
    """Somebody's name on a messenger."""

    service: str  # "telegram", "wechat", ...
    name: str
    raw: str
    field: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Wallet:
    """An address that takes cryptocurrency; its checksum holds where the currency has one."""

    currency: str  # "BTC", "ETH" (and all that share its addresses), "TRX", "LTC", "DOGE", "DASH"
    address: str
    field: str


def reached(content: Content) -> tuple[tuple[Handle, ...], tuple[Wallet, ...]]:
    """The handles and wallets of a content; looked for once and kept with it."""
    kept: tuple[tuple[Handle, ...], tuple[Wallet, ...]] | None = vars(content).get(_KEPT)
    if kept is None:
        kept = (handles(content.texts), wallets(content.texts))
        vars(content)[_KEPT] = kept
    return kept


def handles(texts: Iterable[Text]) -> tuple[Handle, ...]:
    """Each name on each messenger once. Linear in the texts, bounded in number."""
    found: dict[tuple[str, str], Handle] = {}
    for text in texts:
        folded = text.folded[:MAX_TEXT]
        for index, start, end in _NAMED.find_matches_as_indexes(folded)[:MAX_NAMED]:
            service = _WORDS[index][1]
            name, raw = _beside(folded, start, end)
            if name:
                found.setdefault((service, name), Handle(service=service, name=name, raw=raw, field=text.field))
        if len(found) >= MAX_FOUND:
            break
    return tuple(found.values())


def _beside(folded: str, start: int, end: int) -> tuple[str, str]:
    if end < len(folded) and folded[end].isascii() and folded[end].isalnum():
        return "", ""  # "telegrams"
    if start and folded[start - 1] in "abcdefghijklmnopqrstuvwxyz0123456789/.=?&-_@" and folded[start].isascii():
        return "", ""  # inside a longer word or an address
    near = _AT.search(folded, end, end + _NEAR) or _AT.search(folded, max(0, start - _NEAR), start)
    if near:
        return near["name"].rstrip("."), folded[min(start, near.start()) : max(end, near.end())]
    behind = _BEHIND.match(folded, end, end + _NEAR)
    if behind and _TELLS.search(behind["name"]):
        return behind["name"].rstrip("."), folded[start : behind.end()]
    return "", ""


def wallets(texts: Iterable[Text]) -> tuple[Wallet, ...]:
    """Each valid address once. Linear in the texts, bounded in number."""
    found: dict[str, Wallet] = {}
    for text in texts:
        if len(text.visible) < 26:
            continue
        for match in _WALLET.finditer(text.visible[:MAX_TEXT]):
            currency = _currency(match[0])
            if currency:
                found.setdefault(match[0], Wallet(currency=currency, address=match[0], field=text.field))
            if len(found) >= MAX_FOUND:
                return tuple(found.values())
    return tuple(found.values())


@lru_cache(maxsize=512)
def _currency(address: str) -> str:
    if address[:2] == "0x":
        return "ETH" if len(set(address[2:].lower())) > 6 else ""
    lower = address.lower()
    if lower.startswith(("bc1", "ltc1")):
        return ("BTC" if lower.startswith("bc1") else "LTC") if _bech32_holds(lower) else ""
    return _base58_currency(address)


def _base58_currency(address: str) -> str:
    number = 0
    for char in address:
        number = number * 58 + _BASE58.index(char)
    if number.bit_length() > 200:
        return ""
    octets = number.to_bytes(25, "big")
    if sha256(sha256(octets[:21]).digest()).digest()[:4] != octets[21:]:
        return ""
    return _VERSIONS.get(octets[0], "")


def _bech32_holds(address: str) -> bool:
    human, _, data = address.rpartition("1")
    values = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human]
    values += [_BECH32.index(c) for c in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            check ^= generator if top >> bit & 1 else 0
    return check in _BECH32_CHECKS
