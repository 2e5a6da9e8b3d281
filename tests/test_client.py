"""What a request says of its program: hints, device, form and pages, each as far as it was observed."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory

from calguard import client, hands, keyed
from calguard.host import Host

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NAVIGATION = {"accept": "text/html,application/xhtml+xml", "sec-fetch-mode": "navigate"}


class Opened:
    """A session that the host's view has looked at, as one does who asks who is there."""

    accessed = True


class Browser:
    """As much of one as keeps a cookie."""

    def __init__(self, agent: str = CHROME, *, signed_in: bool = True) -> None:
        self.agent, self.signed_in, self.cookie = agent, signed_in, ""

    def request(self, data: dict[str, str] | None = None, **headers: str) -> HttpRequest:
        made = RequestFactory().post("/", data or {}, headers={"user-agent": self.agent} | NAVIGATION | headers)
        made.user = AnonymousUser()
        if self.signed_in:
            made.session = Opened()  # type: ignore[assignment]
        if self.cookie:
            made.COOKIES[client.COOKIE] = self.cookie
        return made

    def signs_in(self) -> None:
        made = self.request()
        client.give_device(made)
        self.gets(made, HttpResponseRedirect("/"))

    def gets(self, request: HttpRequest, response: HttpResponse, *, wrote: bool = False) -> bool:
        """Whether the response brought a cookie, which is kept."""
        client.set_cookie(request, response, wrote=wrote)
        if client.COOKIE in response.cookies:
            self.cookie = response.cookies[client.COOKIE].value
            return True
        return False

    def sees(self, kind: str = "text/html; charset=utf-8", *, wrote: bool = False, **headers: str) -> bool:
        return self.gets(self.request(), HttpResponse(content_type=kind, headers=headers), wrote=wrote)

    def steps(self, **headers: str) -> int | None:
        return client.facts(self.request(**headers)).steps


@pytest.mark.requirement("R11")
def test_hints_are_kept_as_sent_and_what_is_missing_is_none() -> None:
    seen = client.facts(
        Browser().request(
            **{"sec-ch-ua": '"Chromium";v="147"', "sec-ch-ua-platform": '"Windows"', "sec-ch-ua-mobile": "?0"}
        )
    )
    assert (seen.brands, seen.platform, seen.mobile) == ('"Chromium";v="147"', '"Windows"', "?0")
    seen = client.facts(Browser().request())
    assert (seen.brands, seen.platform, seen.mobile) == (None, None, None)
    assert len(client.facts(Browser().request(**{"sec-ch-ua": "x" * 9999})).brands or "") == client.LONGEST


@pytest.mark.requirement("R11")
def test_a_device_remembers_what_it_first_was() -> None:
    browser = Browser()
    browser.signs_in()
    browser.agent = CHROME.replace("147", "151")
    seen = client.facts(browser.request())
    assert (seen.signature, seen.first_signature) == ("chrome/windows", "chrome/windows")
    browser.agent = FIREFOX
    browser.sees()
    seen = client.facts(browser.request())
    assert (seen.signature, seen.first_signature) == ("firefox/linux", "chrome/windows")


def test_a_cookie_of_the_version_before_keeps_its_number_and_learns_the_rest() -> None:
    browser = Browser()
    browser.cookie = keyed.sign("device", {"n": "old"})
    before = client.device(browser.request())
    assert client.facts(browser.request()).first_signature == ""
    assert browser.steps() is None
    assert browser.sees()
    assert client.device(browser.request()) == before
    assert client.facts(browser.request()).first_signature == "chrome/windows"


def test_a_forged_cookie_is_none() -> None:
    browser = Browser()
    browser.cookie = keyed.sign("form", {"n": "mine", "s": "chrome/windows", "p": 3})
    seen = client.facts(browser.request())
    assert (client.device(browser.request()), seen.first_signature, seen.steps) == ("", "", None)


def test_a_registered_client_is_one_kind(settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "HOST": "tests.test_client.Registering"}
    assert client.facts(Browser("python-requests/2.32").request()).signature == client.REGISTERED


@pytest.mark.requirement("R12")
class TestTheFormBelongsToItsDevice:
    def seen(self, browser: Browser, nonce: str) -> Any:
        sent = browser.request({client.NONCE: nonce})
        client.expect_form(sent)
        return client.facts(sent)

    def test_where_it_was_shown(self) -> None:
        browser = Browser()
        browser.signs_in()
        nonce = client.nonce("", request=browser.request())
        seen = self.seen(browser, nonce)
        assert seen.form_rendered is True
        assert len(seen.form) == 12
        assert seen.form == self.seen(browser, nonce).form
        assert seen.form != self.seen(browser, client.nonce("", request=browser.request())).form

    @pytest.mark.parametrize("other", ["another device", "no device"])
    def test_farmed_on_one_device_it_is_worth_nothing_on_another(self, other: str) -> None:
        farm, bot = Browser(), Browser()
        farm.signs_in()
        if other == "another device":
            bot.signs_in()
        assert self.seen(bot, client.nonce("", request=farm.request())).form_rendered is False

    def test_who_had_no_device_then_may_have_one_now(self) -> None:
        """Such as after signing in in another window."""
        browser = Browser()
        nonce = client.nonce("", request=browser.request())
        browser.signs_in()
        assert self.seen(browser, nonce).form_rendered is True

    def test_a_browser_that_changes_its_name_keeps_its_forms(self) -> None:
        browser = Browser()
        browser.signs_in()
        nonce = client.nonce("", request=browser.request())
        browser.agent = FIREFOX
        browser.sees()
        assert self.seen(browser, nonce).form_rendered is True

    def test_the_newest_of_two_counts(self, clock: Any) -> None:
        browser = Browser()
        old = client.nonce("")
        clock.shift(timedelta(seconds=30))
        new = client.nonce("")
        sent = browser.request({f"a-{client.NONCE}": old, f"b-{client.NONCE}": new})
        assert client.facts(sent).form_seconds == 0


