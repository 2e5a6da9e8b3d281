"""The list of borrowed names, and which domains are whose."""

from __future__ import annotations

import pytest

from calguard.engine.brands import BRANDS, claimed, imitated_by, mentions

BY_KEY = {brand.key: brand for brand in BRANDS}


def test_the_list_is_long_and_every_name_claims_its_own_brand() -> None:
    assert len(BRANDS) >= 120
    for brand in BRANDS:
        assert brand.domains
        for name in brand.names:
            claim = claimed(name)
            assert claim is not None, name
            shared = set(claim.brand.domains) & set(brand.domains)
            assert claim.brand is brand or shared, f"{name} claims {claim.brand.key}"


@pytest.mark.parametrize(
    ("brand", "domain", "owned"),
    [
        ("paypal", "paypal.com", True),
        ("paypal", "mail.paypal.co.uk", True),
        ("paypal", "paypal.de", True),
        ("paypal", "paypal.top", False),
        ("paypal", "paypal.evil.example", False),
        ("paypal", "notpaypal.com", False),
        ("amazon", "amazon.co.jp", True),
        ("amazon", "amazon.xyz", False),
        ("chase", "", False),
    ],
)
def test_domains(brand: str, domain: str, owned: bool) -> None:
    assert BY_KEY[brand].owns(domain) is owned


@pytest.mark.parametrize(
    ("host", "brand"),
    [
        ("www.paypal.com", None),
        ("github.acme.example", None),
        ("docusign.acme.example", None),
        ("disney.go.com", None),
        ("paypalette.example", None),
        ("applesauce.example", None),
        ("paypal-secure.example", "paypal"),
        ("netflix-billing.example", "netflix"),
        ("coinbase.com.login.example", "coinbase"),
    ],
)
def test_hosts(host: str, brand: str | None) -> None:
    found = imitated_by(host)
    assert (found[0].key if found else None) == brand


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("chase the ball", set()),
        ("join the zoom at zoom.us now", set()),
        ("apple pie and a visa for norton", set()),
        ("mcafee, llc", {"mcafee"}),
        ("your paypal balance", {"paypal"}),
        ("paypalette", set()),
        ("chase bank alert", {"chase", "chasebank"}),
    ],
)
def test_texts(text: str, found: set[str]) -> None:
    assert {mention.brand.key for mention in mentions(text)} == found
