"""Salt, order and small edits leave a sketch as it is; another matter gives another one."""

from __future__ import annotations

import random
import re

import pytest

from calguard.content.sketch import FEW, NOTHING, SIZE, Sketch, alike, bands, features, nearest, pack, sketch, unpack
from tests.detectors.making import event
from tests.support.growth import Ratio, growth

PITCH = (
    "Hello {name}, our spring offer on garden furniture ends on Friday ({salt}). Every bench and table leaves the "
    "warehouse at half its price, delivery to your door included. Reply or ring our showroom to reserve a set {salt}."
)


def of(description: str, summary: str = "Spring offer", guests: tuple[str, ...] = ("ann@one.example",)) -> Sketch:
    return sketch(event(summary, description=description, guests=guests))


def pitch(name: str, salt: str, guest: str) -> Sketch:
    return of(PITCH.format(name=name, salt=salt), guests=(guest,))


def reordered(text: str) -> str:
    return " ".join(reversed(re.split(r"(?<=[.!?]) ", text)))


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    "other",
    [
        pitch("Bob", "ref-8841x", "bob@two.example"),
        pitch("Ann", "\U0001f338\U0001f6d2", "ann@one.example"),
        of(PITCH.format(name="Ann", salt="A1").upper()),
        of(PITCH.format(name="Ann", salt="A1").replace("furniture", "furni\u200bture")),
        of(PITCH.format(name="Ann", salt="https://x.example/77 a@b.example")),
    ],
)
def test_salt_changes_nothing(other: Sketch) -> None:
    assert alike(pitch("Ann", "A1", "ann@one.example"), other) > 0.9


@pytest.mark.requirement("R47")
@pytest.mark.parametrize(
    "edited",
    [
        reordered(PITCH.format(name="Ann", salt="A1")),
        PITCH.format(name="Ann", salt="A1").replace("offer", "sale").replace("reserve", "keep"),
        PITCH.format(name="Ann", salt="A1").replace("Every bench and table leaves", "All benches and tables leave"),
    ],
)
def test_an_edited_copy_is_alike(edited: str) -> None:
    first, second = pitch("Ann", "A1", "ann@one.example"), of(edited)
    assert alike(first, second) >= 0.5
    assert len(set(bands(first)) & set(bands(second))) >= 2


ZOOM = (
    "Join Zoom Meeting https://us02web.zoom.us/j/{} Meeting ID: 855 1234 0987 Passcode: {} One tap mobile +13017158592 "
    "US Find your local number. We rehearse the second act of the play together."
)
PARENTS = " Parents evening about reading, arithmetic and the school trip, with coffee and a look at the new library."


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Agenda: budget, hiring, the new office, questions", "Agenda: holidays, the summer party, parking, questions"),
        ("Lunch on Friday?", "Lunch on Friday?"),  # too short to be more than chance
        ("", ""),
        (ZOOM.format("85512340987", "991823"), ZOOM.format("85598760123", "118273").partition(" We ")[0] + PARENTS),
    ],
)
def test_another_matter_is_not_alike(one: str, other: str) -> None:
    assert alike(of(one, "Thing"), of(other, "Thing")) < 0.3
    assert len(set(bands(of(one, "Thing"))) & set(bands(of(other, "Thing")))) < 2


FOOTER = (
    " Kind regards, the office of Holm and Partners, architects and engineers in the harbour. Registered in the county "
    "court, managing partners Ines Holm and Karl Brandt. We plan schools, hospitals and houses for people who stay."
)


def test_a_footer_that_all_share_makes_no_two_alike() -> None:
    refused = of(
        "Please look at the draft of the contract before Tuesday and send remarks to the project lead." + FOOTER
    )
    other = of(
        "We walk through the building site together, boots and helmets are in the blue container there." + FOOTER
    )
    before = of("Invitation to the anniversary dinner with music, speeches and a view over the water." + FOOTER)
    assert alike(refused, other) > 0.4
    assert alike(refused, other, before) < 0.2
    assert nearest(refused, [refused, other], before) > 0.9


def test_scripts_without_spaces_are_read_in_pieces() -> None:
    one = of(
        "春の園芸家具セールは金曜日に終了します。すべてのベンチとテーブルが半額で、配送料も含まれています。", "お知らせ"
    )
    two = of(
        "本日限り!春の園芸家具セールは金曜日に終了します。すべてのベンチとテーブルが半額で、配送料も含まれています。"
    )
    assert len(one) >= FEW
    assert alike(one, two) >= 0.3


def test_what_is_kept_comes_back_and_is_small() -> None:
    numbers = random.Random(4)
    long = of(" ".join("".join(numbers.choices("abcdefgh", k=6)) for _ in range(900)))
    assert len(long) == SIZE
    assert unpack(pack(long)) == long
    assert len(pack(long)) == 4 * SIZE
    assert unpack(b"") == NOTHING == unpack(b"odd")


def test_a_long_text_costs_no_more_than_its_ends() -> None:
    small, large = (event(description="word then another " * words) for words in (1_000, 50_000))
    assert small.texts
    assert large.texts
    assert Ratio(lambda: sketch(large), lambda: sketch(small)) <= 3


def test_a_run_without_spaces_costs_no_more_than_its_length() -> None:
    assert growth(lambda count: list(features("www. " + "a" * count)), 4_000, 8) <= 2 * 8
