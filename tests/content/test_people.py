"""One mailbox is one guest, however it is spelt."""

from __future__ import annotations

import pytest

from calguard.content.hosts import is_freemail
from calguard.content.people import normalise, written_address


@pytest.mark.requirement("R44")
@pytest.mark.parametrize(
    ("value", "email"),
    [
        ("mailto:Ann@Example.com", "ann@example.com"),
        ("MAILTO:ann+list@example.com", "ann@example.com"),
        ("mailto:a.n.n@gmail.com", "ann@gmail.com"),
        ("mailto:ann@googlemail.com", "ann@gmail.com"),
        ("mailto:a.n.n@example.com", "a.n.n@example.com"),
        ("mailto:ann@exämple.de", "ann@xn--exmple-cua.de"),
        ("mailto:ann%40example.com", "ann@example.com"),
        ("mailto:ann@example.com?subject=x", "ann@example.com"),
        ("<ann@example.com>", "ann@example.com"),
        ("ann@example.com.", "ann@example.com"),
        ("urn:uuid:1234", ""),
        ("/principals/ann", ""),
        ("a@b@c", ""),
        ("ann@example.com\r\nBcc: x@example.com", ""),
        ("", ""),
    ],
)
def test_addresses(value: str, email: str) -> None:
    assert normalise(written_address(value)) == email


@pytest.mark.parametrize(
    ("domain", "free"),
    [
        ("example.com", False),
        ("gmail.com", True),
        ("outlook.fr", True),
        ("x.onmicrosoft.com", True),
        ("gmail.com.example", False),
    ],
)
def test_freemail(domain: str, free: bool) -> None:
    assert is_freemail(domain) is free
