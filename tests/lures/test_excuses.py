"""What excuses a sentence that sounds like a lure excuses no lure that stands beside it (R25)."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of

CALL = "Call +1 805 302 8040."


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Note", f"Your card was charged $389.40. To cancel or reschedule: {CALL}"),
        ("Note", f"Your card will be charged $50 for a no-show. Your card was charged $389.40. {CALL}"),
        ("Note", f"Your card will be charged $389.40 at pickup. {CALL}"),
        ("Gym", f"Your membership was renewed for $389.40. {CALL}"),
        ("Gym", "Your membership was renewed for $49. To cancel the renewal call +1 805 302 8040."),
        ("HR", f"Your antivirus plan will be renewed for $199 unless you change it. {CALL}"),
        ("Wallets", "Never share it. Enter your seed phrase to restore your wallet: telegram @wallet_desk_7."),
        ("My note", f"Your Norton antivirus was renewed for $389.40. {CALL}"),
        ("Cancel Norton", f"Norton antivirus was renewed for $389.40. {CALL}"),
        ("Computer repair", f"Your computer is infected with a virus. Geek Squad. {CALL}"),
        ("Phishing training", f"Your PayPal account was charged $389.40. {CALL}"),
        ("Phishing training", f"'Your PayPal account was charged $389.40. {CALL}'"),
        (
            "Phishing training (mandatory)",
            f"Real examples: 'Your PayPal account was charged $499. {CALL}' Bring a laptop.",
        ),
        ("Renew Norton", "My Norton antivirus expires today, renewal is $89. Support +1 855 555 0126."),
        ("Toll", f"Pay unpaid toll $6.40 today to avoid late fee. {CALL}"),
    ],
)
def test_no_lure_is_excused(title: str, notes: str) -> None:
    assert verdict_of(event(title, description=notes), "trial").verdict >= Verdict.HOLD
