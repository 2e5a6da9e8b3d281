"""Which telephone numbers a text asks to call, also spelt with letters or other scripts' digits."""

# ruff: noqa: SIM905  (word lists read better as words)

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from itertools import islice

import phonenumbers
from ahocorasick_rs import AhoCorasick

from calguard.content.joined import undecorated
from calguard.content.types import Phone

MAX_PHONES = 50
MAX_CANDIDATES = 2_000

_LIKE = str.maketrans("OoIil|", "001111")
_CANDIDATE = re.compile(
    r"(?<![\w@=/#$€£¥+:.,*-])(?:\+|\(\+?|00)?[\dOoIil|]\)?(?:[ \u00a0().\-/·•_*~]{0,3}[\dOoIil|]\)?){6,17}(?![\w@=%])"
    r"(?!(?<=[ \u00a0().\-/·•_*~][OoIil|])[ \u00a0._*·•~|/,+-]{1,3}[^\W\d_])"  # "... 8040 i m m e d i a t e l y"
)
_FILLING = "OoIil| \u00a0().-/·•_*~+"  # what a candidate is made of beside digits
# From its first true digit to where it ends at the latest, where it has as many as needed.
_ROW = re.compile(rf"\d(?:[{re.escape(_FILLING)}]*+\d){{3}}[\d{re.escape(_FILLING)}]*+")
_ASCII_ROW = re.compile(_ROW.pattern, re.ASCII)  # the same in ASCII, where digits are told at less cost
_BEFORE = 64  # characters of a candidate that may stand before its first true digit
_BEHIND = 4  # characters behind a candidate that it is told by
_FEWEST = 4  # digits of a candidate that are written as digits
_LEAST = 7  # characters of a candidate
_VANITY = re.compile(
    r"(?<![\w.-])(?:\+?1[ .-]?)?\(?(8(?:00|33|44|55|66|77|88))\)?[ .-]([A-Z0-9][A-Z0-9-]{5,10})(?![\w@])"
)
_TOLL_FREE = re.compile(r"8(?:00|33|44|55|66|77|88)")
_DATE = re.compile(
    r"^\W*(?:(?:19|20)\d\d[-./ ](?:0?[1-9]|1[0-2])[-./ ](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01]) ?[-./ ] ?"
    r"(?:0?[1-9]|[12]\d|3[01]) ?[-./ ] ?(?:19|20)?\d\d)(?:[T ,].{0,12})?\W*$"
    r"|^\W*(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d\W*$"
    r"|^(?:19|20)\d{6}(?:[T ]?\d{4,6})?$"
)
_PAIRS = re.compile(r"^0[1-9]([ .-])\d\d(?:\1\d\d){3}$")  # as France writes numbers: 01 23 45 67 89
_TIMES = re.compile(r"^\W*\d{1,2}[.]\d\d\s*-\s*\d{1,2}[.]\d\d\W*$")
_NOT_PHONE = re.compile(
    r"(?i)(?:meeting|webinar|conference|event|room|konferenz|besprechungs?|réunion|reunión|riunione|reunião|personal)"
    r"[ -]?(?:id|nummer|code|number|kennung)|pass ?(?:code|word)|\bpin\b|\bid\b|access code|kenncode|order|invoice|"
    r"receipt|ref(?:erence)?\b|transaction|case|ticket|tracking|isbn|issn|iban|bic|vat|siren|siret|serial|licen[cs]e|"
    r"account (?:no|number)|konto|uuid|uid\b|doi|version|build|会议\s*id|会议号|ミーティング ?id|会議 ?id|код"
)
_CALL = re.compile(
    r"(?i)call|phone|\btel\b|tel[.:]|tel[eé]|t\.:|mobile|\bcell|hotline|help ?(?:line|desk)|support|toll|free|contact|"
    r"dial|number|whats ?app|sms|text\b|fax|ring\b|reach|assist|service|billing|cancel|anruf|rufen|ruf\b|nummer|llam|"
    r"n[uú]mero|appel|num[eé]ro|ligue|lig[au]|chiam|bel\b|bellen|звон|тел|номер|電話|电话|致电|お問い合わせ|اتصل|هاتف|फ़?ोन|कॉल|전화"
)
# What either has in it, so that most surroundings need not be searched through.
_CALLING = AhoCorasick(
    "call phone tel t.: mobile cell line desk support toll free contact dial number whats sms text fax ring reach "
    "assist service billing cancel anruf ruf nummer llam numero appel lig chiam bel".split()
)
_COUNTING = AhoCorasick(
    "id nummer code number kennung pass pin order invoice receipt ref transaction case ticket tracking isbn issn "
    "iban bic vat siren siret serial licen account konto uid doi version build".split()
)
_GAP = r"(?:(?:[^\w+]|_){1,12}|\+)"
_ABROAD = re.compile(rf"\+\d{{1,4}}(?:{_GAP}\d{{2,5}}){{2,5}}(?!\d)")
_AMERICAN = re.compile(rf"[2-9](?<!\d.)\d\d{_GAP}[2-9]\d\d{_GAP}\d{{4}}(?!\d)")
SHORTEST = 8  # digits of a number whose groups stand apart
AMERICAN = 10
_NOT_DIGIT = re.compile(r"\D+")
_DIGIT = re.compile(r"\d")
_ASCII_DIGIT = re.compile("[0-9]")


