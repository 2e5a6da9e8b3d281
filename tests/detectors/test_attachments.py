"""Files people attach, and files that do things."""

from __future__ import annotations

from base64 import b64encode

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj" * 20
HTML = b"<!doctype html><html><body><form action='https://evil.example'>Password</form></body></html>"
ZIP = b"PK\x03\x04" + b"\x00" * 60
EXE = b"MZ\x90\x00" + b"\x00" * 80


def inline(data: bytes, media_type: str, name: str) -> str:
    head = f"ATTACH;FMTTYPE={media_type};ENCODING=BASE64;VALUE=BINARY;X-FILENAME={name}"
    return f"{head}:{b64encode(data).decode()}"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ATTACH:https://ines-plumbing.example/offer.pdf", set()),
        ("ATTACH;FMTTYPE=text/html:https://ines-plumbing.example/agenda.html", set()),  # a link is judged as a link
        (inline(PNG, "image/png", "map.png"), set()),
        (inline(PDF, "application/pdf", "agenda.pdf"), set()),
        (inline(ZIP, "application/zip", "photos.zip"), {"packed"}),
        (inline(HTML, "text/html", "O365_Billing_Portal_113.htm"), {"active"}),
        (inline(HTML, "image/png", "picture.png"), {"active"}),  # sniffed, not believed
        (inline(b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "image/svg+xml", "logo.svg"), {"active"}),
        (inline(EXE, "application/octet-stream", "tool.bin"), {"active"}),
        (inline(PDF, "application/pdf", "invoice.pdf.exe"), {"active"}),
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
