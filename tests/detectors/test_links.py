"""Honest links, and links built to mislead."""

from __future__ import annotations

import pytest

from calguard.engine.types import Lists, Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    "text",
    [
        "Agenda: https://www.ines-plumbing.example/agenda",
        "https://us02web.zoom.us/j/81234567890?pwd=abc",
        "https://meet.google.com/abc-defg-hij",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x",
        "Tickets: https://www.eventbrite.com/e/123",
        "Our repository: https://github.com/ines/plans and https://ines.github.io",
        "https://github.acme.example/wiki",  # a company's own GitHub
        "https://www.paypal.com/paypalme/ines",
        "https://www.amazon.co.uk/dp/123 and https://amazon.de",
        "https://bücher.example/lesung",
        "http://localhost.example/",
    ],
)
def test_ordinary_links(text: str) -> None:
    made = event("Planning", description=text)
    assert codes("links", attempt(made)) <= {"user_content", "punycode"}
    assert verdict_of(made).verdict is Verdict.ALLOW


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("https://paypal.com@evil.example/login", "userinfo"),
        ("http://203.0.113.9/pay", "ip_literal"),
        ("http://3405803785/pay", "ip_literal"),
        ("https://pаypal.com/login", "mixed_script"),  # a Cyrillic a
        ("https://paypal-login.example/", "brand_host"),
        ("https://paypal.com.secure.evil.example/", "brand_host"),
        ("javascript:alert(1)//https://x.example", "script_uri"),
    ],
)
def test_links_that_mislead(text: str, code: str) -> None:
    made = event("Planning", description=f"Please see {text} today")
    assert code in codes("links", attempt(made))
    assert verdict_of(made).verdict >= Verdict.CHALLENGE
    assert "link_unsafe" in verdict_of(made).reasons


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("who", ["new", "established"])
def test_a_shortener_is_noted_and_no_more(who: str) -> None:
    made = event("Planning", description="https://bit.ly/3xYzAbC")
    assert codes("links", attempt(made)) == {"shortener"}
    assert verdict_of(made, who).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("who", ["new", "trial", "longtime", "established", "hijacked"])
def test_the_block_list_spares_nobody(who: str) -> None:
    made = event("Planning", description="https://files.evil.example/doc", organizer="ines@evil.example")
    listed = Lists(deny_domains=frozenset({"evil.example"}))
    judged = verdict_of(made, who, lists=listed, exempt=frozenset({"links.block_list"}))
    assert judged.verdict is Verdict.DENY
    assert judged.reasons[0] == "link_not_allowed"
    assert verdict_of(made, who, lists=Lists(deny_hosts=frozenset({"other.example"}))).verdict <= Verdict.CHALLENGE


@pytest.mark.requirement("R38")
def test_a_listed_host_is_found_behind_a_redirector() -> None:
    made = event("Planning", description="https://www.google.com/url?q=https://evil.example/a&sa=D")
    listed = Lists(deny_hosts=frozenset({"evil.example"}))
    assert verdict_of(made, "established", lists=listed).verdict is Verdict.DENY


@pytest.mark.requirement("R40")
def test_an_unknown_meeting_host_on_ones_own_domain_is_fine() -> None:
    made = event("Stand-up", location="https://talk.ines-plumbing.example:8443/room/7")
    assert verdict_of(made, "established").verdict is Verdict.ALLOW


@pytest.mark.requirement("R39")
def test_user_content_weighs_only_with_a_lure() -> None:
    plain = event("Planning", description="Fill in https://docs.google.com/forms/d/e/abc/viewform")
    lure = event(
        "Planning",
        description="Your account has been suspended. Verify here https://docs.google.com/forms/d/e/abc/viewform",
    )
    assert verdict_of(plain).verdict <= Verdict.OBSERVE
    assert verdict_of(lure).verdict >= Verdict.HOLD
