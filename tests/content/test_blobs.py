"""Inline octets are what they are, not what they are called, and are read when they hold text."""

from __future__ import annotations

import base64

import pytest

from calguard.content.blobs import sniff, texts_inside
from calguard.content.reader import read
from tests.content.calendars import event

LURE = "Call +1 (805) 302-8040"


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    ("octets", "media_type"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n", "image/png"),
        (b"PK\x03\x04....word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (b"PK\x03\x04....a.txt", "application/zip"),
        (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
        (b"MZ\x90", "application/x-msdownload"),
        (b"  <!DOCTYPE html><p>x", "text/html"),
        (b"<svg xmlns='x' onload='y'>", "image/svg+xml"),
        (b"\r\nbegin:vcalendar\r\n", "text/calendar"),
        (b"just text", "text/plain"),
        ("Grüße".encode(), "text/plain"),
        (b"\x00\x01\x02", "application/octet-stream"),
    ],
)
def test_types_by_content(octets: bytes, media_type: str) -> None:
    assert sniff(octets) == media_type


def attached(octets: bytes, parameters: str = "FMTTYPE=application/pdf;FILENAME=a.pdf") -> bytes:
    encoded = base64.b64encode(octets).decode()
    return event(f"ATTACH;{parameters};ENCODING=BASE64;VALUE=BINARY:{encoded}")


@pytest.mark.requirement("R34")
def test_an_attachment_is_described_by_its_octets() -> None:
    [found] = read(attached(b"<html><p>" + LURE.encode())).attachments
    assert (found.media_type, found.name, found.inline, found.size) == ("text/html", "a.pdf", True, 31)


def test_a_linked_attachment_is_as_declared() -> None:
    [found] = read(event("ATTACH;FMTTYPE=application/pdf:https://example.com/files/agenda.pdf?x=1")).attachments
    assert (found.media_type, found.name, found.inline, found.size) == ("application/pdf", "agenda.pdf", False, 0)


@pytest.mark.requirement("R34")
def test_nested_content_is_read_to_depth_three() -> None:
    data = event(f"SUMMARY:{LURE}")
    for depth in range(1, 6):
        data = attached(data)
        content = read(data)
        assert bool(content.phones) is (depth <= 3)
        assert ("nested_too_deep" in content.problems) is (depth > 3)


@pytest.mark.requirement("R34")
@pytest.mark.parametrize(
    "line",
    [
        "X-DATA;ENCODING=BASE64:{}",
        "X-ALT-DESC;ENCODING=BASE64;FMTTYPE=text/html:{}",
        "DESCRIPTION:look {}",
        "ATTACH:data:text/html;base64,{}",
        "X-ALT-DESC:<a href='data:text/html;base64,{}'>open</a>",
    ],
)
def test_base64_is_read_wherever_it_is(line: str) -> None:
    encoded = base64.b64encode(f"<html><body><p>{LURE}</p>{'x' * 60}</body></html>".encode()).decode()
    assert [phone.number for phone in read(event(line.format(encoded))).phones] == ["+18053028040"]


@pytest.mark.parametrize("words", range(0, 130, 13))
def test_the_shortest_blob_is_found_wherever_it_stands(words: int) -> None:
    blob = base64.b64encode(b"Call now, or your account is closed for good. " * 2)[:120].decode()
    assert len(blob) == 120
    assert texts_inside(f"{'a ' * words}{blob} b c")
    assert texts_inside(f"{'a' * words} {blob[1:]} b c") == []
