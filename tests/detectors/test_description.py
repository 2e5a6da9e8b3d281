"""The lure in any other place, and spread over several (R26, R27)."""

from __future__ import annotations

from base64 import b64encode

import pytest

from calguard.content.types import Content
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, escaped, event, verdict_of

LURE = "Your PayPal account has been charged $499.99, call +1 805 302 8040 immediately"
HARMLESS = "Bring the plans of the second floor; the fee is $120, questions to +1 415 555 0132"
HTML = "X-ALT-DESC;FMTTYPE=text/html:<html><body><p>{}</p></body></html>"
ALARM = ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15M", "DESCRIPTION:{}", "END:VALARM")
PLACES: dict[str, tuple[str, ...]] = {
    "DESCRIPTION": ("DESCRIPTION:{}",),
    "LOCATION": ("LOCATION:{}",),
    "COMMENT": ("COMMENT:{}",),
    "CONTACT": ("CONTACT:{}",),
    "CATEGORIES": ("CATEGORIES:{}",),
    "RESOURCES": ("RESOURCES:{}",),
    "ATTENDEE;CN": ('ATTENDEE;CN="{}":mailto:second@elsewhere.example',),
    "X-ALT-DESC": (HTML,),
    "STYLED-DESCRIPTION": ("STYLED-DESCRIPTION;VALUE=TEXT;FMTTYPE=text/html:<p>{}</p>",),
    "VALARM": ALARM,
    "ATTACH;FILENAME": ('ATTACH;FILENAME="{}.pdf":https://files.elsewhere.example/1',),
    "CONFERENCE;LABEL": ('CONFERENCE;VALUE=URI;LABEL="{}":https://meet.google.com/abc-defg-hij',),
    "X-PROPERTY": ("X-MY-NOTE:{}",),
}


def placed(name: str, text: str) -> Content:
    value = text if '"{}' in "".join(PLACES[name]) else escaped(text)
    return event("Planning", lines=tuple(line.replace("{}", value) for line in PLACES[name]))


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("name", list(PLACES))
@pytest.mark.parametrize("who", ["new", "trial", "hijacked"])
def test_the_same_class_of_verdict_wherever_it_stands(name: str, who: str) -> None:
    assert verdict_of(event(LURE), who).verdict is Verdict.HOLD
    assert verdict_of(placed(name, LURE), who).verdict is Verdict.HOLD


@pytest.mark.requirement("R26")
@pytest.mark.parametrize("name", list(PLACES))
def test_a_harmless_text_is_harmless_wherever_it_stands(name: str) -> None:
    assert verdict_of(placed(name, HARMLESS)).verdict is Verdict.ALLOW


@pytest.mark.requirement("R26")
def test_the_organisers_own_name_carries_it_too() -> None:
    assert verdict_of(event("Planning", cn=f'"{LURE}"')).verdict >= Verdict.HOLD
    assert verdict_of(event("Planning", cn='"Ines Moreau, Ines Plumbing"')).verdict is Verdict.ALLOW


@pytest.mark.requirement("R27")
@pytest.mark.parametrize(
    "parts",
    [
        ("Your PayPal subscription", "has been renewed for $499.99", "call +1 805 302 8040"),
        ("PayPal invoice $499.99", "+1 805 302 8040", "If you did not authorize this, call immediately"),
        ("Call +1 805 302 8040", "You have been charged", "$499.99 PayPal"),
    ],
)
def test_a_lure_spread_over_title_place_and_notes(parts: tuple[str, str, str]) -> None:
    assert verdict_of(event(parts[0], location=parts[1], description=parts[2])).verdict >= Verdict.HOLD


@pytest.mark.requirement("R27")
def test_a_harmless_text_spread_over_several_fields() -> None:
    made = event(
        "Boiler service", location="12 Elm Street", description=HARMLESS, lines=("CONTACT:Ines\\, +1 415 555 0132",)
    )
    assert verdict_of(made).verdict is Verdict.ALLOW


@pytest.mark.requirement("R34")
def test_a_lure_inside_an_inline_page() -> None:
    page = f"<html><body><h1>Invoice</h1><p>{LURE}</p></body></html>"
    line = f"ATTACH;FMTTYPE=text/html;ENCODING=BASE64;VALUE=BINARY:{b64encode(page.encode()).decode()}"
    assert verdict_of(event("Planning", lines=(line,))).verdict >= Verdict.HOLD


CONFERENCE = """Ines is inviting you to a scheduled Zoom meeting.

Join Zoom Meeting
https://us02web.zoom.us/j/81234567890?pwd=abc

Meeting ID: 812 3456 7890
Passcode: 123456
One tap mobile
+16465588656,,81234567890#,,,,*123456# US (New York)
Dial by your location
+1 646 558 8656 US (New York)
Find your local number: https://us02web.zoom.us/u/kabc"""


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "text",
    [
        CONFERENCE,
        "Customer renewal review: the subscription was renewed last week.\n" + CONFERENCE,
        "Agenda: refund process, unpaid invoices, chargebacks by PayPal.\n" + CONFERENCE,
        "Payroll and invoices. Billing department and customer support attend. Room 4.",
        "Price $80, PayPal or cash. Cancel up to 24 hours before on 415-555-0132, later the full price is due.",
        "Your appointment is confirmed. Payment of $50 received with thanks. To cancel call 415-555-0132.",
    ],
)
@pytest.mark.parametrize("who", ["new", "longtime", "established"])
def test_ordinary_notes(text: str, who: str) -> None:
    assert verdict_of(event("Meeting", description=text), who).verdict is Verdict.ALLOW


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "notes",
    [
        "Die Plätze sind begrenzt. Sichern Sie sich Ihre Karte unter 030 12345678.",
        "Die Kasse ist geschlossen, Ihre Karte liegt am Eingang: 030 12345678",
        "Places are limited. Reserve your line by phone: +44 20 7946 0958",
        "Seats are limited, get your card at the desk or call 020 7946 0958",
        "The gate to your page is closed on Mondays, ring +44 20 7946 0958",
        "Beperkt aantal plaatsen: bestel uw kaart op 020 123 4567",
        "Posti limitati: prenoti la sua carta al 06 1234 5678",
        "Places limitées, votre carte au guichet ou au 01 42 68 53 00",
        "Your email address will be deleted from our list. Questions: +44 20 7946 0958",
        "Your account name is ines. If you would like to be removed, call +44 20 7946 0958",
    ],
)
def test_few_places_and_closed_doors_lock_nobody_out(notes: str) -> None:
    assert codes("description", attempt(event("Concert", description=notes))) == set()


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    "notes",
    [
        "Your account is limited. Call +1 582 238 0364",
        "Your mailbox has been closed, ring +1 582 238 0364",
        "Ihr Konto ist begrenzt. Rufen Sie 030 12345678 an",
        "Uw rekening is beperkt: bel 020 123 4567",
        "Il suo conto è stato limitato: chiami il 06 1234 5678",
        "Votre compte est limité, appelez le 01 42 68 53 00",
        "Your email has been suspended, call +1 582 238 0364",
    ],
)
def test_closed_accounts_do(notes: str) -> None:
    assert "lure" in codes("description", attempt(event("Notice", description=notes)))
