"""Calendars for property tests: valid ones as a careful program writes them, and the same broken in every way."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.content.calendars import folded

WORDS = st.sampled_from(["\U0001f382", "l\u2019heure", "n\\n", "tab\tbed"]) | st.sampled_from(
    (
        "lunch",
        "Gr\u00fc\u00dfe",
        "\u4f1a\u8b70",
        "\u05e9\u05dc\u05d5\u05dd",
        "a,b",
        "c;d",
        "e\\f",
        '"quoted"',
        "x:y",
        "3pm",
    )
)
TEXTS = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
LINED = st.lists(TEXTS, min_size=1, max_size=3).map("\n".join)
NAMES = st.sampled_from(
    ["Ada Berg", "Berg, Ada", "B; C", "Ren\u00e9 \u201cx\u201d", 'the "boss"', "a^b", "two\nlines", "\u5c71\u7530"]
)
LOCALS = st.sampled_from(["ada", "ben.k", "o'hara", "x-1", "info"])
DOMAINS = st.sampled_from(["clinic.example", "home.example", "b\u00fccher.example", "gmail.com"])
ADDRESSES = st.tuples(LOCALS, DOMAINS).map("@".join)
STAMPS = st.sampled_from(["20260301T100000Z", "20260301T100000", "20261025T023000Z", "19700101T000000Z"])
TEXT_NAMES = st.sampled_from(["SUMMARY", "DESCRIPTION", "LOCATION", "COMMENT", "X-NOTE", "x-note-lower", "NAME"])
RULES = st.sampled_from(
    ["FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=8", "FREQ=MONTHLY;UNTIL=20280101T000000Z", "FREQ=YEARLY;BYMONTH=2"]
)
WRITINGS = ("as it is", "line feeds", "carriage returns", "lower names", "byte order mark", "UTF-16", "blank lines")


@dataclass(frozen=True, kw_only=True)
class Written:
    """One calendar, and what stands in it."""

    lines: tuple[str, ...]

    def data(self, width: int = 75) -> bytes:
        """Folded at so many octets, also inside a character, as RFC 5545 3.1 allows."""
        return folded("\r\n".join((*self.lines, "")).encode(), width)

    def gently_folded(self, width: int = 30) -> bytes:
        """Folded between characters, as it should be: icalendar loses those that a fold goes through."""
        pieces = ([line[at : at + width] for at in range(0, len(line), width)] for line in self.lines)
        return "".join("\r\n ".join(line) + "\r\n" for line in pieces).encode()


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def quoted(text: str) -> str:
    """A parameter value with RFC 6868 escapes."""
    return '"' + text.replace("^", "^^").replace("\n", "^n").replace('"', "^'") + '"'


@st.composite
def text_lines(draw: st.DrawFn) -> str:
    params = draw(st.sampled_from(["", ";LANGUAGE=de", ";X-LABEL=" + quoted("see: a, b; c")]))
    return f"{draw(TEXT_NAMES)}{params}:{escaped(draw(LINED))}"


@st.composite
def attendees(draw: st.DrawFn) -> str:
    name = draw(st.none() | NAMES)
    params = draw(st.sampled_from(["", ";RSVP=TRUE", ";CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION"]))
    return f"ATTENDEE{params}{f';CN={quoted(name)}' if name else ''}:mailto:{draw(ADDRESSES)}"


@st.composite
def nested(draw: st.DrawFn) -> list[str]:
    name = draw(st.sampled_from(["VALARM", "PARTICIPANT", "VLOCATION", "X-OTHER"]))
    needed = {"VALARM": ["ACTION:DISPLAY", "TRIGGER:-PT5M"], "PARTICIPANT": ["UID:p"], "VLOCATION": ["UID:l"]}
    return [f"BEGIN:{name}", *needed.get(name, []), *draw(st.lists(text_lines(), max_size=2)), f"END:{name}"]


@st.composite
def events(draw: st.DrawFn) -> list[str]:
    component = draw(st.sampled_from(["VEVENT", "VEVENT", "VTODO"]))
    lines = [f"UID:{draw(st.integers(1, 9))}@a.example", "DTSTAMP:20260101T000000Z", f"DTSTART:{draw(STAMPS)}"]
    lines += draw(st.lists(text_lines(), max_size=4))
    lines += draw(st.lists(attendees(), max_size=6))
    lines += draw(st.sampled_from([[], ["SEQUENCE:3"], ["STATUS:CANCELLED"], ["DURATION:PT1H"]]))
    lines += [f"RRULE:{draw(RULES)}"] if draw(st.booleans()) else []
    if draw(st.booleans()):
        lines.append(f"ORGANIZER;CN={quoted(draw(NAMES))}:mailto:{draw(ADDRESSES)}")
    inside = draw(st.lists(nested(), max_size=2))
    return [f"BEGIN:{component}", *lines, *(line for lines in inside for line in lines), f"END:{component}"]


@st.composite
def calendars(draw: st.DrawFn) -> Written:
    """A valid object of one to three components."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN"]
    head += draw(st.sampled_from([[], ["METHOD:REQUEST"], ["X-WR-CALNAME:Our calendar"]]))
    inside = [line for lines in draw(st.lists(events(), min_size=1, max_size=3)) for line in lines]
    return Written(lines=(*head, *inside, "END:VCALENDAR"))


def rewritten(calendar: Written, writing: str, width: int) -> bytes:
    """The same object in another of WRITINGS, which says the same (R31)."""
    data = calendar.data(width)
    if writing == "lower names":
        return Written(lines=tuple(_lower(line) for line in calendar.lines)).data(width)
    if writing == "UTF-16":
        return "\r\n".join(calendar.lines).encode("utf-16")
    if writing == "blank lines":
        return calendar.data(75).replace(b"\r\n", b"\r\n\r\n").replace(b"\r\n\r\n ", b"\r\n ")
    if writing == "byte order mark":
        return b"\xef\xbb\xbf" + data
    return data.replace(b"\r\n", {"line feeds": b"\n", "carriage returns": b"\r"}.get(writing, b"\r\n"))


def _lower(line: str) -> str:
    name, params = line.partition(":")[0].partition(";")[::2]
    return name.lower() + line[len(name) :] if params or ":" in line else line


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """A calendar torn, doubled, interrupted or strewn with octets."""
    data = draw(calendars()).data(draw(st.integers(1, 80)))
    at, to = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
    junk = draw(
        st.binary(max_size=40)
        | st.sampled_from([b"\r\n ", b"BEGIN:", b"END:VCALENDAR\r\n", b'"', b"\0", b"\xff", b":"])
    )
    return draw(
        st.sampled_from(
            [
                data[:at],
                data[:at] + junk + data[at:],
                data[:at] + data[to:],
                data + data[at:to],
                data[:to] + data[at:],
                junk * 9,
            ]
        )
    )
