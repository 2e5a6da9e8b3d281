"""What the scan says of a file: who sends, to whom, and what of each event."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from calguard import scan
from calguard.engine.personas import NAMES
from calguard.engine.policy import Policy
from tests.detectors.making import event

LURE = "Your PayPal account has been charged $349.99, call +1 805 302 8040 immediately"
KEYS = {"file", "verdict", "actions", "score", "reasons", "signals", "links", "phones", "recipients", "elapsed_ms"}


def setting(persona: str = "new", *to: str) -> scan.Setting:
    now = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
    return scan.Setting(persona=persona, to=to, now=now, policy=Policy.shipped())


def scanned(path: Path, data: bytes | str, *given: str) -> dict[str, Any]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return scan.scan(path, setting(*given) if given else setting())


@pytest.fixture
def ics(tmp_path: Path) -> Path:
    return tmp_path / "event.ics"


def test_an_ordinary_event(ics: Path) -> None:
    made = event("Planning", description="Agenda: https://www.ines-plumbing.example/agenda, questions +1 415 555 0132")
    entry = scanned(ics, made.raw)
    assert set(entry) == KEYS
    assert entry["verdict"] == "ALLOW"
    assert entry["recipients"] == ["guest@elsewhere.example"]
    assert entry["phones"] == ["+14155550132"]
    assert entry["links"] == [
        {
            "url": "https://www.ines-plumbing.example/agenda",
            "host": "www.ines-plumbing.example",
            "field": "DESCRIPTION",
            "flags": [],
        }
    ]
    assert entry["elapsed_ms"] > 0
    assert json.loads(json.dumps(entry)) == entry


def test_a_lure_says_what_was_seen_where_and_for_how_many_points(ics: Path) -> None:
    entry = scanned(ics, event(LURE).raw)
    assert (entry["verdict"], entry["actions"], entry["reasons"]) == ("HOLD", ["hold"], ["content_looks_like_scam"])
    signal = entry["signals"][0]
    assert set(signal) == {
        *("detector", "group", "points", "reason", "field"),
        *("code", "quote", "start", "end", "read_as"),
    }
    assert LURE[signal["start"] : signal["end"]] == signal["quote"] != ""
    assert signal["read_as"] == ""
    assert (signal["detector"], signal["group"], signal["field"]) == ("subject", "text", "SUMMARY")
    assert entry["score"] >= signal["points"] > 0
    assert "HOLD" in scan.as_text(entry)
    assert "subject" in scan.as_text(entry)


@pytest.mark.requirement("R28", "R29")
def test_a_disguised_lure_says_what_was_seen_through_the_disguise(ics: Path) -> None:
    entry = scanned(ics, event("Your P\u0430yP\u0430l account has been charged, call +1 805 302 8040").raw)
    assert "your paypal account has been charged" in entry["signals"][0]["read_as"]
    assert "read as “your paypal account has been charged" in scan.as_text(entry)


def test_several_events_give_the_worst_verdict(ics: Path) -> None:
    plain, lure = event("Planning").raw.decode(), event(LURE).raw.decode()
    second = lure[lure.index("BEGIN:VEVENT") : lure.index("END:VCALENDAR")].replace("UID:one", "UID:two")
    both = plain.replace("END:VCALENDAR", second + "END:VCALENDAR")
    assert scanned(ics, both)["verdict"] == "HOLD"
    assert scanned(ics, plain)["verdict"] == "ALLOW"


def test_a_whole_feed_is_looked_at_event_by_event_only_where_it_gives_offence(ics: Path) -> None:
    body = event("Planning").raw.decode()
    block = body[body.index("BEGIN:VEVENT") : body.index("END:VCALENDAR")]
    many = "".join(block.replace("UID:one", f"UID:n{n}") for n in range(150))
    feed = body.replace(block, many)
    assert scanned(ics, feed)["verdict"] == "ALLOW"
    assert scanned(ics, feed.replace("SUMMARY:Planning", f"SUMMARY:{LURE}".replace(",", "\\,"), 1))["verdict"] == "HOLD"
    # A number in one event and an account in another are no lure.
    parted = feed.replace("SUMMARY:Planning", "SUMMARY:Call +1 805 302 8040", 1)
    parted = parted[::-1].replace("SUMMARY:Planning"[::-1], "SUMMARY:You have won the staff quiz"[::-1], 1)[::-1]
    assert scanned(ics, parted)["verdict"] in ("ALLOW", "OBSERVE")


def test_without_guests_there_is_one_stranger_and_without_an_organiser_an_own_address(ics: Path) -> None:
    made = event(guests=()).raw.decode()
    assert len(scanned(ics, made)["recipients"]) == 1
    made = made.replace("ORGANIZER:mailto:ines@ines-plumbing.example\r\n", "")
    for persona in NAMES:
        assert "organizer" not in {signal["detector"] for signal in scanned(ics, made, persona)["signals"]}


def test_guests_given_take_the_place_of_the_files_own(ics: Path) -> None:
    entry = scanned(ics, event().raw, "established", "a@ines-plumbing.example", "b@other.example")
    assert entry["recipients"] == ["a@ines-plumbing.example", "b@other.example"]


def test_an_answer_comes_from_the_guest_and_goes_to_the_organiser(ics: Path) -> None:
    for method in ("REPLY", "COUNTER", "REFRESH"):
        entry = scanned(ics, event(method=method).raw)
        assert entry["verdict"] == "ALLOW"
        assert entry["recipients"] == ["ines@ines-plumbing.example"]


@pytest.mark.parametrize(
    ("persona", "organizer", "verdict"),
    [
        ("established", "ines@ines-plumbing.example", "ALLOW"),  # its own colleagues
        ("established", "ines@gmail.com", "ALLOW"),
        ("longtime", "ines@gmail.com", "ALLOW"),
        ("hijacked", "ines@ines-plumbing.example", "CHALLENGE"),
        ("trial", "ines@gmail.com", "THROTTLE"),  # gmail.com is nobody's organisation: these are strangers
        ("new", "ines@gmail.com", "HOLD"),
    ],
)
def test_personas(ics: Path, persona: str, organizer: str, verdict: str) -> None:
    domain = organizer.partition("@")[2]
    guests = tuple(f"{a}{b}@{domain}" for a in "abcdefghij" for b in "abcdefgh")
    assert scanned(ics, event(organizer=organizer, guests=guests).raw, persona)["verdict"] == verdict


MAIL = """From: ines@ines-plumbing.example
To: guest@elsewhere.example
Subject: {subject}
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/plain

