"""A title that cheats, and titles that do not (R25)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

INNOCENT = [
    "Lunch",
    "Dental check-up, fee $120, payable by PayPal or card, to cancel call (555) 010-4477 24 hours before",
    "Plumber: boiler service, $95 per hour, PayPal accepted, questions to +1 415 555 0132",
    "Maths tuition, 40 € an hour, PayPal: ines@ines-plumbing.example, Absage unter 030 901820",
    "Yoga with Ines, $15, cancellation free until noon, text 415-555-0132",
    "Q3 invoice review",
    "Invoice review: 14 open invoices, dial in +1 646 558 8656, meeting ID 812 3456 7890, passcode 1234",
    "Renew passport, bring $130 and two photos, office: 202-555-0188",
    "Membership renewal drive of the choir, call Anna 555-0199 to help",
    "PayPal integration stand-up",
    "Norton Smith's 60th birthday, RSVP 555-0112",
    "Wedding of Chase & Amelia, gifts: registry, RSVP to +44 20 7946 0018",
    "Prize giving, school hall, questions: 01632 960 001",
    "Refund policy workshop",
    "Security awareness training: unusual sign-in alerts explained",
    "Team won the cup! Party at 8, call me 555-0166",
    "Package pick-up for the food bank, 555-0181",
    "Amazon interview preparation with Lena",
    "Webinar: crypto taxes, https://us02web.zoom.us/j/81234567890",
    "Account review with Acme, +1 415 555 0132",
    "Car insurance renewal — call broker 555-0123",
    "Subscription box packing party",
    "Congratulations party for Mia, RSVP 555-0107",
    "Table for four confirmed, 19:00, to change call 555-0142",
]


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("title", INNOCENT)
@pytest.mark.parametrize("who", ["new", "established"])
def test_innocent_titles(title: str, who: str) -> None:
    assert verdict_of(event(title), who).verdict is Verdict.ALLOW


LURES = [
    # Another's name, a sum and a number
    "Billing Confirmation - PayPal Ref 5518-AUMR-VNH - 499.99 USD Support (U.S.): +1 (805) 302-8040",
    "Norton LifeLock subscription renewed for $398.66. Call 1 814 270 9574",
    "Geek Squad: your plan has been renewed, USD 473.33 will be charged within 24 hours, call 808-745-9684",
    "Order confirmation 5518-AUMR-VNH amount 479.00 support +18053028040",
    # Nobody's name
    "You have been charged $349.99, call +1 805 302 8040",
    "Your subscription has been automatically renewed. Helpline +1 582 238 0364",
    "Your account has been suspended, call +44 20 7946 0018 immediately",
    "Congratulations! You have won an iPhone. Claim: https://prizes.example/claim",
    "You are eligible for a refund of $812, contact refunds@tax-office.example",
    "Unpaid toll: pay now to avoid legal action https://tolls-pay.example/x",
    "Your parcel could not be delivered, customs fee due: https://parcel.example/pay",
    "You've won a gift card, message us at https://wa.me/15550100",
    "We detected an unusual sign-in to your account, call +1 805 302 8040",
    "Your mailbox password has expired, verify your account https://mail-check.example",
]


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("title", LURES)
@pytest.mark.parametrize("who", ["new", "trial", "hijacked"])
def test_lures_in_the_title_alone(title: str, who: str) -> None:
    """One guest, nothing else in the event."""
    judged = verdict_of(event(title), who)
    assert judged.verdict >= Verdict.HOLD
    assert "content_looks_like_scam" in judged.reasons


@pytest.mark.requirement("R25")
@pytest.mark.parametrize("title", [lure for lure in LURES if "+1" in lure or "call" in lure])
def test_no_standing_excuses_a_call_back_lure_in_anothers_name(title: str) -> None:
    judged = verdict_of(event("PayPal: " + title), "established")
    assert judged.verdict >= Verdict.HOLD


@pytest.mark.requirement("R56")
def test_a_solved_challenge_clears_no_lure() -> None:
    judged = verdict_of(event(LURES[0]), client={"automation_cleared": True})
    assert judged.verdict >= Verdict.HOLD
    assert verdict_of(event(), client={"automation_cleared": True}).verdict is Verdict.ALLOW


@pytest.mark.requirement("R25")
def test_a_proven_business_may_tell_its_own_customers() -> None:
    """The same sentence from the firm it is about, and from a stranger."""
    title = "Ines Plumbing: your service plan has been renewed, $99 was charged, questions: 415-555-0132"
    assert verdict_of(event(title, cn="Ines Plumbing"), "established").verdict <= Verdict.OBSERVE
    assert verdict_of(event(title, cn="Bob", organizer="bob77@gmail.com")).verdict >= Verdict.HOLD


def test_a_claim_with_nowhere_to_go_is_only_noted() -> None:
    made = event("You have won the staff quiz")
    assert codes("subject", attempt(made)) == {"claim"}
    assert verdict_of(made).verdict is Verdict.OBSERVE


def test_a_number_for_dialling_in_is_no_channel() -> None:
    room = (
        "Join https://us02web.zoom.us/j/81234567890 or dial by phone: +1 646 558 8656 (New York), meeting ID 812 3456"
    )
    made = event("Your subscription has been renewed: customer success review", description=room)
    assert verdict_of(made).verdict <= Verdict.OBSERVE
