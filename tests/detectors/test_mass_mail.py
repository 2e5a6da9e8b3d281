"""Traces of programs that write to thousands, and people who merely like signs, rulers and numbers."""

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of
from tests.support.growth import growth

pytestmark = [pytest.mark.requirement("R49")]

TOKEN = "7Kq2vB9xTfL4mZpW8dYs3HcRj6Nu1aGe" * 3
TEAMS = "_" * 80  # the line above and below the joining block of a meeting


@pytest.mark.parametrize(
    ("title", "notes"),
    [
        ("Lunch", "See you, Emma"),
        ("... and then we danced", ""),
        (".NET user group", "#dotnet, :) and ;-)"),
        ("__init__.py, a walk through", "_draft_, *really*"),
        ("Party tonight!!!", "PARTY!!!WOW"),
        ("Call w. IBM", "Room 4.OG, ask for Mr. NAVARRO"),
        ("Planning", f"{TEAMS}\nMicrosoft Teams meeting\n{TEAMS}"),
        ("Fetch the parcel", "Tracking number 9400111899223197428490, code 4711"),
        ("Transfer", "IBAN DE02120300000000202051, BIC BYLADEM1001"),
        ("Key signing", "5F1B9C0D77AE10B2C3D4E5F60718293A4B5C6D7E8F90A1B2C3D4E5F60718293A4B5C6D7E8F90"),
        ("Dial-in", "0801555019\nor\n0801555020"),
        ("RPM packaging", "Source0: %{name}-%{version}.tar.gz, ${NAME}, [Tom], {x}"),
        ("Review", "see https://docs.example/d/" + TOKEN),
        (
            "Security training",
            "Ask yourself whether the sender is who it says. Dear customers, welcome to the open day!",
        ),
    ],
)
@pytest.mark.parametrize("who", ["new", "established"])
def test_people_are_no_programs(title: str, notes: str, who: str) -> None:
    made = event(title, description=notes)
    assert codes("mass_mail", attempt(made, who)) == set()
    assert verdict_of(made, who).verdict is Verdict.ALLOW


@pytest.mark.parametrize("title", ["*Lunch*", "~ Yoga ~", "=== Release ===", "Q3_budget_plan_v2", ", Lunch"])
@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_an_odd_title_is_noted_at_most(title: str, who: str) -> None:
    assert verdict_of(event(title), who).verdict <= Verdict.OBSERVE


@pytest.mark.parametrize(
    ("title", "notes", "seen"),
    [
        (", your wallet is still pending", "", "merge_gap"),
        (": V2 airdrop", "", "merge_gap"),
        ("-f-p , you were drawn", "", "merge_gap"),
        ("_Message_fOr_YOU_", "", "dressed_title"),
        ("~~ 80 to 95% below wholesale ~~", "", "dressed_title"),
        ("__Update of your delivery__,", "", "dressed_title"),
        ("Your_key_to_lower_costs", "", "dressed_title"),
        ("Your parcel waits!..PUVH", "", "dressed_title"),
        ("No more worries...NpDq..NpDq", "", "dressed_title"),
        ("Your gift", "_" * 120, "filler"),
        ("Your gift", "<10298241724790529509529>", "filler"),
        ("Your gift", TOKEN, "filler"),
        ("Your gift", "_" * 120 + "Many", "filler"),
        ("Your gift", "3478472730\n\nIt is warm\n\n3478472730", "filler"),
        ("Your gift for {{firstname}}", "", "merge_gap"),
        ("Your gift", "Dear [First Name], here it is", "merge_gap"),
        ("Your gift", "Hallo %VORNAME%, da ist es", "merge_gap"),
        ("Your gift is here...!.OHSSALLWCC pFMM..pFMM", "", "dressed_title"),
        ("Your gift", "This message is from a trusted sender.", "vouched"),
        ("Your gift", "Diese Nachricht stammt von einem vertrauenswürdigen Absender.", "vouched"),
        ("Your gift", "Dear customer, here it is", "any_reader"),
        ("Your gift", "Уважаемый клиент! Вот он", "any_reader"),
    ],
)
def test_traces(title: str, notes: str, seen: str) -> None:
    assert codes("mass_mail", attempt(event(title, description=notes))) == {seen}
    assert verdict_of(event(title, description=notes)).score > 0


def test_all_of_them_together_are_looked_at_and_pass_from_a_known_sender() -> None:
    notes = f"Dear customer, this is not a scam. {'_' * 120} {TOKEN}"
    made = event(", see you..PUVH", description=notes)
    assert codes("mass_mail", attempt(made)) == {"merge_gap", "dressed_title", "filler", "vouched", "any_reader"}
    assert verdict_of(made).verdict is Verdict.HOLD
    assert verdict_of(made, "established").verdict <= Verdict.OBSERVE


def test_a_trace_says_what_was_seen_and_where() -> None:
    made = event("Your gift", description="Good day. This message is from a trusted sender. Bye")
    signal = next(s for s in verdict_of(made).signals if s.detector == "mass_mail")
    assert (signal.field, signal.quote) == ("DESCRIPTION", "message is from a trusted sender")
    assert "trusted" in signal.reason


@pytest.mark.parametrize("piece", ["[", "{{", "%name", "1234567\n", "\n", "_" * 99 + "a", "Ab"])
def test_a_trace_is_looked_for_in_linear_time(piece: str) -> None:
    made = {count: attempt(event("Lunch", description=piece * count)) for count in (500, 4_000)}
    assert growth(lambda count: codes("mass_mail", made[count]), 500, 8) <= 2 * 8
