"""Links are found however they are written, and stand under the host a browser would open."""

from __future__ import annotations

import base64

import pytest

from calguard.content.links import find
from calguard.content.normalise import clean
from calguard.content.reader import read
from tests.content.calendars import event
from tests.support.growth import growth

NONE: set[str] = set()


def hosts(text: str) -> list[tuple[str, set[str]]]:
    return [(link.host, set(link.flags)) for link in find(clean(text)[0], "DESCRIPTION")]


@pytest.mark.parametrize(
    "text",
    [
        "See you at 10:30, room 3.5 on 12.06.2026",
        "Mail me at ann@example.com or bob@mail.example.org",
        "report.pdf, notes.md, main.py and archive.zip are attached",
        "We are done.Next week we go on.In the end",
        "e.g. this, i.e. that, a.m. or p.m.",
        "St.John v1.2.3 Dr.No",
        "Ratio 1:2, note: nothing",
        "",
    ],
)
def test_no_link_in_innocent_text(text: str) -> None:
    assert hosts(text) == []


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("text", "host", "flags"),
    [
        ("The FINOS [/] event: https://example.com/", "example.com", NONE),
        ("see https://example.com/a.", "example.com", NONE),
        ("(https://example.com/a_(b))", "example.com", NONE),
        ("https://example.com:443/", "example.com", NONE),
        ("https://us02web.zoom.us/j/1?pwd=2", "us02web.zoom.us", {"conference"}),
        ("evil.example/login", "evil.example", {"schemeless"}),
        ("www.evil.com", "www.evil.com", {"schemeless"}),
        ("evil.top", "evil.top", {"schemeless"}),
        ("//evil.com/x", "evil.com", {"schemeless"}),
        ("hxxps://evil[.]com/a", "evil.com", {"defanged"}),
        ("evil(dot)com/a", "evil.com", {"defanged", "schemeless"}),
        ("http://evil。com/a", "evil.com", NONE),
        ("evil．com/a", "evil.com", {"schemeless"}),
        ("http://ⓔⓥⓘⓛ.com/", "evil.com", NONE),
        ("http://e\u200bvil.com/", "evil.com", NONE),
        ("HTTP://EVIL.COM/", "evil.com", NONE),
        ("https:evil.com", "evil.com", NONE),
        (r"http:/\evil.com", "evil.com", {"backslash"}),
        (r"http://evil.com\@good.com", "evil.com", {"backslash", "userinfo"}),
        ("http://real.bank.com@evil.com/p", "evil.com", {"userinfo"}),
        ("http://evil.com.:8080/", "evil.com", {"port"}),
        ("http://evil%2ecom/", "evil.com", {"percent_host"}),
        ("http://3325256711/", "198.51.100.7", {"ip_literal"}),
        ("http://0xC6336407/", "198.51.100.7", {"ip_literal"}),
        ("http://0306.063.0144.07/", "198.51.100.7", {"ip_literal"}),
        ("http://[::ffff:198.51.100.7]/", "[::ffff:c633:6407]", {"ip_literal"}),
        ("http://198.51.100.7/login", "198.51.100.7", {"ip_literal"}),
        ("198.51.100.7/login", "198.51.100.7", {"ip_literal", "schemeless"}),
        ("https://müller.de/", "xn--mller-kva.de", {"punycode"}),
        ("http://xn--pypal-4ve.com/", "xn--pypal-4ve.com", {"punycode", "mixed_script"}),
        ("http://pаypal.com/", "xn--pypal-4ve.com", {"punycode", "mixed_script"}),
        ("https://example.com/" + "a" * 200, "example.com", {"long"}),
        ("bit.ly/abc", "bit.ly", {"schemeless", "shortener", "opaque_redirect"}),
        ("https://t.me/abc", "t.me", {"messenger"}),
        ("https:///evil.com/x", "evil.com", NONE),
        ("hxxp[://]evil[.]com", "evil.com", {"defanged"}),
        ("http://0300.0250.1/", "192.168.0.1", {"ip_literal"}),
        ("http://evil.com#@good.com/", "evil.com", NONE),
        ("http://good.com%2f@evil.com/", "evil.com", {"userinfo"}),
        ("http://%65%76%69%6c.com/", "evil.com", {"percent_host"}),
        ("https://evil.com/#/login", "evil.com", NONE),
        ("wa.me/123456789012", "wa.me", {"messenger", "schemeless"}),
        ("whatsapp://send?phone=123", "", {"messenger"}),
        ("tg://resolve?domain=x", "", {"messenger"}),
        ("sms:+15551234567", "", {"messenger"}),
        ("javascript:alert(1)", "", {"script_uri"}),
        ("data:text/html;base64,PGI+", "", {"data_uri"}),
        ("詳細はhttps://evil.comをご覧", "evil.com", NONE),
    ],
)
def test_the_canonical_host_and_the_disguise(text: str, host: str, flags: set[str]) -> None:
    assert hosts(text) == [(host, flags)]