def find(plain: str, field: str) -> list[Phone]:
    """Numbers in a text that has been through `normalise.clean`. Linear in the text, bounded in number."""
    found: dict[str, Phone] = {}
    for match in islice(_candidates(plain), MAX_CANDIDATES):
        number = _number(match, plain)
        if number:
            found.setdefault(number, Phone(number=number, raw=match[0].strip(), field=field))
        if len(found) >= MAX_PHONES:
            break
    if "8" in plain and _TOLL_FREE.search(plain):
        for match in _VANITY.finditer(plain):
            number = _vanity(match)
            if number:
                found.setdefault(number, Phone(number=number, raw=match[0], field=field))
    return list(found.values())[:MAX_PHONES]


def _candidates(plain: str) -> Iterator[re.Match[str]]:
    """Rows of digits and what passes for them. Most texts hold no such row, and in the others the rest is passed by."""
    enough = 0  # digits of a row; one more where the text holds no others
    for row in (_ASCII_ROW if plain.isascii() else _ROW).finditer(plain):
        start, end = row.span()
        before = plain[max(0, start - _BEFORE) : start]
        first = start - len(before) + len(before.rstrip(_FILLING))
        if end - first < _LEAST:
            continue  # a room or a year: most rows there are
        digits = len(_DIGIT.findall(row[0]))
        enough = enough or (_FEWEST if _digits(plain) > _FEWEST else _FEWEST + 1)
        if digits >= enough:
            yield from _CANDIDATE.finditer(plain, first, end + _BEHIND)


def find_apart(plain: str, field: str) -> list[Phone]:
    """Numbers whose groups stand far apart, between pictures, rules, line breaks or signs ("805 🎉 302 🎉 8040"): only
    those written with their country, and ten American digits that a word asks to call."""
    undone = undecorated(plain.replace("\u20e3", ""))  # keycaps: a digit and its frame
    found = find(undone, field) if undone != plain else []
    digits = _digits(plain)
    if found or digits < SHORTEST:
        return found
    for match in islice(_ABROAD.finditer(plain) if "+" in plain else (), MAX_CANDIDATES):
        number = international(_NOT_DIGIT.sub("", match[0]))
        if number:
            return [Phone(number=number, raw=match[0], field=field)]
    for match in islice(_AMERICAN.finditer(plain) if digits >= AMERICAN else (), MAX_CANDIDATES):
        if _is_called(plain[max(0, match.start() - 48) : match.start()]):
            return [Phone(number=f"+1{_NOT_DIGIT.sub('', match[0])}", raw=match[0], field=field)]
    return []


def has_digits(text: str) -> bool:
    """Whether a text has any digit, of whatever script."""
    return bool((_ASCII_DIGIT if text.isascii() else _DIGIT).search(text))


def _digits(text: str) -> int:
    return sum(map(text.count, string.digits)) if text.isascii() else len(_DIGIT.findall(text))


def _number(match: re.Match[str], plain: str) -> str:
    """The number of a candidate, or "" where it is a date, an identifier or no number at all."""
    raw = match[0]
    true_digits = len(_DIGIT.findall(raw))
    digits = _NOT_DIGIT.sub("", raw.translate(_LIKE))
    if true_digits * 2 < len(digits) or not 7 <= len(digits) <= 16 or len(set(digits)) < 3:
        return ""
    before = plain[max(0, match.start() - 48) : match.start()]
    explicit = raw.startswith(("+", "(+")) or bool(re.match(r"^\(?[2-9]\d\d\)[ -]?\d{3}[ .-]\d{4}$", raw))
    called = _is_called(before) or _is_called(plain[match.end() : match.end() + 16])
    if not explicit:
        if (_DATE.match(raw) and not (called and _PAIRS.match(raw))) or _TIMES.match(raw):
            return ""
        named = [m.end() for m in _NOT_PHONE.finditer(before)] if _may_hold(_COUNTING, before) else []
        if named and not any(m.end() > named[-1] for m in _CALL.finditer(before)):
            return ""
    if raw.startswith(("+", "(+", "00")):
        return international(digits.removeprefix("00")) or (f"+{digits}" if called and len(digits) > 8 else "")
    return _national(raw, digits, explicit, called)


def _is_called(beside: str) -> bool:
    return _may_hold(_CALLING, beside) and bool(_CALL.search(beside))


def _may_hold(words: AhoCorasick, beside: str) -> bool:
    return not beside.isascii() or bool(words.find_matches_as_indexes(beside.lower()))


def _national(raw: str, digits: str, explicit: bool, called: bool) -> str:
    separators = len(re.findall(r"[ ().\-/·•_*~\u00a0]+", raw))
    american = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    if len(american) == 10 and american[0] in "23456789" and american[3] in "23456789":
        grouped = bool(re.search(r"\d{3}\D{1,3}[\dOoIil|]{3}\D{1,3}[\dOoIil|]{4}$", raw)) or explicit
        if grouped or called or american[:3] in ("800", "833", "844", "855", "866", "877", "888"):
            return f"+1{american}"
        return ""
    if len(digits) in (9, 10, 11, 12) and digits[0] == "0":
        return digits if called or 1 <= separators <= 5 else ""
    return digits if called and separators and len(digits) <= 13 else ""


def international(digits: str) -> str:
    """A number with its country code, as E.164; "" where no such number can be."""
    try:
        parsed = phonenumbers.parse(f"+{digits}", None)
    except phonenumbers.NumberParseException:
        return ""
    return f"+{parsed.country_code}{parsed.national_number}" if phonenumbers.is_possible_number(parsed) else ""


def _vanity(match: re.Match[str]) -> str:
    letters = match[2].replace("-", "")
    if not 7 <= len(letters) <= 10 or sum(c.isalpha() for c in letters) < 3:
        return ""
    keys = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True))
    return "+1" + match[1] + "".join(keys.get(c, c) for c in letters)[:7]
