"""Amounts of money, in the ways the world writes them."""

from __future__ import annotations

import pytest

from calguard.content.money import find


@pytest.mark.parametrize(
    "text",
    [
        "5 apples",
        "Room 12",
        "at 10:30 USD time",
        "100 try it",
        "bonus 50",
        "in 2026",
        "10% off",
        "12 kr3w",
        "10 元旦",
        "",
    ],
)
def test_no_money_in_innocent_numbers(text: str) -> None:
    assert find(text, "X") == []


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [
        ("$499.99", "499.99", "USD"),
        ("USD398.66", "398.66", "USD"),
        ("USD $398.66", "398.66", "USD"),
        ("US$ 12", "12", "USD"),
        ("599.99 USD", "599.99", "USD"),
        ("499,99 €", "499.99", "EUR"),
        ("1.234,56 EUR", "1234.56", "EUR"),
        ("€ 10.000", "10000", "EUR"),
        ("1 234,56 €", "1234.56", "EUR"),
        ("£1,234.50", "1234.50", "GBP"),
        ("Rs. 500", "500", "INR"),
        ("R$ 1.200,00", "1200.00", "BRL"),
        ("0.5 BTC", "0.5", "BTC"),
        ("1,234 dollars", "1234", "USD"),
        ("12000円", "12000", "JPY"),
        ("5000 рублей", "5000", "RUB"),
        ("renewed for $398.66. Call", "398.66", "USD"),
        ("499 دولار من حسابك", "499", "USD"),
        ("49,800円のお支払いが完了", "49800", "JPY"),
        ("扣款 3,499 元。", "3499", "CNY"),
        ("100ドルです", "100", "USD"),
        ("500 डॉलर का", "500", "USD"),
    ],
)
def test_amounts(text: str, amount: str, currency: str) -> None:
    assert [(money.amount, money.currency) for money in find(text, "X")] == [(amount, currency)]
