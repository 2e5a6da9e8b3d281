"""An address and the hashes it is listed by: however it is written, and for each of its hosts and folders."""

from __future__ import annotations

import hashlib

import pytest

from calguard.content.url_hashes import canonical, expressions, hashes

pytestmark = [pytest.mark.requirement("R38")]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/pay/now?x=1",
        "HTTP://EVIL.example./pay//now?x=1#part",
        "http://user:word@evil.example:8443/pay/now?x=1",
        "http://evil%2eexample/pay/now?x=1",
        "evil.example/pay/now?x=1",
        "https://evil.example/other/../pay/now?x=1",
    ],
)
def test_one_address_is_one_whatever_its_spelling(url: str) -> None:
    assert canonical(url) == "evil.example/pay/now?x=1"
    assert hashes(url)[0] == hashlib.sha256(b"evil.example/pay/now?x=1").hexdigest()


def test_hosts_and_folders() -> None:
    assert expressions("https://a.evil.example/b/c.html?d=1") == [
        "a.evil.example/b/c.html?d=1",
        "a.evil.example/b/c.html",
        "a.evil.example/",
        "a.evil.example/b/",
        "evil.example/b/c.html?d=1",
        "evil.example/b/c.html",
        "evil.example/",
        "evil.example/b/",
    ]
    assert expressions("http://203.0.113.9/a") == ["203.0.113.9/a", "203.0.113.9/"]


@pytest.mark.parametrize("url", ["", "http://", "https://[", "https://a b/"])
def test_what_is_no_address_has_none(url: str) -> None:
    assert hashes(url) == []


def test_their_number_is_bounded() -> None:
    assert len(expressions("https://" + "a." * 60 + "example/" + "b/" * 500 + "?c")) <= 35
