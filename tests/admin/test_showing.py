"""Hostile text made safe, and innocent text left alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calguard.admin import showing


@pytest.mark.parametrize(
    "innocent",
    [
        "Lunch at 12.30, 9.50 EUR each. Bring 2.5 l of water.",
        "Frühstück, 会議です。来て, اجتماع, jeudi à 9h",
        "Really? Yes... see you (maybe); 50% off",
        "line one\nline two\tand a tab",
    ],
)
def test_innocent_text_stays(innocent: str) -> None:
    assert showing.text(innocent) == innocent


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("https://evil.example/a.b?c=d.e", "hxxps://evil[.]example/a[.]b?c=d[.]e"),
        ("HTTP://EVIL.EXAMPLE", "hxxp://EVIL[.]EXAMPLE"),
        ("www.evil.example", "www[.]evil[.]example"),
        ("http://3.4/x", "hxxp://3[.]4/x"),
        ("http://192.168.0.1", "hxxp://192[.]168[.]0[.]1"),
        ("evil。example", "evil[。]example"),
        ("javascript:alert(1)", "javascript[:]alert(1)"),
        ("<b>", "&lt;b&gt;"),
        ("a&b", "a&amp;b"),
    ],
)
def test_links_and_tags_are_broken(written: str, shown: str) -> None:
    assert showing.text(written) == shown


@pytest.mark.parametrize("character", "\u200b\u202e\u2066\u00ad\ufeff\u2800\u3164\u034f\u00a0\ufe0f\x00\x1b\U000e0041")
def test_what_cannot_be_seen_is_named(character: str) -> None:
    shown = showing.text(f"a{character}b")
    assert character not in shown
    assert f"⟨U+{ord(character):04X}⟩" in shown


@given(st.text())
def test_no_text_opens_a_tag_or_link(written: str) -> None:
    shown = showing.text(written)
    assert "<" not in shown.replace('<span class="calguard-', "").replace("</span>", "")
    assert "http:" not in shown.lower()
    assert not any(showing.invisible(character) for character in shown)


def test_long_text_is_counted() -> None:
    assert "… 5 more characters" in showing.text("a" * 15, longest=10)


@pytest.mark.parametrize(
    ("address", "shown"), [("jane.doe@victim.example", "j***@victim.example"), ("x", "x***"), ("", "***")]
)
def test_masks(address: str, shown: str) -> None:
    assert showing.mask(address) == shown


@pytest.mark.parametrize(
    ("seconds", "said"), [(5, "5 s"), (90, "1 min"), (7200, "2 h"), (86400, "24 h"), (200000, "2 d"), (-90, "1 min")]
)
def test_spans(seconds: int, said: str) -> None:
    assert showing.span(timedelta(seconds=seconds)) == said


def test_ahead() -> None:
    now = datetime(2026, 6, 15, tzinfo=UTC)
    assert showing.ahead(now + timedelta(hours=3), now) == "in 3 h"
    assert showing.ahead(now - timedelta(hours=3), now) == "3 h ago"
    assert showing.ahead(None, now) == "–"
