"""Words that something other than a space keeps apart: pictures, signs of any script, brackets, capitals."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# What may stand between the words of a sentence without being one: pictures, arrows, rules of tables, quote marks.
_DECORATION = re.compile("[|>•·*~=\u2190-\u2bff\U0001f000-\U0001faff]+\\s?")
# The same in ASCII, where signs decorate only between spaces; what stands before is asked behind the first sign.
_SIGNS_APART = re.compile(r"[|>*~=](?<!\S[|>*~=])[|>*~=]*+(?:\s|\Z)|[_^#\\/+-](?<!\S.)(?:\s|\Z)")
_ALONE = ("*", "|", ">", "=", "~", *(f" {sign} " for sign in "_^#\\/+-"))  # without one of these none stands so
# Signs in place of a space: "was__charged", '"was" "charged"', and of any script between Latin letters.
_ANY_SIGN = r"[!\"&'()*,./:;<=>?\[\\\]^_`{|}~-]"
_SEVERAL_APART = re.compile(rf"{_ANY_SIGN}{{1,8}}+(?: {_ANY_SIGN}{{1,8}}+|(?<={_ANY_SIGN}{{2}}))(?<!://)(?=[^\W_])")
_FOREIGN_SIGNS = "".join(
    chr(code)
    for code in (*range(0x80, 0x3100), *range(0xA000, 0xAC00), *range(0xE000, 0xF900))
    if unicodedata.category(chr(code))[0] in "PSC" or 0x2B0 <= code < 0x300 or code == 0x640
)
_FOREIGN = re.escape(_FOREIGN_SIGNS)
_ELSEWHERE = re.compile(f"[{_FOREIGN}](?<=[a-z0-9].)[{_FOREIGN}]*+(?=[a-z0-9+$])")
_IN_BRACKETS = re.compile(r"[(\[{](?<=[^\W\d_].)([^\W\d_]{1,12})[)\]}]")  # "accou(nt)", and "guest(s)"
_MARKED_UP = re.compile(r"\[/?[a-z]{1,8}\]")  # "[b]your[/b]"
_CAMEL_HINT = re.compile("[A-Z](?<=[a-z].)[a-z]{1,14}[A-Z][a-z]")
_CAMEL = re.compile(r"[A-Z](?<![\w/=?&%.-].)[a-z]{1,14}(?:[A-Z][a-z]{1,14}){3,}(?![a-zA-Z])")  # "YourAccountWasCharged"
_HUMP = re.compile("(?<=[a-z])(?=[A-Z])")


def words_apart(plain: str) -> str:
    """The text with a space between words that only capitals tell apart: "YourAccountWasCharged"."""
    if not _CAMEL_HINT.search(plain):
        return plain
    return _CAMEL.sub(lambda match: _HUMP.sub(" ", match[0]), plain)


@lru_cache(maxsize=32)  # a text is asked for by several in turn
def in_words(text: str) -> str:
    """A folded text with single spaces between its words, whatever stands there: what `undecorated` sees through, and
    several signs, signs of any script, brackets inside words."""
    if "(" in text or "[" in text or "{" in text:
        text = _IN_BRACKETS.sub(r"\1", text)
    text = _SEVERAL_APART.sub(" ", undecorated(text))
    return text if text.isascii() else _ELSEWHERE.sub(" ", text)


def undecorated(text: str) -> str:
    """A clean or folded text with a single space wherever pictures, or signs between spaces, stand, and without forum
    code and line breaks that were written out."""
    if "\\n" in text:
        text = text.replace("\\n", " ")
    if "[/" in text:
        text = _MARKED_UP.sub("", text)
    if text.isascii():
        return _SIGNS_APART.sub("", text) if any(map(text.__contains__, _ALONE)) else text

    def apart(match: re.Match[str]) -> str:
        start, run = match.start(), match[0]
        before = not start or text[start - 1].isspace()
        between = before and (run[-1].isspace() or match.end() == len(text))
        return ("" if before else " ") if between or max(run) >= "\u2190" else run

    return _DECORATION.sub(apart, text)
