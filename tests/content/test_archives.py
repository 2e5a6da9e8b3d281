"""What archives and documents hold is read, to a depth and a size that no sender chooses."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib

import pytest

from calguard.content import archives
from calguard.content.reader import read
from tests.content.calendars import event

LURE = "Call +1 (805) 302-8040"
NUMBER = "+18053028040"
PAGE = "https://payload.example/x"


def packed(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return into.getvalue()


def attached(octets: bytes) -> bytes:
    return event(f"ATTACH;ENCODING=BASE64;VALUE=BINARY:{base64.b64encode(octets).decode()}")


HTML = f"<html><p>{LURE}</p><a href='{PAGE}'>open</a></html>".encode()
CALENDAR = event(f"SUMMARY:{LURE}", f"URL:{PAGE}")


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    "octets",
    [
        packed({"a.html": HTML}),
        packed({"a.html": HTML}, zipfile.ZIP_STORED),
        packed({"deep/invite.ics": CALENDAR}),
        packed({"no suffix": HTML}),
        b"self-extracting" + packed({"a.html": HTML}),
        packed({"a.html": HTML}).partition(b"PK\x01\x02")[0],  # without its directory
        packed({"b.zip": packed({"a.html": HTML})}),
        gzip.compress(CALENDAR),
        gzip.compress(packed({"a.html": HTML})),
    ],
)
def test_what_archives_hold_is_read(octets: bytes) -> None:
    if not octets.startswith((b"PK", b"\x1f\x8b")):
        found = archives.look_inside(b"PK" + octets, "application/zip", archives.MAX_UNPACKED)
        assert found.members == [("a.html", HTML)]
        return
    content = read(attached(octets))
    assert [phone.number for phone in content.phones] == [NUMBER]
    assert [link.url for link in content.links] == [PAGE]
    assert all(link.field.startswith("ATTACH>") for link in content.links)


def pdf(*bodies: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(bodies) + b"\n%%EOF"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    "octets",
    [
        pdf(f"<< /A << /S /URI /URI ({PAGE}) >> >>".encode()),
        pdf(f"<< /A << /S /URI /URI <{PAGE.encode().hex()}> >> >>".encode()),
        pdf(b"stream\n" + zlib.compress(f"<< /A << /S /URI /URI ({PAGE}) >> >>".encode()) + b"\nendstream"),
        packed({"word/document.xml": b"<w:p/>", "word/_rels/document.xml.rels":
                f'<Relationship Type="http://schemas.openxmlformats.org/x" Target="{PAGE}"/>'.encode()}),
    ],
)  # fmt: skip
def test_links_of_documents_are_links(octets: bytes) -> None:
    assert [link.url for link in read(attached(octets)).links] == [PAGE]


def test_an_agenda_says_nothing() -> None:
    agenda = pdf(b"<< /Type /Catalog /OpenAction [3 0 R /Fit] >>", b"stream\n" + zlib.compress(b"BT (Agenda) Tj ET"))
    [found] = read(attached(agenda)).attachments
    assert (found.media_type, found.holds, found.inside) == ("application/pdf", frozenset(), ())


@pytest.mark.requirement("R34", "R49")
def test_archives_in_archives_end_at_depth_three() -> None:
    data = HTML
    for depth in range(1, 6):
        data = packed({"a.zip" if depth > 1 else "a.html": data})
        content = read(attached(data))
        assert bool(content.phones) is (depth <= 2)
        assert ("nested_too_deep" in content.problems) is (depth > 2)


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "octets",
    [
        gzip.compress(bytes(50_000_000)),
        packed({f"{n}.html": bytes(5_000_000) for n in range(20)}),
        packed({f"{n}.zip": packed({f"{m}.txt": bytes(2_000_000) for m in range(10)}) for n in range(10)}),
        pdf(*(b"stream\n" + zlib.compress(bytes(3_000_000)) for _ in range(60))),
    ],
)
def test_a_bomb_unpacks_no_further_than_its_room(octets: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    look = archives.look_inside

    def counted(data: bytes, media_type: str, room: int) -> archives.Inside:
        nonlocal taken
        found = look(data, media_type, room)
        taken += found.unpacked
        return found

    monkeypatch.setattr(archives, "look_inside", counted)
    (attachment,) = read(attached(octets)).attachments
    assert 0 < taken <= archives.MAX_UNPACKED
    if not octets.startswith(b"%PDF"):
        assert "bomb" in attachment.holds


@pytest.mark.parametrize(
    "octets", [b"PK\x03\x04", b"PK\x03\x04" + b"\xff" * 40, b"\x1f\x8b\x08broken", b"%PDF-1.4 stream\n\n"]
)
@pytest.mark.parametrize("kind", ["application/zip", "application/gzip", "application/pdf"])
def test_broken_files_hold_nothing(octets: bytes, kind: str) -> None:
    found = archives.look_inside(octets, kind, archives.MAX_UNPACKED)
    assert (found.members, found.uris) == ([], [])
