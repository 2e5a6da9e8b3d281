"""The five scenes of `manage.py demo_story`: the innocent reach everybody, the rest reaches nobody and is explained."""

from __future__ import annotations

import re

import pytest

from tests.story.acting import PATIENCE, SECRET, Stage, method_of
from tests.story.conftest import Played
from tests.support.worker import until

ADA_AT_HOME = "ada.okafor@posteo.example"
REFERENCE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")


def test_a_wedding_reaches_all_its_guests(played: Played, stage: Stage) -> None:
    told = played.only("wedding")
    assert told["headline"] == "accepted"
    assert told["reference"] == ""
    assert told["states"] == {"sent": 140}
    assert len(stage.invitations_to("aunt.7@gmail.com")) == 1


def test_a_webinar_reaches_all_its_guests_without_a_challenge(played: Played, stage: Stage) -> None:
    told = played.only("webinar")
    assert told["headline"] == "accepted"
    assert told["states"] == {"sent": 40}
    assert len(stage.invitations_to("attendee7@company7.example")) == 1


def test_a_sign_up_farm_reaches_nobody(played: Played) -> None:
    states = played.states("farm")
    assert sum(states.values()) == 75
    assert states.keys() <= {"review", "refused", "challenge", "delayed"}
    assert not [address for address in played.mailed if re.search(r"user\d+@host\d+\.example", address)]
    assert all(REFERENCE.fullmatch(told["reference"]) for told in played.scenes["farm"])


def test_a_lure_is_held_or_refused_and_has_a_reference(played: Played) -> None:
    told = played.only("lure")
    assert told["states"] in ({"review": 1}, {"refused": 1})
    assert REFERENCE.fullmatch(told["reference"])
    assert "someone@victims.example" not in " ".join(played.mailed)


@pytest.mark.requirement("R53")
def test_its_sender_reads_why_and_what_next(played: Played, stage: Stage) -> None:
    dana = stage.person("dana@freshmail.example", network="203.0.113.9")
    dana.get(f"/guard/explain/{played.only('lure')['reference']}/")
    assert dana.status == 200
    said = dana.text()
    assert "Why" in said
    assert "used to cheat people" in said
    assert "Explain or object" in said
    assert "subject.lure" not in said  # rule names and thresholds are nobody's business


def test_nobody_else_learns_that_there_was_a_decision(played: Played, stage: Stage) -> None:
    emil = stage.person("emil@lakeside-choir.example")
    emil.get(f"/guard/explain/{played.only('lure')['reference']}/")
    assert emil.status == 404


def test_a_hijacked_account_is_held_its_owner_is_warned_and_it_may_not_send(played: Played, stage: Stage) -> None:
    told = played.only("hijacked")
    assert told["states"] == {"review": 25}
    assert "@town" not in " ".join(played.mailed)
    mail = until(lambda: stage.mail_to(ADA_AT_HOME), seconds=PATIENCE, what="the alert to Ada's recovery address")[0]
    assert told["reference"] in mail.get_content()
    assert "/guard/secure/" in mail.get_content()
    assert method_of(mail) == ""
    ada = stage.person("ada@northwind-clinic.example")
    ada.get("/account/")
    assert "Sending to guests is paused" in ada.text()


def test_reviewers_learn_of_new_cases(played: Played, stage: Stage) -> None:
    assert until(lambda: stage.mail_to("rita@almanac.example"), seconds=PATIENCE, what="a mail to staff")


def test_somebody_signs_up_confirms_the_address_and_invites(stage: Stage) -> None:
    fay = stage.sign_up("Fay")
    fay.get("/account/")
    assert "Not confirmed" in fay.text()
    mail = until(lambda: stage.mail_to(fay.email), seconds=PATIENCE, what="the verification mail")[0]
    link = re.search(r"/verify/\S+", mail.get_content())
    assert link
    fay.get(link.group(0)[:-2] + "x/")
    assert fay.status == 400
    fay.get(link.group(0))
    fay.get("/account/")
    assert "Confirmed" in fay.text()
    fay.write("oma@hillside.example", title="Coffee on Sunday", notes="I bake.")
    assert fay.settled() == {"sent": 1}
    assert stage.arrived("oma@hillside.example")["subject"]
    again = stage.person(fay.email, password=SECRET)
    assert "Coffee on Sunday" in again.get("/list/")
