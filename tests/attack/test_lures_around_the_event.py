"""Lures where no event text is: the names that stand around it."""

from __future__ import annotations

import pytest

from calguard import guard
from calguard.guard import Verdict
from tests.guard.events import invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R26")]

LURES = (
    "PayPal Billing: 499.99 USD was debited. Call support +1 (805) 302-8040 to cancel",
    "Your subscription was renewed for $399.99. If this was not you call 1-805-302-8040",
    "Your mailbox is full. Verify your account at https://mail-verify.example/login",
    "Congratulations, you won an iPhone 15! Claim it here: https://bit.ly/3abcde",
    "Ihr Konto wurde gesperrt. Bestätigen Sie Ihre Daten: https://konto-pruefung.example/login",
    "Votre compte a été bloqué. Vérifiez vos informations: https://verif-compte.example/login",
    "Felicidades! Ha ganado un iPhone. Reclame su premio: https://bit.ly/3abcde",
)


@pytest.mark.parametrize("days", [0.5, 10])
@pytest.mark.parametrize("lure", LURES)
def test_an_account_named_like_a_lure(person, lure, days):
    user = person("x@free.example", days=days, first_name=lure)
    nameless = invitation(organizer="x@free.example").replace(b';CN="Ada Berg"', b"")
    assert guard.check(user, nameless).verdict >= Verdict.HOLD


@pytest.mark.parametrize("days", [0.5, 10])
@pytest.mark.parametrize("lure", LURES)
def test_an_organiser_named_like_a_lure(person, lure, days):
    user = person("x@free.example", days=days)
    assert guard.check(user, invitation(organizer="x@free.example", name=lure)).verdict >= Verdict.HOLD


@pytest.mark.parametrize(
    "name", ["Ada Berg", "ada@clinic.example", "Praxis Dr. Berg, Tel. 030 1234567", "Berg & Söhne GmbH", "课堂 2b"]
)
def test_people_and_firms_may_be_called_what_they_are(person, name):
    user = person(days=10, first_name=name)
    for calendar in (invitation(name=name), invitation().replace(b';CN="Ada Berg"', b"")):
        assert guard.check(user, calendar).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R08")
@pytest.mark.parametrize(
    "address",
    ['mailto:"ceo"@bank.example', "mailto:ceo@bank.example (CEO)", "mailto:ceo@bank.example;x", "ceo(x)@bank.example"],
)
def test_an_organiser_whose_address_is_not_quite_one_is_still_not_ours(person, address):
    user = person("x@free.example", days=10)
    calendar = invitation(organizer="x@free.example").replace(b"mailto:x@free.example", address.encode())
    assert guard.check(user, calendar).verdict is Verdict.DENY


@pytest.mark.parametrize(
    "address", ["invalid:nomail", "urn:uuid:0c4d3ab2", "mailto:X@FREE.example", "mailto:x%40free.example"]
)
def test_an_organiser_without_a_mail_address_is_nobody_else(person, address):
    user = person("x@free.example", days=10)
    calendar = invitation(organizer="x@free.example").replace(b"mailto:x@free.example", address.encode())
    assert guard.check(user, calendar).verdict <= Verdict.OBSERVE
