"""Objecting in a real browser: to a hold that is then let go, and to a suspension, by the mailed link alone."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.acting import SLOW, everybody_is, look, sign_in, write
from tests.browser.test_flows import opened
from tests.story.acting import PATIENCE, SECRET, Stage
from tests.story.test_review import held
from tests.support.worker import until

pytestmark = [pytest.mark.needs("browser"), pytest.mark.requirement("R92")]

LURE = "Your PayPal account was charged 499.99 USD. Not you? Call +1 (888) 555-0191 to cancel"
WORDS = "You teach how such mails look. We are sorry that it took a while."


def answer(page: Page, stage: Stage, reference: str, outcome: str, label: str) -> None:
    """Decide the case of that reference, with words for its owner."""
    opened(page, stage, reference)
    expect(page.get_by_role("heading", name="What the sender says")).to_be_visible()
    look(page)
    page.get_by_label(re.compile(rf"^\s*{outcome}:")).check()
    page.locator("[name=label]").select_option(label)
    page.get_by_label("Reason").fill("Seen with the course material.")
    page.get_by_label("To the owner").fill(WORDS)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("is decided:")).to_be_visible()


def test_what_is_held_is_explained_objected_to_let_go_and_told(page: Page, another_page: Page, stage: Stage) -> None:
    pia = stage.newcomer("Pia")
    sign_in(page, stage, pia.email, SECRET, network=pia.address)
    write(page, stage, "class@college.example", title=LURE, place="Room 4")
    everybody_is(page, "review")
    event = page.url
    page.get_by_role("link", name="Why?").click()
    expect(page.get_by_role("heading", name="Why")).to_be_visible()
    expect(page.get_by_text("A person is to have looked by")).to_be_visible()
    reference = page.locator("dd code").inner_text()
    page.get_by_label("What should we know about this event?").fill("I teach people to recognise such mails.")
    page.get_by_role("button", name="Send to a person").click()
    expect(page.get_by_text("We have received it")).to_be_visible()
    page.get_by_role("link", name="Where your account stands").click()
    expect(page.get_by_role("heading", name="What waits")).to_be_visible()
    expect(page.locator("[data-state=review]")).to_contain_text("A person looks at it")
    expect(page.locator("#calguard-appeals + ul")).to_contain_text(reference)
    look(page)
    sign_in(another_page, stage, "rita@almanac.example")
    answer(another_page, stage, reference, "Release", "innocent")
    assert stage.arrived("class@college.example")["subject"]
    page.goto(event)
    everybody_is(page, "sent")
    page.goto(f"{stage.url}/guard/account/")
    expect(page.get_by_text("Nothing of yours waits.")).to_be_visible()
    expect(page.locator("[data-state=overturned]")).to_contain_text(WORDS)
    look(page)
    told = until(
        lambda: [mail for mail in stage.mail_to(pia.email) if "we have taken it back" in str(mail["subject"])],
        seconds=PATIENCE,
        what="the mail that answers",
    )
    assert WORDS in told[0].get_content()
    assert "Your invitations leave now" in told[0].get_content()


def test_who_is_suspended_objects_by_the_mailed_link_and_comes_back(
    page: Page, another_page: Page, stage: Stage
) -> None:
    rob = stage.newcomer("Rob")
    reference = held(rob, "prey@college.example", number=51)
    sign_in(another_page, stage, "rita@almanac.example")
    opened(another_page, stage, reference)
    another_page.get_by_label(re.compile(r"^\s*Suspend:")).check()
    another_page.locator("[name=label]").select_option("phish")
    another_page.get_by_label("Reason").fill("Its number is known from call-back fraud.")
    another_page.get_by_role("button", name="Decide").click()
    expect(another_page.get_by_text("is decided:")).to_be_visible()
    mail = until(
        lambda: [mail for mail in stage.mail_to(rob.email) if "suspended" in str(mail["subject"])],
        seconds=PATIENCE,
        what="the mail that says why",
    )[0]
    link = re.search(r"https?://\S+/guard/objection/\S+", mail.get_content())
    assert link, mail.get_content()
    page.goto(stage.url + urlsplit(link[0]).path)  # nobody is signed in here
    expect(page.get_by_role("heading", name="Your account is suspended")).to_be_visible()
    expect(page.get_by_text("found automatically, and decided by a person")).to_be_visible()
    look(page)
    page.get_by_label("What should we know?").fill("It is a pub quiz about fraud.")
    page.get_by_role("button", name="Send to a person").click()
    expect(page.get_by_text("We have received it")).to_be_visible()
    opened(another_page, stage, reference)
    expect(another_page.get_by_text("this is an appeal against your own decision")).to_be_visible()
    another_page.context.clear_cookies()
    sign_in(another_page, stage, "theo@almanac.example")
    answer(another_page, stage, reference, "Release", "innocent")
    page.reload()
    expect(page.get_by_text("has taken the decision back")).to_be_visible(timeout=SLOW)
    expect(page.get_by_text(WORDS)).to_be_visible()
    look(page)
    assert stage.arrived("prey@college.example")["subject"]  # what was refused goes, as its event is still ahead
    sign_in(page, stage, rob.email, SECRET, network=rob.address)
    page.goto(f"{stage.url}/guard/account/")
    expect(page.get_by_text("All is well: you can invite others.")).to_be_visible()
    look(page)
