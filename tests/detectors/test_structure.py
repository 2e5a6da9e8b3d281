"""Old programs slip; payloads are built."""

from __future__ import annotations

import pytest

from calguard.content.mail import calendars
from calguard.content.reader import read
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

PLAIN = event().raw.decode()


@pytest.mark.requirement("R32")
@pytest.mark.parametrize(
    ("raw", "found", "most"),
    [
        (PLAIN, set(), Verdict.ALLOW),
        (PLAIN.replace("\r\n", "\n"), set(), Verdict.ALLOW),
        ("\ufeff" + PLAIN, set(), Verdict.ALLOW),
        (PLAIN.replace("SUMMARY", "summary"), set(), Verdict.ALLOW),
        (
            PLAIN.replace("SUMMARY", "X-WR-NOTE:abc\r\nX-APPLE-STRUCTURED-LOCATION:geo:1\\,2\r\nSUMMARY"),
            set(),
            Verdict.ALLOW,
        ),
        (PLAIN.replace("UID:one@tests.example\r\n", ""), {"missing_uid"}, Verdict.OBSERVE),
        (PLAIN.replace("METHOD", "CALSCALE:HEBREW\r\nMETHOD"), {"calscale"}, Verdict.OBSERVE),
    ],
)
def test_slips(raw: str, found: set[str], most: Verdict) -> None:
    made = read(raw)
    assert codes("structure", attempt(made)) == found
    assert verdict_of(made).verdict <= most


@pytest.mark.requirement("R32")
@pytest.mark.parametrize("who", ["new", "trial"])
@pytest.mark.parametrize(
    "raw",
    [
        "Dear customer, your account is waiting",
        "\x00\xff\xfe\x01" * 40,
        "SUMMARY:no calendar around me\r\nDESCRIPTION:none",
    ],
)
def test_what_cannot_be_read_is_not_let_through_unseen(raw: str, who: str) -> None:
    judged = verdict_of(read(raw.encode("utf-8", "surrogateescape")), who)
    assert judged.verdict >= Verdict.HOLD
    assert "unreadable_event" in judged.reasons


@pytest.mark.requirement("R32")
def test_padding_with_hexadecimal_properties() -> None:
    padding = "".join(f"X-{n:04X}A9F3C2:{n * 7919:032x}\r\n" for n in range(14))
    made = read(PLAIN.replace("SUMMARY", padding + "SUMMARY"))
    assert codes("structure", attempt(made)) == {"hex_padding"}
    assert verdict_of(made).verdict >= Verdict.CHALLENGE


@pytest.mark.requirement("R74")
@pytest.mark.parametrize(("second", "found"), [(PLAIN, set()), (PLAIN.replace("Lunch", "Dinner"), {"part_mismatch"})])
def test_two_calendars_in_one_mail_say_the_same(second: str, found: set[str]) -> None:
    head = "From: ines@ines-plumbing.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
    kinds = ("text/calendar; method=REQUEST", "application/ics")
    parts = [f"--b\nContent-Type: {kind}\n\n{text}\n" for kind, text in zip(kinds, (PLAIN, second), strict=True)]
    made = calendars((head + "".join(parts) + "--b--\n").encode()).content()
    assert codes("structure", attempt(made)) == found
