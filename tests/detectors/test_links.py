"""Honest links, and links built to mislead."""

from __future__ import annotations

import pytest

from calguard.content.url_hashes import hashes
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


def listed(*urls: str) -> frozenset[str]:
    return frozenset(hashes(url)[0] for url in urls)


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    ("text", "lists"),
    [
        ("https://evil.example/pay/now", {"urls": listed("https://evil.example/pay/now")}),
        ("https://evil.example/pay/now?x=1#y", {"urls": listed("https://evil.example/pay/now")}),
        ("https://evil.example/pay/now", {"urls": listed("https://evil.example/pay/")}),
        ("https://www.evil.example/pay", {"urls": listed("https://evil.example/")}),
        ("https://a.b.evil.example/", {"hosts": frozenset({"evil.example"})}),
        ("https://login.evil.example/", {"domains": frozenset({"evil.example"})}),
        ("https://www.google.com/url?q=https://evil.example/a", {"domains": frozenset({"evil.example"})}),
        ("https://shop.example/out?to=https%3A%2F%2Fevil.example%2F", {"domains": frozenset({"evil.example"})}),
        ("https://shop.example/out?to=aHR0cHM6Ly9ldmlsLmV4YW1wbGUv", {"domains": frozenset({"evil.example"})}),
        ("https://evil.page.link/?link=https://good.example/", {"hosts": frozenset({"evil.page.link"})}),
        ("https://bit.ly/3xYzAbC", {"urls": listed("https://bit.ly/3xYzAbC")}),
    ],
)
def test_what_is_listed_is_refused_or_held_however_it_is_reached(text: str, lists: dict[str, frozenset[str]]) -> None:
    made = event("Planning", description=f"Please see {text} today")
    sure = Lists(**{f"deny_{name}": entries for name, entries in lists.items()})
    unsure = Lists(**{f"suspect_{name}": entries for name, entries in lists.items()})
    for who in ("new", "established", "longtime"):
        assert verdict_of(made, who, lists=sure).verdict is Verdict.DENY
        assert verdict_of(made, who, lists=unsure).verdict is Verdict.HOLD
    assert verdict_of(made, "established").verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R38")
@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/other",
        "https://notevil.example/pay/now",
        "https://evil.example.honest.example/pay/now",
        "https://honest.example/evil.example/pay/now",
    ],
)
def test_what_only_resembles_a_listed_address_is_left_alone(text: str) -> None:
    lists = Lists(deny_urls=listed("https://evil.example/pay/now"), suspect_urls=listed("https://evil.example/pay/now"))
    assert codes("links", attempt(event("Planning", description=text), lists=lists)) == set()


@pytest.mark.requirement("R38")
def test_a_listed_link_behind_hundreds_of_others_is_found() -> None:
    text = " ".join(f"https://honest.example/{number}" for number in range(300)) + " https://evil.example/"
    lists = Lists(deny_domains=frozenset({"evil.example"}))
    assert verdict_of(event("Planning", description=text), "established", lists=lists).verdict is Verdict.DENY


@pytest.mark.requirement("R40")
@pytest.mark.parametrize(
    "url",
    [
        "https://us02web.zoom.us/j/81234567890?pwd=TnZ4b3FqRHY2RUFCdz09",
        "https://meet.google.com/abc-defg-hij",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x",
        "https://acme.webex.com/meet/ines",
        "https://whereby.com/ines",
        "https://meet.jit.si/InesPlumbingWeekly",
        "https://meet.goto.com/123456789",
        "https://bluejeans.com/123456789",
        "https://v.ringcentral.com/join/123",
        "https://chime.aws/1234567890",
        "https://meeting.tencent.com/dm/abc",
        "https://vc.larksuite.com/j/123456789",
        "https://app.gather.town/app/AbCdEf/office",
        "https://app.livestorm.co/p/1",
        "https://bbb.cs.some-university.edu/rooms/abc-def-ghi/join",
        "https://meet.dept.some.ac.uk/b/ine-abc-def",
    ],
)
def test_meetings_are_known_as_such(url: str) -> None:
    made = event("Stand-up", location=url)
    [link] = made.links
    assert "conference" in link.flags
    for who in ("new", "established"):
        assert verdict_of(made, who).verdict is Verdict.ALLOW


@pytest.mark.requirement("R40")
@pytest.mark.parametrize(
    "url", ["https://meet.acme.example/InesWeekly", "https://talk.some-club.example/b/ine-abc-def-ghi"]
)
def test_an_unknown_meeting_host_is_allowed_and_no_meeting_of_a_known_service(url: str) -> None:
    made = event("Stand-up", location=url)
    assert verdict_of(made, "established").verdict is Verdict.ALLOW
    assert "conference" not in made.links[0].flags  # or any lure would be a meeting


@pytest.mark.requirement("R39")
@pytest.mark.parametrize("url", ["https://docs.zoom.us/doc/abc", "https://events.zoom.us/ev/abc"])
def test_pages_anybody_writes_on_a_meeting_service_are_no_meetings(url: str) -> None:
    [link] = event("Papers", description=url).links
    assert "user_content" in link.flags
    assert "conference" not in link.flags


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    "text",
    [
        "https://www.google.com/url?q=h%74%74%70%3A%2F%2F%62est%2dshop.example%2F",
        "https://shop.example/%70%61%79/%6e%6f%77",
    ],
)
def test_letters_written_in_code(text: str) -> None:
    made = event("Planning", description=text)
    assert "spelt_out" in codes("links", attempt(made))
    assert verdict_of(made).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    "text",
    [
        "https://ines-plumbing.example/caf%C3%A9/%E4%B8%AD%E6%96%87/%D0%BC%D0%B8%D1%80",
        "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%221%22%7d",
        "https://ines-plumbing.example/?next=https%3A%2F%2Fines-plumbing.example%2Fopen%20day%21",
    ],
)
def test_what_addresses_must_encode_is_no_code(text: str) -> None:
    assert "spelt_out" not in codes("links", attempt(event("Planning", description=text)))


@pytest.mark.requirement("R37")
@pytest.mark.parametrize("who", ["new", "established"])
def test_a_paid_advertisement_is_asked_about_at_most(who: str) -> None:
    made = event("Planning", description="https://www.googleadservices.com/pagead/aclk?sa=L&ai=CbmAAEdOKZdvBOMas")
    assert codes("links", attempt(made)) == {"ad_click", "opaque_redirect"}
    assert verdict_of(made, who).verdict <= Verdict.CHALLENGE
    named = event("Planning", description="https://www.google.com/aclk?sa=L&adurl=https://ines-plumbing.example/")
    assert codes("links", attempt(named)) == {"ad_click"}
    assert verdict_of(named, who).verdict <= Verdict.OBSERVE
