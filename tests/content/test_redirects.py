"""Wrappers come off offline, by what each page itself obeys, and nothing else is taken for one."""

from __future__ import annotations

import base64

import pytest
from ada_url import URL

from calguard.content.links import find, from_uri
from calguard.content.normalise import clean
from calguard.content.redirects import unwrap

EVIL = "https://evil.example/pay?x=1"


def b64(url: str, *, padded: bool = False, urlsafe: bool = True) -> str:
    made = (base64.urlsafe_b64encode if urlsafe else base64.b64encode)(url.encode()).decode()
    return made if padded else made.rstrip("=")


def link(url: str) -> tuple[str, frozenset[str]]:
    [found] = find(clean(url)[0], "DESCRIPTION")
    return found.host, found.flags


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    "url",
    [
        "https://www.example.com/?url=https://evil.example/",  # an open redirect, perhaps; the site itself is judged
        "https://www.google.com/maps?q=https://evil.example/",
        "https://www.google.com/search?q=evil.example",
        "https://github.com/login?return_to=https%3A%2F%2Fgithub.com%2Fa",
        "https://www.facebook.com/sharer.php?u=https://honest.example/",
        "https://www.youtube.com/watch?v=abc&q=https://evil.example/",
        "https://www.bing.com/search?q=https://evil.example",
        "https://accounts.google.com/ServiceLogin",
        "https://www.yahoo.com/news/RU=1",
        "https://mail.example.com/CL0/https:%2F%2Fgood.example%2F/1/abc",  # anybody may write such a path
    ],
)
def test_what_is_no_wrapper_stays(url: str) -> None:
    end, unwrapped, opaque = unwrap(URL(url))
    assert (str(end.hostname), unwrapped, opaque) == (str(URL(url).hostname), False, False)


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    "url",
    [
        f"https://www.google.com/url?q={EVIL}&sa=D&source=calendar&usd=2&usg=AOvVaw0",  # the calendar's own
        "https://meet.google.com/linkredirect?authuser=0&dest=https%3A%2F%2Fevil.example%2F",
        "https://accounts.google.com/ServiceLogin?continue=https%3A%2F%2Fevil.example%2F",
        "https://www.google.com/search?btnI=1&q=https://evil.example/",
        "https://www.google.de/aclk?sa=l&adurl=https://evil.example/",
        "https://googleads.g.doubleclick.net/aclk?sa=L&adurl=https://evil.example/",
        "https://ad.doubleclick.net/ddm/clk/1;2;k?https://evil.example/",
        f"https://www.bing.com/ck/a?!&&p=1&u=a1{b64(EVIL)}&ntb=1",
        f"https://www.bing.com/aclick?ld=x&u={b64(EVIL)}",
        "https://r.search.yahoo.com/_ylt=A/RV=2/RE=1/RO=10/RU=https%3a%2f%2fevil.example%2f/RK=2/RS=x-",
        "https://search.aol.com/click/_ylt=A/RU=https%3a%2f%2fevil.example%2f/RK=0",
        "https://duckduckgo.com/l/?uddg=https%3A%2F%2Fevil.example%2F",
        "https://translate.google.com/translate?sl=auto&u=https://evil.example/",
        "https://evil-example.translate.goog/?_x_tr_sl=auto",
        "https://googleweblight.com/i?u=https://evil.example/",
        "https://l.facebook.com/l.php?u=https%3A%2F%2Fevil.example%2F&h=AT0",
        "https://www.facebook.com/flx/warn/?u=https%3A%2F%2Fevil.example%2F",
        "https://l.instagram.com/?u=https%3A%2F%2Fevil.example%2F&e=1",
        "https://www.youtube.com/redirect?event=video&q=https%3A%2F%2Fevil.example%2F",
        "https://www.linkedin.com/redir/redirect?url=https%3A%2F%2Fevil%2Eexample%2F",
        "https://x.com/safety/unsafe_link_warning?unsafe_link=https://evil.example/",
        "https://slack-redir.net/link?url=https%3A%2F%2Fevil.example",
        "https://t.umblr.com/redirect?z=https%3A%2F%2Fevil.example%2F&t=x",
        "https://vk.com/away.php?to=https%3A%2F%2Fevil.example",
        "https://steamcommunity.com/linkfilter/?u=https%3A%2F%2Fevil.example",
        "https://deref-gmx.net/mail/client/x/dereferrer/?redirectUrl=https%3A%2F%2Fevil.example%2F",
        "https://href.li/?https://evil.example/",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fevil.example%2F&data=05%7C01",
        "https://EUR01.SAFELINKS.protection.outlook.com./ap/b-59/?url=https%3A%2F%2Fevil.example%2F",
        "https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/a.html?url=https%3A%2F%2Fevil.example%2F",
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fevil.example%2f&c=E,1",
        f"https://eu-west-1.protection.sophos.com/?d=evil.example&u={b64(EVIL, padded=True)}&p=m",
        "https://secure-web.cisco.com/1aBcD/https%3A%2F%2Fevil.example%2F",
        "https://urlsand.esvalabs.com/?u=https%3A%2F%2Fevil.example%2F&e=1",
        "https://protect.checkpoint.com/v2/___https://evil.example/x___.YXAz",
        "https://url.avanan.click/v2/___https://evil.example/x___.YXAz",
        "https://ddec1-0-en-ctp.trendmicro.com/wis/clicktime/v1/query?url=https%3a%2f%2fevil.example",
        "https://urldefense.proofpoint.com/v1/url?u=https://evil.example/&k=x",
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_a-2Db&d=DwM",
        "https://urldefense.com/v3/__https://evil.example/a*b__;Iw!!abc$",
        "https://urldefense.com/v3/__https:/evil.example/a**Bb__;ISEh!!abc$",
        "https://www.awin1.com/cread.php?awinmid=1&ued=https%3A%2F%2Fevil.example%2F",
        "https://prf.hn/click/camref:1x/destination:https%3A%2F%2Fevil.example%2F",
        "https://click.linksynergy.com/deeplink?id=1&murl=https%3A%2F%2Fevil.example%2F",
        "https://abc.app.link/?$fallback_url=https%3A%2F%2Fevil.example",
        "https://x.page.link/?link=https://evil.example/&apn=a",
        "https://x.awstrack.me/L0/https:%2F%2Fevil.example%2Fpay/1/0100018-a/b=1",
    ],
)
def test_each_wrapper_is_taken_off(url: str) -> None:
    host, flags = link(url)
    assert host == "evil.example"
    assert "redirector" in flags
    assert "opaque_redirect" not in flags


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example/",
        "https%3A%2F%2Fevil.example%2F",
        "https%253A%252F%252Fevil.example%252F",
        "//evil.example/",
        "evil.example/pay",
        b64(EVIL),
        b64(EVIL, padded=True),
        b64(EVIL, urlsafe=False),
        b64("HTTPS://evil.example/"),
        b64("//evil.example/a"),
        EVIL.encode().hex(),
    ],
)
def test_an_address_is_read_in_each_spelling(value: str) -> None:
    assert link(f"https://l.facebook.com/l.php?h=1&u={value}")[0] == "evil.example"


