"""A company's name in somebody else's host: what a reader would take for the company, and what no reader would."""

from __future__ import annotations

import pytest

from calguard.content.imitation import Name, Names
from calguard.engine.brands import imitated_by
from tests.support.growth import growth

pytestmark = [pytest.mark.requirement("R39")]


@pytest.mark.parametrize(
    "host",
    [
        "applebees.com",
        "pineapple.example",
        "chaseandsons.co.uk",
        "appleorchards.example",
        "apple-orchard.example",
        "appleservice.example",
        "revolution.example",
        "telekomunikacja.example",
        "amazonas.example",
        "amazon-rainforest.example",
        "amazone.example",
        "finance.example",
        "klara.example",
        "twister.example",
        "santanderino.example",
        "chasse.example",
        "visa-service.example",
        "outlookphotography.example",
        "targetarchery.example",
        "discoverwales.example",
        "github.acme.example",
        "office.uk.acme.example",
        "paypalette.example",
        "ups-batteries.example",
        "irs-guitars.example",
        "microsoft.github.io",
        "netflix.github.io",
        "paypal.com",
        "www.paypal.de",
        "amazon.co.uk",
        "login.microsoftonline.com",
        "gmail.com",
        "us.pycon.org",
        "203.0.113.9",
        "xn--mller-kva.de",
        "",
    ],
)
def test_innocent_hosts(host: str) -> None:
    assert imitated_by(host) is None


@pytest.mark.parametrize(
    ("host", "brand", "how"),
    [
        ("paypal.example", "paypal", "spells"),
        ("paypa1.example", "paypal", "spells"),
        ("pay-pal.example", "paypal", "spells"),
        ("rnicrosoft.example", "microsoft", "spells"),
        ("faceb00k.example", "meta", "spells"),
        ("app1e.example", "apple", "spells"),
        ("xn--pypal-4ve.com", "paypal", "spells"),
        ("xn--80ak6aa92e.com", "apple", "spells"),
        ("paypal-secure-login.example", "paypal", "hyphenates"),
        ("support-google.example", "google", "hyphenates"),
        ("geek-squad-renewal.example", "geeksquad", "hyphenates"),
        ("apple-support.example", "apple", "hyphenates"),
        ("chase-login.example", "chase", "hyphenates"),
        ("dhl-paket.example", "dhl", "hyphenates"),
        ("usps-redelivery.example", "usps", "hyphenates"),
        ("paypal-login.web.app", "paypal", "hyphenates"),
        ("securepaypal.example", "paypal", "joins"),
        ("paypalbilling.example", "paypal", "joins"),
        ("mypaypalinvoice24.example", "paypal", "joins"),
        ("nortonsupport.example", "norton", "joins"),
        ("microsft.example", "microsoft", "misspells"),
        ("paypla.example", "paypal", "misspells"),
        ("micorsoft-support.example", "microsoft", "misspells"),
        ("paypal.com.evil.example", "paypal", "stands before"),
        ("secure.paypal.com.evil.example", "paypal", "stands before"),
        ("login.paypal.evil.example", "paypal", "stands before"),
        ("paypal-login.evil.example", "paypal", "hyphenates"),
    ],
)
def test_imitations(host: str, brand: str, how: str) -> None:
    found = imitated_by(host)
    assert found is not None
    assert (found[0].key, found[1].how) == (brand, how)


def test_a_name_beside_other_words_is_a_weak_sign() -> None:
    weak, strong = imitated_by("netflix-and-chill.example"), imitated_by("netflix-billing.example")
    assert weak is not None
    assert strong is not None
    assert weak[1].strength < 0.5 < strong[1].strength


def test_its_cost_grows_with_the_host_and_not_faster() -> None:
    names = Names(Name(written=f"company{letter}") for letter in "abcdefghij")

    def work(labels: int) -> None:
        names.imitated(".".join(["company-a-b-c-d"] * labels) + ".example")

    assert growth(work, 4, 16) <= 64
