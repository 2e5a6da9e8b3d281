"""What every provider must be, and how one is chosen."""

from __future__ import annotations

from typing import Any

import pytest
from django.template.loader import get_template
from django.test import RequestFactory

from calguard import challenge

MINE = {"account": "auth.user:1", "content_hash": "c" * 64, "guests_hash": "g" * 64}


def test_the_file_is_the_registration() -> None:
    assert challenge.providers() == ("altcha", "hcaptcha", "recaptcha", "turnstile")


@pytest.mark.parametrize("name", challenge.providers())
def test_a_provider_has_what_the_protocol_asks_and_a_widget(name: str, settings: Any) -> None:
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "public", "private"
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": name}
    offered = challenge.offer(**MINE)
    assert offered.provider == name
    assert offered.public["field"] == challenge.provider(name).FIELD
    shown = get_template("calguard/challenge.html").render({"challenge": offered})
    assert 'name="calguard_review"' in shown
    assert "The check needs JavaScript" in shown
    assert "<fieldset" in shown
    assert all(
        script.startswith((" src=", ' type="module" src=')) for script in shown.split("<script")[1:]
    )  # none inline


def test_without_a_challenge_nothing_is_shown() -> None:
    assert get_template("calguard/challenge.html").render({"challenge": None}).strip() == ""


def test_recaptcha_is_used_where_its_key_is_set(settings: Any) -> None:
    assert challenge.offer(**MINE).provider == "altcha"
    settings.RECAPTCHA_PUBLIC_KEY, settings.RECAPTCHA_PRIVATE_KEY = "public", "private"
    assert challenge.offer(**MINE).provider == "recaptcha"


def test_an_unknown_provider_is_an_error_and_names_the_known(settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "CHALLENGE": "friendly"}
    with pytest.raises(LookupError, match="altcha, hcaptcha, recaptcha, turnstile"):
        challenge.offer(**MINE)


@pytest.mark.parametrize(
    ("method", "data", "wanted"),
    [
        ("post", {}, False),
        ("post", {"calguard_review": ""}, False),
        ("get", {"calguard_review": "1"}, False),  # a link must not decide
        ("post", {"calguard_review": "1"}, True),
    ],
)
def test_a_person_may_be_asked_for_instead(rf: RequestFactory, method: str, data: dict[str, str], wanted: bool) -> None:
    assert challenge.review_wanted(getattr(rf, method)("/", data)) is wanted
    assert challenge.review_wanted(None) is False