@pytest.mark.requirement("R39")
@pytest.mark.parametrize(
    ("url", "user_content"),
    [
        ("https://www.google.com/maps", False),
        ("https://meet.google.com/abc-defg-hij", False),
        ("https://docs.google.com/forms/d/1", True),
        ("https://sites.google.com/view/x", True),
        ("https://evil.workers.dev/", True),
        ("https://x.lambda-url.eu-west-1.on.aws/", True),
        ("https://evil-my.sharepoint.com/:b:/p/x", True),
        ("https://evil.firebaseapp.com/", True),
    ],
)
def test_user_content_is_not_its_host(url: str, user_content: bool) -> None:
    assert ("user_content" in hosts(url)[0][1]) is user_content


def encoded(url: str) -> str:
    return base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


WRAPPED = [
    ("https://www.google.com/url?q=https://evil.com/p&sa=D", "evil.com"),
    ("https://www.google.co.uk/url?sa=t&url=https%3A%2F%2Fevil.com", "evil.com"),
    ("https://www.google.com/amp/s/evil.com/x", "evil.com"),
    ("https://evil-com.cdn.ampproject.org/c/s/evil.com/x", "evil.com"),
    (f"https://www.bing.com/ck/a?!&&p=1&u=a1{encoded('https://evil.com/x')}&ntb=1", "evil.com"),
    ("https://www.youtube.com/redirect?q=http%3A%2F%2Fevil.com", "evil.com"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.com&h=1", "evil.com"),
    ("https://nam02.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.com%2F&data=1", "evil.com"),
    ("https://urldefense.com/v3/__https://evil.com/a*b__;Iw!!abc$", "evil.com"),
    ("https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.com_x&d=D", "evil.com"),
    ("https://evil-com.translate.goog/login", "evil.com"),
    ("https://www.linkedin.com/safety/go?url=https%3A%2F%2Fevil.com", "evil.com"),
]


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(("url", "host"), WRAPPED)
def test_wrappers_are_taken_off(url: str, host: str) -> None:
    [(found, flags)] = hosts(url)
    assert found == host
    assert "redirector" in flags
    assert "opaque_redirect" not in flags


@pytest.mark.requirement("R37")
def test_nested_wrappers_are_taken_off_five_times_and_no_more() -> None:
    def wrapped(times: int) -> str:
        url = "https://evil.com/"
        for _ in range(times):
            url = "https://www.google.com/url?q=" + url.replace("%", "%25").replace("&", "%26").replace("?", "%3F")
        return url

    assert hosts(wrapped(5))[0][0] == "evil.com"
    [(host, flags)] = hosts(wrapped(7))
    assert host == "www.google.com"
    assert "opaque_redirect" in flags


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    ("url", "opaque"),
    [
        ("https://www.google.com/", False),
        ("https://www.linkedin.com/in/ann", False),
        ("https://www.youtube.com/watch?v=1", False),
        ("https://www.linkedin.com/slink?code=abc", True),
        ("https://tinyurl.com/abc", True),
        ("https://click.example.list-manage.com/track/click?u=1&id=2", False),
    ],
)
def test_what_cannot_be_unwrapped_is_opaque(url: str, opaque: bool) -> None:
    assert ("opaque_redirect" in hosts(url)[0][1]) is opaque


LURE = "https://evil.example/pay"


