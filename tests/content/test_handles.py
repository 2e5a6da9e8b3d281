"""Chats and wallets are found where they are meant, and nowhere else."""

from __future__ import annotations

import pytest

from calguard.content.handles import handles, wallets
from calguard.content.reader import read_text
from tests.support.growth import growth


def found(text: str) -> list[tuple[str, str]]:
    return [(handle.service, handle.name) for handle in handles(read_text({"SUMMARY": text}).texts)]


@pytest.mark.parametrize(
    "text",
    [
        "Read telegrams from 1914",
        "Skype call at 5",
        "Signal the team at 5",
        "WhatsApp group for class 2b",
        "WhatsApp +44 7700 900123",
        "Discord server opens on 20 May 2026",
        "See @studio_lena on Instagram",
        "Line 12 of the budget",
        "微信支付或现金",
        "Viber or phone",
        "https://click.example/?q=qq-kh1xh",
        "",
    ],
)
def test_nobody_in_innocent_text(text: str) -> None:
    assert found(text) == []


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    ("text", "service", "name"),
    [
        ("Telegram: @refund_desk", "telegram", "refund_desk"),
        ("contact me on Telegram refund_desk_24", "telegram", "refund_desk_24"),
        ("write @refund_desk via Telegram", "telegram", "refund_desk"),
        ("ТЕЛЕГРАМ @help_desk", "telegram", "help_desk"),
        ("تيليجرام: @help_desk", "telegram", "help_desk"),
        ("WeChat ID: abc_99", "wechat", "abc_99"),
        ("加微信：abc12345", "wechat", "abc12345"),
        ("LINE ID: refund24", "line", "refund24"),
        ("KakaoTalk ID: jin_kim", "kakaotalk", "jin_kim"),
        ("Skype: live_jane22", "skype", "live_jane22"),
        ("QQ: 123456789", "qq", "123456789"),
    ],
)
def test_names_on_messengers(text: str, service: str, name: str) -> None:
    assert found(text) == [(service, name)]


GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
SEGWIT = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"


@pytest.mark.parametrize(
    "text",
    [
        GENESIS[:-1] + "b",  # its checksum fails
        SEGWIT[:-1] + "p",
        "0x" + "0" * 40,
        f"https://chain.example/{GENESIS}",
        "commit 0x52908400098527886E0F7030069857D2E4169EE",
        "3f786850e387550fdab836ed7e6dc881de23001b",
    ],
)
def test_no_wallet(text: str) -> None:
    assert wallets(read_text({"SUMMARY": f"pay to {text} now"}).texts) == ()


@pytest.mark.requirement("R25")
@pytest.mark.parametrize(
    ("address", "currency"),
    [
        (GENESIS, "BTC"),
        (SEGWIT, "BTC"),
        (SEGWIT.upper(), "BTC"),
        ("0x52908400098527886E0F7030069857D2E4169EE7", "ETH"),
        ("T9yD14Nj9j7xAB4dbGeiX9h8unkKHxuWwb", "TRX"),
    ],
)
def test_wallets(address: str, currency: str) -> None:
    (wallet,) = wallets(read_text({"DESCRIPTION": f"Pay to {address}."}).texts)
    assert (wallet.address, wallet.currency, wallet.field) == (address, currency, "DESCRIPTION")


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("piece", ["telegram ", "telegram: id id id ", "@aaaa ", GENESIS[:-1], "bc1q"])
def test_no_text_makes_it_slow(piece: str) -> None:
    def look(count: int) -> None:
        texts = read_text({"SUMMARY": piece * count}).texts
        handles(texts)
        wallets(texts)

    assert growth(look, 200, 8) <= 2 * 8