class TestHands:
    def sent(self, nonce: str, counted: str, **options: Any) -> Any:
        return client.facts(Browser().request({client.NONCE: nonce, hands.FIELD: counted}), **options).input

    def test_of_the_form_that_was_sent(self) -> None:
        nonce, other = client.nonce(""), client.nonce("")
        counted = json.dumps({"n": hands.tail(nonce), "k": 3, "t": 9})
        assert self.sent(nonce, counted).keys == 3
        assert self.sent(other, counted) is None
        assert self.sent(nonce, "") is None
        assert self.sent("", json.dumps({"n": "", "t": 9})) is None  # no form, no hands of it
        assert self.sent(nonce, counted, channel="caldav") is None

    def test_of_a_form_with_a_prefix(self) -> None:
        nonce = client.nonce("")
        counted = json.dumps({"n": hands.tail(nonce), "t": 9})
        sent = Browser().request({f"event-{client.NONCE}": nonce, f"event-{hands.FIELD}": counted})
        assert client.facts(sent).input is not None


class TestPages:
    def test_counted_since_the_browser_last_wrote(self) -> None:
        browser = Browser()
        browser.signs_in()
        assert browser.steps() == 0
        assert [(browser.sees(), browser.steps()) for _ in range(4)] == [(True, 1), (True, 2), (True, 3), (False, 3)]
        assert browser.gets(browser.request(), HttpResponseRedirect("/event/"), wrote=True)
        assert browser.steps() == 0
        assert not browser.gets(browser.request(), HttpResponseRedirect("/event/"), wrote=True)

    def test_a_form_that_comes_back_is_a_page(self) -> None:
        browser = Browser()
        browser.signs_in()
        browser.sees(wrote=True)
        assert browser.steps() == 1

    @pytest.mark.parametrize("kind", ["application/json", "text/calendar", "image/png", "text/css"])
    def test_what_is_no_page(self, kind: str) -> None:
        browser = Browser()
        browser.signs_in()
        assert not browser.sees(kind)
        assert browser.steps() == 0

    def test_nothing_that_others_may_be_given_brings_a_cookie(self) -> None:
        stranger, browser = Browser(signed_in=False), Browser()
        browser.signs_in()
        stranger.cookie = browser.cookie
        assert not stranger.sees()
        assert not browser.sees(**{"Cache-Control": "public, max-age=600"})
        response = HttpResponse()
        assert browser.gets(browser.request(), response)
        assert response["Vary"] == "Cookie"

    def test_a_device_without_a_number_gets_none_for_looking(self) -> None:
        browser = Browser()
        assert not browser.sees()
        assert not browser.sees(wrote=True)
        assert browser.steps() is None

    def test_a_host_whose_pages_are_shown_by_another_program_is_not_observed(self) -> None:
        """Neither its pages nor its sign-in pass here: that no page was seen says nothing."""
        browser = Browser()
        browser.cookie = keyed.sign("device", {"n": "old"})
        assert not browser.gets(browser.request(), HttpResponseRedirect("/"), wrote=True)
        assert browser.steps() is None

    @pytest.mark.parametrize(
        "headers",
        [
            {"sec-fetch-mode": "cors"},
            {"x-requested-with": "XMLHttpRequest"},
            {"accept": "*/*"},
        ],
    )
    def test_a_page_that_writes_by_its_own_script_is_not_observed(self, headers: dict[str, str]) -> None:
        browser = Browser()
        browser.signs_in()
        assert browser.steps() == 0
        assert browser.steps(**headers) is None

    @pytest.mark.parametrize("channel", ["api", "caldav", "import", "mail"])
    def test_nor_are_programs(self, channel: Any) -> None:
        browser = Browser()
        browser.signs_in()
        assert client.facts(browser.request(), channel=channel).steps is None


class Registering(Host):
    """A host that knows this API client."""

    def registered_client(self, request: HttpRequest) -> bool:
        return True


@pytest.mark.parametrize("bad", ["\x00", "\ud800"])
def test_headers_are_read_as_postgresql_can_keep_them(bad: str) -> None:
    """Else whoever sends them would be held without being on record."""
    given = {name: f"{bad}{value}" for name, value in (("accept-language", "de"), ("sec-ch-ua", '"Chromium";v="147"'))}
    seen = client.facts(Browser(CHROME + bad).request(**given))
    assert (seen.user_agent, seen.accept_language, seen.brands) == (CHROME, "de", '"Chromium";v="147"')