@pytest.mark.requirement("R35")
@pytest.mark.parametrize(
    ("line", "field"),
    [
        (f"URL:{LURE}", "URL"),
        (f"ATTACH:{LURE}", "ATTACH"),
        (f"CONFERENCE;VALUE=URI:{LURE}", "CONFERENCE"),
        (f"IMAGE;VALUE=URI:{LURE}", "IMAGE"),
        (f"STRUCTURED-DATA;VALUE=URI:{LURE}", "STRUCTURED-DATA"),
        (f"LINK;LINKREL=x;VALUE=URI:{LURE}", "LINK"),
        (f"X-WHATEVER;VALUE=URI:{LURE}", "X-WHATEVER"),
        (f"SUMMARY:pay {LURE}", "SUMMARY"),
        (f"LOCATION:{LURE}", "LOCATION"),
        (f'SUMMARY;ALTREP="{LURE}":x', "SUMMARY;ALTREP"),
        (f'ATTENDEE;DIR="{LURE}":mailto:a@example.com', "ATTENDEE;DIR"),
        (f'ATTENDEE;CN="{LURE}":mailto:a@example.com', "ATTENDEE;CN"),
        (f"DESCRIPTION:<a href='{LURE}'>here</a>", "DESCRIPTION"),
        (f"X-ALT-DESC;FMTTYPE=text/html:<form action='{LURE}'>x</form>", "X-ALT-DESC"),
        (f"BEGIN:VALARM\r\nATTACH:{LURE}\r\nEND:VALARM", "VALARM.ATTACH"),
        (f"BEGIN:VLOCATION\r\nURL:{LURE}\r\nEND:VLOCATION", "VLOCATION.URL"),
    ],
)
def test_each_link_stands_once_with_its_field(line: str, field: str) -> None:
    links = read(event(line)).links
    assert [(link.host, link.field) for link in links] == [("evil.example", field)]


@pytest.mark.requirement("R35")
@pytest.mark.parametrize(
    ("line", "field"), [(f"TZURL:{LURE}", "VTIMEZONE.TZURL"), (f"SOURCE:{LURE}", "VCALENDAR.SOURCE")]
)
def test_links_outside_the_event(line: str, field: str) -> None:
    head = ("BEGIN:VTIMEZONE", "TZID:X", line, "END:VTIMEZONE") if "TZ" in line else (line,)
    assert [(link.host, link.field) for link in read(event("SUMMARY:x", head=head)).links] == [("evil.example", field)]


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    ("href", "host", "flag"),
    [
        ("https://evil.example/", "evil.example", ""),
        (" https://evil.example/ ", "evil.example", ""),
        ("ht&#9;tps://evil.example/", "evil.example", "control_chars"),
        ("https://evil.exa&#10;mple/", "evil.example", "control_chars"),
        ("java&#10;script:alert(1)", "", "script_uri"),
        ("//evil.example/a", "evil.example", "schemeless"),
        ("\\\\\\\\evil.example/a", "evil.example", "schemeless"),
        ("http://good.example\uff0f@evil.example/", "evil.example", "userinfo"),
    ],
)
def test_an_address_in_markup_is_read_as_a_browser_reads_it(href: str, host: str, flag: str) -> None:
    [link] = read(event(f'X-ALT-DESC;FMTTYPE=text/html:<a href="{href}">here</a>')).links
    assert link.host == host
    assert not flag or flag in link.flags


@pytest.mark.requirement("R36")
@pytest.mark.parametrize(
    "text", ["see http://good.example\uff0f@evil.example/", "see https://evil.example\u202e/moc.doog today"]
)
def test_what_normalising_would_turn_around_is_read_as_it_stands(text: str) -> None:
    assert "evil.example" in {link.host for link in read(event(f"DESCRIPTION:{text}")).links}


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("piece", ["http://a.example/", "a.", "http://h{}.example/p ", "https://www.google.com/url?q="])
def test_finding_is_linear_and_bounded(piece: str) -> None:
    def work(size: int) -> None:
        find("".join(piece.format(number) for number in range(size)), "DESCRIPTION")

    assert growth(work, 200, 16) <= 16 * 2
