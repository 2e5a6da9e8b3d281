"""Which amounts of money a text names."""

# ruff: noqa: E501, SIM905  (word lists read better as words, in one line)

from __future__ import annotations

import re
from bisect import bisect_left

from ahocorasick_rs import AhoCorasick, Implementation

from calguard.content.types import Money

MAX_AMOUNTS = 100

_SYMBOLS = {
    "$": "USD", "us$": "USD", "usd$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW",
    "₿": "BTC", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₫": "VND", "₦": "NGN", "฿": "THB", "zł": "PLN", "r$": "BRL",
    "rs": "INR", "rs.": "INR", "a$": "AUD", "c$": "CAD", "ca$": "CAD", "au$": "AUD", "nz$": "NZD", "hk$": "HKD",
    "s$": "SGD", "fr.": "CHF", "kr": "SEK", "kč": "CZK", "円": "JPY", "元": "CNY", "원": "KRW", "руб": "RUB",
    "dollar": "USD", "dollars": "USD", "dólares": "USD", "dollari": "USD", "euro": "EUR", "euros": "EUR",
    "pounds": "GBP", "rupees": "INR", "bitcoin": "BTC", "bitcoins": "BTC", "ether": "ETH", "tether": "USDT",
    "دولار": "USD", "دولارا": "USD", "دولارات": "USD", "يورو": "EUR", "ريال": "SAR", "درهم": "AED", "جنيه": "EGP", "دينار": "KWD",
    "डॉलर": "USD", "रुपये": "INR", "रुपए": "INR", "रुपया": "INR", "रु": "INR", "रु.": "INR", "यूरो": "EUR", "доллар": "USD",
    "долларов": "USD", "доллара": "USD", "евро": "EUR", "рубля": "RUB", "рубль": "RUB", "руб.": "RUB", "美元": "USD", "美金": "USD",
    "人民币": "CNY", "块": "CNY", "欧元": "EUR", "ドル": "USD", "ユーロ": "EUR", "dolar": "USD", "dollaro": "USD", "rubel": "RUB",
    "bucks": "USD", "reais": "BRL", "pesos": "MXN", "yen": "JPY", "yuan": "CNY", "rubles": "RUB", "рублей": "RUB",
}  # fmt: skip
_CODES = frozenset(
    "USD EUR GBP JPY CNY RMB INR RUB KRW BTC ETH USDT USDC LTC XRP BNB SOL DOGE TRY UAH ILS VND NGN THB PLN BRL AUD "
    "CAD NZD HKD SGD CHF SEK NOK DKK CZK HUF RON BGN MXN ARS CLP COP PEN ZAR AED SAR EGP KES GHS MYR IDR PHP TWD "
    "usd eur gbp btc eth usdt inr Usd Eur".split()
)
_UNITS = AhoCorasick([*_SYMBOLS, *{code.lower() for code in _CODES}], implementation=Implementation.DFA)
_BEHIND = 12  # characters behind a number in which its unit stands
_NEAR = 24  # characters, more than any unit may stand apart: numbers without one are passed over
# What may not stand before it is asked behind its first digit, so that the search can leap from digit to digit.
_NUMBER = re.compile(r"\d(?<![\d.,:/]\d)\d{0,11}(?:[.,' ]\d{3}(?!\d)){0,4}(?:[.,]\d{1,8})?(?![\d:])")
_ASCII_NUMBER = re.compile(_NUMBER.pattern, re.ASCII)  # the same in ASCII, at less cost
_SIGN_BEFORE = re.compile(r"(?:[^\W\d_]{1,3}\.?)?[$€£¥₹₽₩₿₺₴₪₫₦฿](?= ?$)")
_WORD_BEFORE = re.compile(r"(?<![^\W_])[^\W\d_]{2,8}\.?(?=[ :]{0,2}$)")
_AFTER = re.compile(
    r"\s?(?:([円원块]|元(?!旦)|美元|美金|人民币|欧元|ドル|ユーロ)|(?:([$€£¥₹₽₩₿₺₴₪₫₦฿]|[^\W\d_]{2,8}|(?:रुपये|रुपए|रुपया|रु|डॉलर|यूरो)(?![\u0900-\u0963])\.?)(?![^\W_])))"
)

_GLUED = re.compile(r"(?![kKmM](?![^\W_]))[^\W\d_]")  # "kr3w" is no amount, "$5k" is


def find(plain: str, field: str) -> list[Money]:
    """Amounts with a currency beside them. Linear in the text."""
    units = [start for _, start, _ in _UNITS.find_matches_as_indexes(plain.lower())]
    if not units:
        return []
    exactly = plain.isascii()  # where letters in lower case stand where they stood
    found: dict[tuple[str, str], Money] = {}
    for match in (_ASCII_NUMBER if exactly else _NUMBER).finditer(plain):
        start, end = match.span()
        near = bisect_left(units, start - _NEAR)
        if near == len(units) or units[near] > end + (_BEHIND if exactly else _NEAR):
            continue
        lead = plain[max(0, start - 14) : start] if units[near] < start or not exactly else ""
        before = (_SIGN_BEFORE.search(lead) or _WORD_BEFORE.search(lead)) if lead else None
        currency = _currency(before[0]) if before else ""
        if before and currency and not _GLUED.match(plain, end):
            raw = lead[before.start() :] + match[0]
        else:
            after = _AFTER.match(plain, end, end + _BEHIND)
            currency = _currency(after[1] or after[2]) if after else ""
            raw = match[0] + (after[0] if after else "")
        if currency:
            amount = normal_amount(match[0])
            found.setdefault((amount, currency), Money(amount=amount, currency=currency, raw=raw.strip(), field=field))
            if len(found) >= MAX_AMOUNTS:
                break
    return list(found.values())


def _currency(unit: str) -> str:
    known = _SYMBOLS.get(unit.lower()) or (unit.upper() if unit in _CODES else "")
    return known or (_SYMBOLS.get(unit[-1], "") if unit else "")


def normal_amount(text: str) -> str:
    """ "1.234,56", "1,234.56" and "1 234,56" as "1234.56"."""
    text = re.sub(r"[ \u00a0']", "", text)
    last = max(text.rfind("."), text.rfind(","))
    if last < 0:
        return text
    whole, mark, rest = text[:last], text[last], text[last + 1 :]
    if len(rest) == 3 and (mark in whole or not re.search(r"[.,]", whole)) and whole != "0":
        return re.sub(r"[.,]", "", text)  # a separator of thousands
    return re.sub(r"[.,]", "", whole) + "." + rest
