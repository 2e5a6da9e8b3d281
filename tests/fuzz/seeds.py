"""The seeds of the fuzzer: every construct the reader knows, written by this file and the same each time."""

from __future__ import annotations

import base64
import random
from pathlib import Path

LINES = (
    "SUMMARY:Team lunch",
    "SUMMARY;LANGUAGE=de:Gr\u00fc\u00dfe",
    "DESCRIPTION:Agenda\\n1. numbers\\, 2. plans\\; see https://docs.clinic.example/a?b=c#d",
    "DESCRIPTION:Call +49 30 5550 1234 or 1-800-555-0199\\, USD 499.99 charged",
    "DESCRIPTION:p\u0430ypal and p4yp4l and p.a.y.p.a.l and pay\u200bpal and \U0001d429\U0001d41a\U0001d432",
    "DESCRIPTION:one eight zero zero five five five zero one nine nine",
    "DESCRIPTION:hxxps://login[.]example[.]test/ and http://0x7f.1/ and www.clinic.example",
    'LOCATION;ALTREP="https://maps.example/x":Saal \u4f1a\u8b70',
    "X-ALT-DESC;FMTTYPE=text/html:<p style='display:none'>a</p><a href=\"https://b.example\">https://c.example</a>",
    "STYLED-DESCRIPTION;VALUE=TEXT:<form action=https://d.example><svg onload=x><base href=//e.example>",
    "COMMENT;ENCODING=QUOTED-PRINTABLE:=41=\n=42",
    "URL:https://www.google.com/url?q=https%3A%2F%2Ff.example",
    "CONFERENCE;VALUE=URI;FEATURE=AUDIO;LABEL=\"Dial ^'in^' ^n\":tel:+1-412-555-0123",
    "ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/html;FILENAME=a.html:" + base64.b64encode(b"<b>x</b>").decode(),
    "ATTACH:data:text/calendar;base64,"
    + base64.b64encode(b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:in\nEND:VEVENT\nEND:VCALENDAR").decode(),
    'ORGANIZER;CN="Ada, Berg";SENT-BY="mailto:ben@clinic.example":mailto:ada@clinic.example',
    "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Ben:mailto:ben@home.example",
    'ATTENDEE;CN="Eve; Fox":MAILTO:Eve+tag@gmail.com',
    "ATTENDEE;EMAIL=gil@home.example:urn:uuid:1",
    "ATTENDEE:invalid:nomail",
    "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20280101T000000Z",
    "RRULE:FREQ=SECONDLY;INTERVAL=0;COUNT=99999999999",
    "EXRULE:FREQ=DAILY",
    "RDATE;VALUE=PERIOD:20260301T100000Z/PT1H,20260302T100000Z/20260302T110000Z",
    "EXDATE;TZID=Europe/Berlin:20260301T100000",
    "RECURRENCE-ID;RANGE=THISANDFUTURE:20260308T100000Z",
    'DTEND;TZID="W. Europe Standard Time":20260301T110000',
    "DTSTART;VALUE=DATE:20260301",
    "DURATION:-P1W2DT3H4M5S",
    "GEO:52.5;13.4",
    'CATEGORIES:WORK,"A\\,B"',
    "REQUEST-STATUS:2.8;Success\\, repeating ignored;RRULE",
    "X-0123456789ABCDEF:0123456789abcdef0123456789abcdef",
    "STATUS:CONFIRMED",
    "SEQUENCE:7",
    "TRANSP:OPAQUE",
    "group.NOTE:lower and grouped",
    "no colon at all",
    ';:="',
)
NESTED = (
    ("VALARM", ("ACTION:EMAIL", "TRIGGER:-PT15M", "REPEAT:3", "ATTENDEE:mailto:hal@home.example", "DESCRIPTION:soon")),
    ("VTIMEZONE", ("TZID:Own/Zone", "BEGIN:STANDARD", "TZOFFSETTO:+0100", "DTSTART:19700101T000000", "END:STANDARD")),
    ("PARTICIPANT", ("UID:p", "CALENDAR-ADDRESS:mailto:ida@home.example", "DESCRIPTION:a speaker")),
    ("VLOCATION", ("UID:l", "NAME:Hall", "STRUCTURED-DATA;VALUE=URI:https://g.example")),
    ("X-COMP", ("X-PROP:deep", "BEGIN:X-INNER", "NOTE:deeper", "END:X-INNER")),
)
WRITINGS = ("plain", "lf", "cr", "folded", "latin-1", "utf-16", "bom", "lower", "torn")


def seeds(count: int = 120) -> list[bytes]:
    """`count` calendars; the first ones hold one construct each, the others several, written in every way."""
    dice = random.Random(5545)
    made = [_written([line], "VEVENT", "plain", dice) for line in LINES]
    made += [_written(_inside(*pair), "VEVENT", "plain", dice) for pair in NESTED]
    while len(made) < count:
        lines = dice.sample(LINES, dice.randint(2, 12)) + _inside(*dice.choice(NESTED))
        kind = dice.choice(("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VALARM"))
        made.append(_written(lines, kind, dice.choice(WRITINGS), dice))
    return made[:count]


def write(folder: Path, count: int = 120) -> None:
    """One file a seed, as libFuzzer wants them."""
    for number, seed in enumerate(seeds(count)):
        (folder / f"seed-{number:03}").write_bytes(seed)


def _inside(name: str, lines: tuple[str, ...]) -> list[str]:
    return [f"BEGIN:{name}", *lines, f"END:{name}"]


def _written(lines: list[str], kind: str, writing: str, dice: random.Random) -> bytes:
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Example//EN",
        "METHOD:REQUEST",
        f"BEGIN:{kind}",
        "UID:1@a.example",
    ]
    text = "\r\n".join([*head, "DTSTART:20260301T100000Z", *lines, f"END:{kind}", "END:VCALENDAR", ""])
    if writing == "lower":
        text = "\r\n".join(_lower(line) for line in text.split("\r\n"))
    data = text.encode("latin-1", "replace") if writing == "latin-1" else text.encode("utf-8")
    if writing == "folded":
        width = dice.randint(1, 20)
        data = b"\r\n ".join(data[at : at + width] for at in range(0, len(data), width))
    changed = {
        "lf": lambda: data.replace(b"\r\n", b"\n"),
        "cr": lambda: data.replace(b"\r\n", b"\r"),
        "utf-16": lambda: text.encode("utf-16"),
        "bom": lambda: b"\xef\xbb\xbf" + data,
        "torn": lambda: data[: dice.randrange(len(data))],
    }.get(writing)
    return changed() if changed else data


def _lower(line: str) -> str:
    name, colon, value = line.partition(":")
    return f"{name.lower()}{colon}{value}" if '"' not in name else line
