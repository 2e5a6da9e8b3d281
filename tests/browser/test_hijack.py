"""Somebody's account is taken over and won back, in a real browser: the thief's window, and the owner's."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import everybody_is, look, sign_in, write
from tests.browser.test_flows import opened
from tests.story.acting import PASSWORD, PATIENCE, Stage
from tests.support.worker import until

pytestmark = pytest.mark.needs("browser")

ELSEWHERE = "192.0.2.88"
LURE = "Norton renewal: 398.66 USD was charged. Call 1-839-268-8812 immediately to cancel"
LONG_HERE = """
from datetime import timedelta
from django.utils import timezone
from demo import people
person = people.Person(
    email={email!r}, name={name!r}, age=timedelta(days=600), about="", recovery={recovery!r}
)
people._make(person, timezone.now(), {{}})
"""


def long_here(stage: Stage, name: str) -> tuple[str, str]:
    """An account of two years with a recovery address that is nearly as old: both addresses."""
    email, recovery = f"{name.lower()}@rowing-club.example", f"{name.lower()}.holm@posteo.example"
    code = LONG_HERE.format(email=email, name=f"{name} Holm", recovery=recovery)
    done = stage.demo.manage("shell", "-c", code)
    assert done.returncode == 0, done.stderr
    return email, recovery


def stolen(page: Page, stage: Stage, email: str) -> None:
    """A thief signs in from elsewhere, takes another password, and sends a lure."""
    sign_in(page, stage, email, network=ELSEWHERE)
    page.goto(f"{stage.url}/password/")
    page.fill("[name=old_password]", PASSWORD)
    for field in ("new_password1", "new_password2"):
        page.fill(f"[name={field}]", f"{PASSWORD}-taken")
    page.get_by_role("button", name="Save password").click()
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    write(page, stage, "prey@valley.example", title=LURE)
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)


def alert_to(stage: Stage, address: str) -> EmailMessage:
    return until(lambda: stage.mail_to(address), seconds=PATIENCE, what=f"the alert to {address}")[0]


def link(mail: EmailMessage, purpose: str) -> str:
    found = re.search(rf"http\S+/guard/{purpose}/\S+", mail.get_content())
    assert found, mail.get_content()
    return found[0]


@pytest.mark.requirement("R57")
@pytest.mark.requirement("R59")
def test_an_owner_wins_a_stolen_account_back(page: Page, another_page: Page, stage: Stage) -> None:
    email, recovery = long_here(stage, "Greta")
    thief, owner = page, another_page
    stolen(thief, stage, email)
    mail = alert_to(stage, recovery)
    assert LURE[:14] in mail.get_content()
    assert "268-8812" not in mail.get_content()
    assert not stage.mail_to(email), "who has the account may read its mailbox"
    for _ in range(40):  # a worker ends the session
        thief.goto(f"{stage.url}/account/")
        if "/login/" in thief.url:
            break
        thief.wait_for_timeout(250)
    expect(thief.get_by_role("heading", name="Log in")).to_be_visible()
    sign_in(thief, stage, email, f"{PASSWORD}-taken", network=ELSEWHERE)
    expect(thief.locator("body")).to_be_visible()
    thief.goto(f"{stage.url}/account/")
    expect(thief.get_by_text("Sending to guests is paused")).to_be_visible()
    thief.get_by_role("link", name="Why").click()
    expect(thief.get_by_text("Perhaps somebody else uses your account")).to_be_visible()
    look(thief)

    owner.goto(link(mail, "secure"))
    expect(owner.get_by_text("Norton renewal")).to_be_visible()
    look(owner)
    owner.get_by_role("button", name="End every session").click()
    expect(owner.get_by_text("Every session has been ended")).to_be_visible()
    look(owner)
    thief.goto(f"{stage.url}/account/")
    expect(thief.get_by_role("heading", name="Log in")).to_be_visible()
    owner.get_by_role("link", name="Choose a new password").click()
    for field in ("new_password1", "new_password2"):
        owner.fill(f"[name={field}]", "a-quite-other-one-7")
    owner.get_by_role("button", name="Save password").click()
    expect(owner.get_by_text("Log in with the new one")).to_be_visible()
    sign_in(owner, stage, email, "a-quite-other-one-7")
    owner.goto(f"{stage.url}/account/")
    expect(owner.get_by_text("Sending to guests is paused")).to_have_count(0)
    owner.goto(f"{stage.url}/guard/incident/")
    expect(owner.get_by_text("The password was changed")).to_be_visible()
    look(owner)
    owner.get_by_role("button", name=re.compile("Discard")).click()
    expect(owner.get_by_text("Nothing waits any more")).to_be_visible()
    look(owner)
    owner.goto(link(mail, "secure"))
    expect(owner.get_by_text("has been used already")).to_be_visible()

    write(owner, stage, "cox@rowing-club.example", title="Training on Sunday", place="Boat house")
    everybody_is(owner, "sent")
    assert not stage.mail_to("prey@valley.example")


@pytest.mark.requirement("R59")
def test_it_was_me_takes_the_password_and_goes_to_a_person(page: Page, another_page: Page, stage: Stage) -> None:
    email, recovery = long_here(stage, "Henk")
    stolen(page, stage, email)
    mail, owner = alert_to(stage, recovery), another_page
    owner.goto(link(mail, "mine"))
    look(owner)
    owner.get_by_role("button", name="Sign in again").click()
    owner.fill("[name=username]", email)
    owner.fill("[name=password]", f"{PASSWORD}-taken")
    owner.press("[name=password]", "Enter")
    expect(owner.get_by_role("button", name="Yes, this was me")).to_be_visible()
    look(owner)
    owner.get_by_role("button", name="Yes, this was me").click()
    expect(owner.get_by_text("A person looks at what was held")).to_be_visible()
    look(owner)
    owner.goto(f"{stage.url}/account/")
    expect(owner.get_by_text("Sending to guests is paused")).to_be_visible()
    assert not stage.mail_to("prey@valley.example")
    sign_in(page, stage, "rita@almanac.example")
    opened(page, stage, re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}", mail.get_content())[-1])
    expect(page.get_by_role("heading", name="Taken over?")).to_be_visible()
    expect(page.get_by_text("It was me")).to_be_visible()
    look(page)
