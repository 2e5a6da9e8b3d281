"""What texts say, read together as each alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calguard.content.reader import read_text
from calguard.engine.lures import SHORTEST, joined, read, readings, whole_reading
from tests.lures.callbacks import TONGUES, lures
from tests.support.growth import growth

PIECES = (
    "your paypal account was charged $499.99",
    "paypal",
    "call +1 805 302 8040 to cancel",
    "norton: your subscription renews",
    "| amount",
    "total: 499.99",
    "now > act",
    "✨ you have won ✨",
    "Überweisung über 300 €",
    "choir practice",
    "ok",
    "zoom dial in",
    "退款",
)


def alone(texts: Sequence[str]) -> tuple[list[tuple[str, object]], object]:
    content = read_text({f"X-{number}": text for number, text in enumerate(texts)})
    each = [(text.field, read(text.folded)) for text in content.texts if len(text.folded) >= SHORTEST]
    return each, read(joined(content))


def together(texts: Sequence[str]) -> tuple[list[tuple[str, object]], object]:
    content = read_text({f"X-{number}": text for number, text in enumerate(texts)})
    return [(text.field, reading) for text, reading in readings(content)], whole_reading(content)


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=12), max_size=6))
def test_texts_read_in_one_pass_say_what_each_says_alone(texts: list[str]) -> None:
    assert together(texts) == alone(texts)


@pytest.mark.parametrize("language", TONGUES)
def test_lures_read_in_one_pass_say_what_each_text_says_alone(language: str) -> None:
    for lure in lures(language):
        texts = [text.value for text in lure.content.texts]
        assert together(texts) == alone(texts)


@pytest.mark.requirement("R49")
def test_cost_grows_with_the_texts_and_no_faster() -> None:
    def work(count: int) -> None:
        content = read_text({f"X-{number}": f"your account {number} is locked" for number in range(count)})
        assert readings(content)

    assert growth(work, 100, 8) <= 12
