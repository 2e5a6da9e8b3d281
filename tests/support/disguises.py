"""Every way to write a text so that people read it and programs do not: each takes a text and disguises all of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Disguise = Callable[[str], str]

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def between(filler: str) -> Disguise:
    """Something after each letter."""
    return lambda text: "".join(char + filler if char.isalpha() else char for char in text)


def exchanged(letters: str, for_these: str) -> Disguise:
    """Letters for letters."""
    return lambda text: text.translate(str.maketrans(dict(zip(letters, for_these, strict=True))))


def in_font(upper: int, lower: int) -> Disguise:
    """Letters of another block of Unicode, from A and from a."""

    def shown(char: str) -> str:
        if not (char.isascii() and char.isalpha()):
            return char
        return chr(ord(char) - 65 + upper) if char.isupper() else chr(ord(char) - 97 + lower)

    return lambda text: "".join(map(shown, text))


def capitals(first: int) -> Disguise:
    """Of a block that has capital letters only."""
    return lambda text: in_font(first, 97)(text.upper())


def apart(separator: str) -> Disguise:
    """Each word of more than three letters letter by letter."""
    return lambda text: " ".join(
        separator.join(word) if len(word) > 3 and word.isalpha() else word for word in text.split(" ")
    )


def joined(sign: str) -> Disguise:
    """All words in one, with a sign where a space was."""
    return lambda text: text.replace(" ", sign)


def run_together(text: str) -> str:
    """Words beside each other without a space, each with a capital."""
    return re.sub(r"\b[A-Za-z]+(?: [A-Za-z]+\b)+", lambda match: match[0].title().replace(" ", ""), text)


def bracketed(text: str) -> str:
    """The last two letters of each word in brackets."""
    return re.sub(r"\b([A-Za-z]+)([A-Za-z]{2})\b", r"\1(\2)", text)


def stretched(text: str) -> str:
    """The third letter of each longer word four times."""
    return " ".join(
        word[:3] + word[2] * 3 + word[3:] if len(word) > 3 and word.isalpha() else word for word in text.split(" ")
    )


def doubled(text: str) -> str:
    """Each letter of each longer word twice."""
    return " ".join(
        "".join(char * 2 for char in word) if len(word) > 3 and word.isalpha() else word for word in text.split(" ")
    )


def entities(form: str) -> Disguise:
    return lambda text: "".join(form.format(ord(char)) if char.isalpha() else char for char in text)


def markup(filler: str) -> Disguise:
    """A page with something a reader does not see after each letter."""
    return lambda text: f"<p>{between(filler)(text)}</p>"


def page(around: str) -> Disguise:
    """A page that says it in a place of its own."""
    return lambda text: around.replace("$", text)


FILLERS: Mapping[str, str] = {
    "zero width space": "\u200b",
    "zero width non-joiner": "\u200c",
    "zero width joiner": "\u200d",
    "word joiner": "\u2060",
    "invisible separator": "\u2063",
    "soft hyphen": "\u00ad",
    "grapheme joiner": "\u034f",
    "Mongolian vowel separator": "\u180e",
    "byte order mark": "\ufeff",
    "variation selector": "\ufe0f",
    "rare variation selector": "\U000e0100",
    "tag": "\U000e0061",
    "Hangul filler": "\u3164",
    "half-width Hangul filler": "\uffa0",
    "Hangul choseong filler": "\u115f",
    "braille blank": "\u2800",
    "direction mark": "\u200e",
    "direction isolate": "\u2066",
    "control character": "\x01",
    "musical control": "\U0001d173",
}
LOOK_ALIKES: Mapping[str, Disguise] = {
    "Cyrillic": exchanged("aeopcyxisABEKMHOPCTYX", "аеорсухіѕАВЕКМНОРСТУХ"),
    "Greek": exchanged("aouvipABEZHIKMNOPTYX", "αουνιρΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"),
    "Armenian": exchanged("ohnuqg", "օհոսզց"),
    "Cherokee": exchanged("PABCEGHKLMRSTVWZ", "ᏢᎪᏴᏟᎬᏀᎻᏦᏞᎷᏒᏚᎢᏙᎳᏃ"),
    "Cyrillic capitals": lambda text: exchanged("ABEKMHOPCTYX", "АВЕКМНОРСТУХ")(text.upper()),
}
FONTS: Mapping[str, Disguise] = {
    "bold": in_font(0x1D400, 0x1D41A),
    "sans-serif bold": in_font(0x1D5D4, 0x1D5EE),
    "bold script": in_font(0x1D4D0, 0x1D4EA),
    "bold fraktur": in_font(0x1D56C, 0x1D586),
    "monospace": in_font(0x1D670, 0x1D68A),
    "full width": in_font(0xFF21, 0xFF41),
    "circled": in_font(0x24B6, 0x24D0),
    "in brackets": in_font(0x1F110, 0x249C),
    "squared": capitals(0x1F130),
    "negative squared": capitals(0x1F170),
    "negative circled": capitals(0x1F150),
    "flags": capitals(0x1F1E6),
    "small capitals": exchanged(LETTERS, "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡxʏᴢ"),
    "superscript": exchanged(LETTERS.replace("q", ""), "ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ"),
}
MARKS: Mapping[str, Disguise] = {
    "struck through": between("\u0336"),
    "slashed": between("\u0338"),
    "accents": between("\u0301"),
    "heaped": between("\u0301\u0316\u0334"),
    "circles around": between("\u20dd"),
}
GAPS: Mapping[str, Disguise] = {f"apart by {separator!r}": apart(separator) for separator in " ._-*·•/~,|+\u00a0\u2009"}
# Signs between the words, in place of spaces: a person hardly notices.
JOINED: Mapping[str, Disguise] = {
    f"joined by {sign!r}": joined(sign)
    for sign in (
        "_",
        ".",
        "-",
        "*",
        "/",
        "~",
        "+",
        "|",
        ",",
        ":",
        ";",
        "#",
        "'",
        '"',
        ")(",
        "__",
        "...",
        " _ ",
        "·",
        "•",
    )
} | {
    "every other word joined": lambda text: re.sub(r" (\S+) ", r"_\1 ", text),
    "capitals between": run_together,
    "letters in brackets": bracketed,
}
# Letters of other scripts that merely resemble Latin ones, as generators of "aesthetic" text pick them.
RESEMBLING: Mapping[str, Disguise] = {
    name: lambda text, letters=letters: text.lower().translate(str.maketrans(LETTERS, letters))
    for name, letters in {
        "Greek and Cyrillic": "αвс∂єfgнιjкℓмησρqяѕтυνωχуz",
        "Cyrillic by shape": "авсdеfgніјкlмпорqгѕтцѵшхуz",
        "small Cherokee": "ꭺᏼꮯꭰꭼꭶꮐꮋꮖꭻꮶꮮꮇɴꭴꮲqꭱꮪꭲuꮩꮃxꭹꮓ",
    }.items()
}
STROKES: Mapping[str, Disguise] = {
    f"letters with {name}": exchanged(plain, struck)
    for name, plain, struck in (
        ("a stroke", "dlho", "đłħø"),
        ("a bar", "dbtiu", "ƌƀŧɨʉ"),
        ("a hook", "dknl", "ȡƙŋł"),
    )
}
LINES: Mapping[str, Disguise] = {
    "underlined throughout": lambda text: "".join(char + "\u0332" for char in text),
    "marks on all": lambda text: "".join(char + "\u0300\u0315\u0321" for char in text),
    "in forum code": lambda text: re.sub(r"(\w+)", r"[b]\1[/b]", text),
    "line breaks written out": joined("\\n"),
}
REPEATS: Mapping[str, Disguise] = {"stretched": stretched, "doubled": doubled}
LEET: Mapping[str, Disguise] = {
    "0 for o": exchanged("o", "0"),
    "1 for l": exchanged("l", "1"),
    "I for l": exchanged("l", "I"),
    "| for l": exchanged("l", "|"),
    "@ and 3": exchanged("ae", "@3"),
    "4, 3, 1, 0": exchanged("aeio", "4310"),
}
MARKUP: Mapping[str, Disguise] = {
    "decimal entities": entities("&#{};"),
    "hexadecimal entities": entities("&#x{:x};"),
    "long entities": entities("&#{:07d}"),
    "entities twice": entities("&amp;#{};"),
    "comments": markup("<!-- x -->"),
    "line breaks that are none": markup("<wbr>"),
    "soft hyphens": markup("&shy;"),
    "empty elements": markup("<b></b>"),
    "hidden letters": markup("<span style='display:none'>q</span>"),
    "letters of no size": markup("<font style='font-size:0'>zz</font>"),
    "hidden altogether": page("<p>Hello</p><div style='display:none'>$</div>"),
    "transparent": page("<p>Hello</p><div style='color: transparent'>$</div>"),
    "off the screen": page("<p>Hello</p><div style='position:absolute;left:-9999px'>$</div>"),
    "instead of a picture": page("<p>Hello</p><img src='https://pictures.example/a.png' alt='$'>"),
    "on a link": page("<p>See <a href='https://pictures.example/' title='$'>here</a></p>"),
    "for screen readers": page("<p>Hello <span aria-label='$'>there</span></p>"),
    "set backwards": lambda text: f"<p><bdo dir='rtl'>{text[::-1]}</bdo></p>",
}
TURNED: Mapping[str, Disguise] = {
    "turned": lambda text: f"\u202e{text[::-1]}\u202c",
    "each word turned": lambda text: " ".join(
        f"\u202e{word[::-1]}\u202c" if word.isalpha() else word for word in text.split(" ")
    ),
}
DIGITS: Mapping[str, Disguise] = {
    name: exchanged("0123456789", digits)
    for name, digits in {
        "Arabic": "٠١٢٣٤٥٦٧٨٩",
        "Devanagari": "०१२३४५६७८९",
        "full-width digits": "０１２３４５６７８９",
        "circled digits": "⓪①②③④⑤⑥⑦⑧⑨",
        "negative circled digits": "⓿❶❷❸❹❺❻❼❽❾",
        "mathematical digits": "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
        "superscript digits": "⁰¹²³⁴⁵⁶⁷⁸⁹",
    }.items()
}
PLAIN_TEXT: Mapping[str, Disguise] = (
    {f"{name} between": between(filler) for name, filler in FILLERS.items()}
    | dict(LOOK_ALIKES)
    | dict(FONTS)
    | dict(MARKS)
    | dict(GAPS)
    | dict(REPEATS)
    | dict(LEET)
    | dict(TURNED)
    | dict(DIGITS)
)
ALL: Mapping[str, Disguise] = PLAIN_TEXT | dict(JOINED) | dict(RESEMBLING) | dict(STROKES) | dict(LINES) | dict(MARKUP)
