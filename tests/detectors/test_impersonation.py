"""People and firms with their own names, and others with borrowed ones."""

from __future__ import annotations

import pytest

from calguard.content.reader import read
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("Ines Moreau", "ines@gmail.com"),
        ("Chase Miller", "chase.miller@gmail.com"),
        ("Norton Smith", "norton@outlook.com"),
        ("Renate Zelle", "renate@gmx.de"),
        ("Apple Tree Nursery", "hello@appletree.example"),
        ("Target Practice Club", "club@gmail.com"),
        ("Amazon River Rafting", "rafting@gmail.com"),
        ("Square Dance Society", "dance@yahoo.com"),
        ("Wise Counsel LLP", "office@wise-counsel.example"),
        ("Sushi Yamamoto", "sushi@gmail.com"),
        ("Norton Plumbing", "office@nortonplumbing.example"),
        ("Visa Office Help for Students", "visa@university.example"),
        ("PayPal", "service@paypal.com"),
        ("PayPal Deutschland", "service@paypal.de"),
        ("Google Calendar Team", "team@google.com"),
        ("Microsoft 365 Developer Program", "m365dev@microsoft.com"),
        ("Jane Doe (Amazon)", "jane@amazon.co.uk"),
        ("IKEA Berlin", "berlin@ikea.de"),
        ("Google Developer Group Berlin", "gdgberlin@gmail.com"),
        ("PayPal Alumni Meetup", "alumni@groups.example"),
        ("Пётр Иванов", "petr@mail.ru"),
        ("小林 明", "akira@yahoo.co.jp"),
    ],
)
def test_people_and_firms_with_their_own_names(name: str, address: str) -> None:
    made = event(name, organizer=address, cn=name)
    assert verdict_of(made).verdict <= (Verdict.OBSERVE if codes("impersonation", attempt(made)) else Verdict.ALLOW)


@pytest.mark.requirement("R29")
@pytest.mark.parametrize(
    ("name", "address", "verdict"),
    [
        ("PayPal", "pay@help-desk.example", Verdict.HOLD),
        ("OpenSea", "nft@coupons.example", Verdict.HOLD),
        ("PayPal", "paypal.help77@gmail.com", Verdict.HOLD),
        ("PayPal Billing Department", "billing77@outlook.com", Verdict.HOLD),
        ("Pаypаl", "x@gmail.com", Verdict.HOLD),  # Cyrillic
        ("ＰａｙＰａｌ", "x@gmail.com", Verdict.HOLD),
        ("P a y P a l", "x@gmail.com", Verdict.HOLD),
        ("PayPaI", "x@gmail.com", Verdict.HOLD),  # a capital i
        ("Norton LifeLock", "x@gmail.com", Verdict.HOLD),
        ("Chase Alerts", "x@gmail.com", Verdict.HOLD),
        ("Geek Squad", "x@mailinator.com", Verdict.HOLD),
        ("Sushi", "x@mailinator.com", Verdict.HOLD),
        ("Sushi", "x@unrelated.example", Verdict.CHALLENGE),
        ("Apple Support", "x@gmail.com", Verdict.HOLD),
        ("Сбербанк", "x@mail.ru", Verdict.HOLD),
        ("日本郵便", "x@gmail.com", Verdict.HOLD),
    ],
)
@pytest.mark.parametrize("who", ["new", "trial"])
def test_borrowed_names(name: str, address: str, verdict: Verdict, who: str) -> None:
    made = event(name, organizer=address, cn=name)
    judged = verdict_of(made, who)
    assert judged.verdict is verdict
    assert "names_another_company" in judged.reasons


@pytest.mark.requirement("R25")
def test_a_borrowed_name_with_an_event_of_its_own_is_asked_first() -> None:
    """Nothing but the name is how such invitations lure; a title of its own leaves a doubt."""
    made = event("Planning", organizer="pay@help-desk.example", cn="PayPal")
    assert codes("impersonation", attempt(made)) == {"brand"}
    assert verdict_of(made).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (("ATTENDEE;CN=Anna Support:mailto:anna@elsewhere.example",), set()),
        (("ATTENDEE;CN=PayPal Support:mailto:support@paypal.com",), set()),
        (("ATTENDEE;CN=Google Developer Group:mailto:group@elsewhere.example",), set()),
        (("X-WR-CALNAME:Netflix nights",), set()),
        (("X-WR-CALNAME:Apple harvest",), set()),
        (("ATTENDEE;CN=PayPal Support:mailto:second@elsewhere.example",), {"brand_beside"}),
        (("ATTENDEE;CN=Geek Squad Billing:mailto:second@elsewhere.example",), {"brand_beside"}),
    ],
)
def test_names_around_the_event_count_too(lines: tuple[str, ...], found: set[str]) -> None:
    made = event("Planning", lines=lines)
    assert codes("impersonation", attempt(made)) == found
    assert verdict_of(made).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("line", ["X-WR-CALNAME:PayPal Billing", "NAME:Microsoft Security Alert"])
