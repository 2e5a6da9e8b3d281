"""Every page of the demo and of the review in the admin, found by its links, as each role, by day and by night."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urlsplit

import pytest
from playwright.sync_api import Page

from tests.browser.acting import look, sign_in
from tests.story.acting import SECRET, Person, Stage
from tests.story.test_guests import calendar
from tests.story.test_review import held

pytestmark = pytest.mark.needs("browser")

ONE_OF_MANY = re.compile(r"(?<=/)(?:[0-9a-f-]{32,36}|\d[\w-]*|[A-Z0-9]{4}-[A-Z0-9]{4}|[\w=-]+:[\w:-]+)(?=/)")
NO_PAGE = re.compile(
    r"\.ics$|^/static/|/logout/|^/health|/jsi18n/|^/admin/password_change/"
)  # the last is Django's own


def kind(path: str) -> str:
    """What pages of one kind have in common."""
    return ONE_OF_MANY.sub("*", path)


def crawl(page: Page, stage: Stage, *starts: str) -> set[str]:
    """Look at one page of each kind that links lead to; the kinds seen."""
    waiting, seen = [*starts], set()
    while waiting:
        path = waiting.pop(0)
        if kind(path) in seen or NO_PAGE.search(path):
            continue
        seen.add(kind(path))
        answer = page.goto(f"{stage.url}{path}")
        assert answer is not None
        assert answer.status < 400, f"{answer.status}: {path}"
        look(page)
        links = page.eval_on_selector_all("a[href]", "found => found.map(one => one.href)")
        waiting += [urlsplit(urldefrag(link).url).path for link in links if link.startswith(stage.url)]
    return seen


@pytest.fixture(scope="module")
def busy(stage: Stage) -> Person:
    """Somebody with an event that waits for review, one that is off, one from a file, and one to be answered."""
    otto = stage.newcomer("Otto")
    held(otto, "someone@crowd.example", number=41)
    otto.write("friend@crowd.example", title="Open air", notes="With <b>music</b>", recurrence="weekly")
    otto.settled()
    otto.write("", title="Dentist")
    otto.get(f"{otto.url}cancel/")
    otto.press("form.card")
    otto.upload(calendar(otto.email, "From a file", "left@crowd.example"))
    otto.press("form.card")
    return otto


def test_what_a_stranger_sees(page: Page, stage: Stage) -> None:
    seen = crawl(page, stage, "/")
    assert seen == {"/", "/login/", "/signup/", "/password/reset/"}
    for path in ("/nothing/here/", "/verify/broken:link:here/", "/guard/secure/broken/"):
        page.goto(f"{stage.url}{path}")
        look(page)


def test_what_a_user_sees(page: Page, stage: Stage, busy: Person) -> None:
    sign_in(page, stage, busy.email, SECRET, network=busy.address)
    busy.upload(calendar(busy.email, "Looked at only", "left@crowd.example"))
    seen = crawl(page, stage, "/calendar/", urlsplit(busy.url).path)
    assert seen >= {
        *("/calendar/", "/calendar/*/*/", "/list/", "/inbox/", "/import/", "/import/*/", "/mail/", "/mail/*/"),
        *("/events/new/", "/events/*/", "/events/*/edit/", "/events/*/cancel/", "/account/", "/password/"),
        "/guard/explain/*/",
    }


def test_what_a_guest_sees(page: Page, stage: Stage, busy: Person) -> None:
    busy.write("emil@lakeside-choir.example", title="Evensong", place="Chapel")
    busy.settled()
    sign_in(page, stage, "emil@lakeside-choir.example")
    page.goto(f"{stage.url}/inbox/")
    look(page)
    assert page.get_by_role("button", name="Accept Evensong").is_visible()
    page.goto(f"{stage.url}/calendar/")
    look(page)


@pytest.mark.parametrize(("who", "decides"), [("vic@almanac.example", False), ("rita@almanac.example", True)])
def test_what_staff_see(page: Page, stage: Stage, busy: Person, who: str, decides: bool) -> None:
    assert busy.email
    sign_in(page, stage, who)
    seen = crawl(page, stage, "/admin/")
    assert seen >= {
        *("/admin/", "/admin/calguard/", "/admin/calguard/case/", "/admin/calguard/case/*/change/"),
        *("/admin/calguard/decision/", "/admin/calguard/decision/*/change/", "/admin/calguard/auditentry/"),
        *("/admin/calguard/enforcement/", "/admin/calguard_accounts_risk/"),
    }
    page.goto(f"{stage.url}/admin/calguard/case/?state=all&q=otto")
    look(page)
    case = page.get_by_role("link", name=re.compile(r"^Case \d+$"))
    if decides:
        page.goto(f"{stage.url}/admin/calguard/case/")
        number = re.findall(r"\d+", case.first.inner_text())[0]
        page.goto(f"{stage.url}/admin/calguard/case/decide/?outcome=deny&ids={number}")
        look(page)
        page.get_by_role("button", name=re.compile("Deny|Decide")).click()
        look(page)  # nothing was filled in, and it says so