@pytest.mark.requirement("R37")
def test_a_decoy_in_a_parameter_the_page_ignores_is_no_destination() -> None:
    assert link("https://l.facebook.com/l.php?url=https://good.example/&u=https://evil.example/")[0] == "evil.example"


@pytest.mark.requirement("R37")
def test_two_destinations_are_one_too_many_to_be_sure() -> None:
    host, flags = link("https://www.google.com/url?q=https://good.example/&url=https://evil.example/")
    assert host == "good.example"
    assert "opaque_redirect" in flags
    assert "opaque_redirect" not in link("https://www.google.com/url?q=https://a.example/&url=https://a.example/")[1]


@pytest.mark.requirement("R37")
def test_wrappers_of_different_makers_nest() -> None:
    inner = "https://urldefense.proofpoint.com/v2/url?u=https-3A__evil.example_x&d=D"
    middle = f"https://www.google.com/url?q={inner.replace('&', '%26').replace('?', '%3F').replace('=', '%3D')}"
    outer = f"https://nam02.safelinks.protection.outlook.com/?url={middle.replace('%', '%25').replace('&', '%26')}"
    assert link(outer)[0] == "evil.example"


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/goto?url=CAESabcdef",
        "https://www.baidu.com/link?url=abcdef",
        "https://protect-eu.mimecast.com/s/AbCdEf",
        "https://bit.ly/abc",
        "https://lnkd.in/abc",
        "https://l.facebook.com/l.php?h=1",
        "https://www.bing.com/aclick?ld=x",
        "https://www.bing.com/ck/a?!&&p=1&ntb=1",
    ],
)
def test_what_only_the_server_knows_is_opaque(url: str) -> None:
    assert "opaque_redirect" in link(url)[1]


@pytest.mark.parametrize("url", ["https://bit.ly/", "https://www.google.com/", "https://aka.ms/join", "https://t.co"])
def test_front_pages_and_a_companys_own_short_links_hide_nothing(url: str) -> None:
    found = from_uri(url, "URL")
    assert found
    assert "opaque_redirect" not in found.flags


@pytest.mark.requirement("R37")
@pytest.mark.parametrize(
    "url",
    [
        "https://u1.ct.sendgrid.net/ls/click?upn=u001.AbC",
        "https://links.shop.example/ls/click?upn=u001.AbC",  # the same service under its customer's host
        "https://click.example.list-manage.com/track/click?u=1&id=2",
        "https://abc.mjt.lu/lnk/AVcAAE/1/x",
        "https://mail.shop.example/CL0/https:%2F%2Fshop.example/1/0100",
        "https://d1.hubspotlinks.com/Ctc/V+113/abc",
        "https://email.shop.example/e3t/Ctc/V+113/cphKl04/VVGPX",
    ],
)
def test_click_counters_are_told_from_hiding_places(url: str) -> None:
    flags = link(url)[1]
    assert "click_tracker" in flags
    assert "opaque_redirect" not in flags


@pytest.mark.parametrize("url", ["https://sendgrid.com/", "https://brevo.com/en", "https://shop.example/track/parcel"])
def test_a_mail_service_itself_counts_nothing(url: str) -> None:
    assert "click_tracker" not in link(url)[1]