def test_a_calendar_named_after_a_companys_desk(line: str) -> None:
    raw = event("Planning").raw.replace(b"METHOD:REQUEST", f"METHOD:REQUEST\r\n{line}".encode())
    assert codes("impersonation", attempt(read(raw))) == {"brand_beside"}


@pytest.mark.parametrize(
    "name", ["CalGuard Support", "Calendar Team", "System Administrator", "ＣａｌＧｕａｒｄ", "Support Team"]
)
def test_nobody_is_the_service(name: str) -> None:
    made = event("Notice", cn=name, organizer="x@gmail.com")
    assert codes("impersonation", attempt(made)) == {"reserved_name"}
    assert verdict_of(made).verdict is Verdict.CHALLENGE


def test_an_organisation_may_have_a_support_team_of_its_own() -> None:
    made = event("Notice", cn="Support Team", organizer="support@ines-plumbing.example")
    assert not codes("impersonation", attempt(made, "established"))
    assert codes("impersonation", attempt(event("Notice", cn="CalGuard Support"), "established")) == {"reserved_name"}


def test_the_name_of_the_account_and_of_its_organisation_count_too() -> None:
    assert codes("impersonation", attempt(account={"name": "PayPal"})) == {"brand"}
    assert codes("impersonation", attempt(account={"tenant_name": "Coinbase Support"})) == {"brand"}
    assert not codes("impersonation", attempt(account={"name": "Ines", "tenant_name": "Ines Plumbing"}))


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "domain",
    ["applebees.com", "chaseandsons.co.uk", "pineapple.example", "amazonas-tours.example", "paypal.com", "github.io"],
)
def test_domains_that_only_resemble_a_company_and_the_companys_own(domain: str) -> None:
    account = {"verified_domains": frozenset({domain}), "email": f"office@{domain}"}
    made = event("Planning", organizer=f"office@{domain}")
    assert codes("impersonation", attempt(made, "established", account=account)) == set()


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "domain", ["paypal-billing.example", "paypa1.example", "securepaypal.example", "paypal.com.accounts.example"]
)
def test_to_have_verified_a_look_alike_proves_nothing(domain: str) -> None:
    account = {"verified_domains": frozenset({domain}), "email": f"office@{domain}"}
    made = event("Planning", organizer=f"office@{domain}", description=f"https://{domain}/agenda")
    judged = verdict_of(made, "established", account=account)
    assert "brand_domain" in codes("impersonation", attempt(made, "established", account=account))
    assert "brand_host" in {signal.code for signal in judged.signals}, "its links are no longer its own"
    assert judged.verdict >= Verdict.HOLD


def test_a_companys_name_beside_other_words_in_a_domain_is_noted_and_no_more() -> None:
    account = {"verified_domains": frozenset({"microsoft-hikers.example"}), "email": "x@microsoft-hikers.example"}
    made = event("Hike", organizer="x@microsoft-hikers.example", description="https://microsoft-hikers.example/route")
    assert verdict_of(made, "established", account=account).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R26")
@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Calendar", set()),
        ("Ines", set()),
        ("Team calendar of class 4b", set()),
        ("Account security", {"reserved_name"}),
        ("C a l G u a r d  Support", {"reserved_name"}),
    ],
)
def test_calendars_named_like_the_services_own(name: str, found: set[str]) -> None:
    made = read(event().raw.replace(b"BEGIN:VEVENT", f"X-WR-CALNAME:{name}\r\nBEGIN:VEVENT".encode()))
    assert codes("impersonation", attempt(made)) == found


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("title", ["PayPal Support", "TrustWallet APP", "Microsoft Security Alert"])
def test_a_title_that_is_a_companys_desk_is_asked_about(title: str) -> None:
    for notes in ("", "See you there. " * 40):
        assert "brand_title" in codes("impersonation", attempt(event(title, description=notes)))
        assert verdict_of(event(title, description=notes)).verdict is Verdict.CHALLENGE
    assert verdict_of(event(title), "established").verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "title",
    [
        "PayPal",
        "Netflix",
        "Zoom",
        "Call Microsoft support about the licence",
        "Apple support group",
        "Amazon order",
        "Support",
    ],
)
def test_a_company_one_meets_or_talks_about_is_none(title: str) -> None:
    assert codes("impersonation", attempt(event(title))) == set()
    own = event("PayPal Support", organizer="desk@paypal.com")
    assert codes("impersonation", attempt(own)) == set()