Hello
--b
Content-Type: text/calendar; method=REQUEST; charset=utf-8

{calendar}
--b--
"""


def test_a_mail_is_judged_by_its_calendar(tmp_path: Path) -> None:
    path = tmp_path / "mail.eml"
    calendar = event().raw.decode().replace("\r\n", "\n")
    assert scanned(path, MAIL.format(subject="x", calendar=calendar))["verdict"] == "ALLOW"
    assert scanned(path, MAIL.format(subject=LURE, calendar=calendar))["verdict"] == "HOLD"  # the mail's own words too
    lure = event(LURE).raw.decode().replace("\r\n", "\n")
    assert scanned(path, MAIL.format(subject="x", calendar=lure))["verdict"] == "HOLD"


@pytest.mark.parametrize(
    ("name", "data", "complaint"),
    [
        ("empty.ics", b"", "empty"),
        ("blank.ics", b"\r\n \r\n", "empty"),
        ("plain.eml", b"From: a@b.example\nSubject: x\n\nHello\n", "no calendar"),
    ],
)
def test_what_cannot_be_judged_is_an_error(tmp_path: Path, name: str, data: bytes, complaint: str) -> None:
    entry = scanned(tmp_path / name, data)
    assert set(entry) == {"file", "error"}
    assert complaint in entry["error"]
    assert complaint in scan.as_text(entry)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert "cannot be read" in scan.scan(tmp_path / "none.ics", setting())["error"]


def test_directories_are_walked_in_name_order(tmp_path: Path) -> None:
    for name in ("b.ics", "a.eml", "deep/c.ICS", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = [path.name for path in scan.files([tmp_path, tmp_path / "notes.txt"])]
    assert found == ["a.eml", "b.ics", "c.ICS", "notes.txt"]


@pytest.mark.parametrize("data", [b"\x00" * 900, bytes(range(256)) * 40, b"BEGIN:VCALENDAR", b"BEGIN:VEVENT\r\n" * 500])
def test_no_octets_raise(ics: Path, data: bytes) -> None:
    assert scanned(ics, data)["verdict"] in ("ALLOW", "OBSERVE", "CHALLENGE", "THROTTLE", "HOLD", "DENY")
