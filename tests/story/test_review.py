"""What is held comes before a person, who finds it, claims it and decides it; the sender has their say before."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.story.acting import PATIENCE, SECRET, Person, Stage
from tests.support.worker import until

QUIZ = "Pub quiz: your account is suspended, call +1 (805) 302-80{} to verify, round one"
CLAIM, DECIDE = 'form[action$="/claim/"]', 'form[action$="/decide/"]'


def held(who: Person, guest: str, *, number: int) -> str:
    """An event of theirs that waits for a person, and its reference."""
    who.write(guest, hurried=True, title=QUIZ.format(number), place="The Fox")
    if who.solve(lambda _: None):
        pytest.fail(f"challenged instead of held: {who.text()[:400]}")
    assert who.settled() == {"review": 1}
    _, reference = who.told()
    return reference or re.findall(r"[0-9A-Z]{4}-[0-9A-Z]{4}", who.text())[0]


def found(reviewer: Person, words: str) -> str:
    """Search the queue for these words, and open the one case found; a worker opens cases, so it may take a moment."""

    def links() -> list[str]:
        reviewer.get(f"/admin/calguard/case/?{urlencode({'q': words, 'state': 'all'})}")
        return re.findall(r'href="(/admin/calguard/case/\d+/change/)', reviewer.page)

    (link,) = set(until(links, seconds=PATIENCE, what=f"a case for {words}"))
    return reviewer.get(link)


@pytest.fixture(scope="module")
def rita(stage: Stage) -> Person:
    return stage.person("rita@almanac.example")


def test_what_is_released_is_sent(stage: Stage, rita: Person) -> None:
    gus = stage.newcomer("Gus")
    reference = held(gus, "quizzer@northside.example", number=11)
    event = gus.url
    assert reference in found(rita, reference)
    rita.press(CLAIM)
    assert "Claimed by you" in rita.text()
    rita.press(DECIDE, outcome="release", label="innocent", reason="A quiz night; the question is the joke.")
    assert "is decided: release" in rita.text()
    assert stage.arrived("quizzer@northside.example")["subject"]
    gus.get(event)
    assert gus.settled() == {"sent": 1}
    assert "A quiz night; the question is the joke." in found(rita, reference)


@pytest.mark.requirement("R92")
def test_an_appeal_is_read_in_the_case_and_the_sender_is_suspended_all_the_same(stage: Stage, rita: Person) -> None:
    hal = stage.newcomer("Hal")
    reference = held(hal, "target@southside.example", number=12)
    hal.get(f"/guard/explain/{reference}/")
    hal.press('form[action*="/appeal/"]', text="It is <b>only</b> a quiz, please let it go.")
    assert "We have received it" in hal.text()
    assert 'form[action*="/appeal/"]' not in hal.page
    page = found(rita, reference)
    assert "It is &lt;b&gt;only&lt;/b&gt; a quiz" in page
    rita.press(
        DECIDE,
        outcome="suspend",
        label="phish",
        reason="The number belongs to a call-back fraud.",
        words="We know this number.",
    )
    assert "is decided: suspend" in rita.text()
    until(lambda: "/login/" in _address(hal, "/account/"), seconds=PATIENCE, what="the end of the session")
    again = Person(stage.url)
    again.get("/login/")
    again.press("form.card", username=hal.email, password=SECRET)
    assert "/login/" in again.url
    assert "This account is suspended" in again.text()
    assert until(lambda: stage.mail_to(hal.email)[1:], seconds=PATIENCE, what="the mail that says why")
    assert not stage.mail_to("target@southside.example")


def test_who_may_only_look_decides_nothing(stage: Stage, rita: Person) -> None:
    ida = stage.newcomer("Ida")
    reference = held(ida, "guest@eastside.example", number=13)
    vic = stage.person("vic@almanac.example")
    page = found(vic, reference)
    assert "You may look at cases, not decide them." in vic.text()
    assert not LexborHTMLParser(page).css(f"{CLAIM}, {DECIDE}")
    case = vic.url
    token = LexborHTMLParser(page).css_first("[name=csrfmiddlewaretoken]").attributes["value"] or ""
    forged = {"csrfmiddlewaretoken": token, "version": "0", "outcome": "release", "reason": "let it go"}
    vic._open(case.replace("/change/", "/decide/"), forged)
    assert vic.status == 403
    vic.get("/")
    ida.get(ida.url)
    assert ida.settled() == {"review": 1}
    assert not stage.mail_to("guest@eastside.example")
    found(rita, reference)
    assert "This case is decided" not in rita.text()


@pytest.mark.requirement("R89")
def test_the_second_who_decides_learns_that_it_is_decided(stage: Stage, rita: Person) -> None:
    jo = stage.newcomer("Jo")
    reference = held(jo, "guest@westside.example", number=14)
    late = stage.person("rita@almanac.example")
    found(rita, reference)
    found(late, reference)
    rita.press(DECIDE, outcome="deny", label="spam", reason="Not a quiz.")
    late.press(DECIDE, outcome="release", label="innocent", reason="A quiz, I think.")
    assert late.status == 409
    assert "A quiz, I think." in late.page  # what was typed is not lost
    jo.get(jo.url)
    assert jo.settled() == {"refused": 1}
    assert not stage.mail_to("guest@westside.example")


def test_a_message_at_hand_leads_to_its_sender(stage: Stage, rita: Person) -> None:
    """Abuse desks get a mail, not a reference: its Message-ID finds whoever sent it, once there is a case."""
    kim = stage.newcomer("Kim")
    kim.write("neighbour@backyard.example", title="Barbecue in the yard")
    assert kim.settled() == {"sent": 1}
    message_id = str(stage.arrived("neighbour@backyard.example")["message-id"])
    reference = held(kim, "guest@frontyard.example", number=15)
    found(rita, reference)
    case = rita.url
    found(rita, message_id)
    assert rita.url == case


def _address(who: Person, path: str) -> str:
    who.get(path)
    return who.url
