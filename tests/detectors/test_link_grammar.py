"""Links that look like mass mail: noted and added up, never enough alone; honest calendars beside them."""

from __future__ import annotations

import pytest

from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.registry import detectors
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

pytestmark = [pytest.mark.requirement("R39")]

TOKEN = "7Kq2vB9xTfL4mZpW8dYs3HcRj6Nu1aGe"
OTHER = "m3Xw9Rk1bQz7VtP5nLc8YhJ2gDs6FaUe"
WORST = (
    f"https://59865.q7x2v9k4m1.icu/{TOKEN}#{OTHER} https://59865.q7x2v9k4m1.icu/{OTHER}?e=guest@elsewhere.example "
    f"https://x.example/wp-includes/pay/ https://q7x2v9k4m1.pages.dev/ https://u1.ct.sendgrid.net/ls/click?upn={TOKEN}"
)


@pytest.mark.parametrize(
    "text",
    [
        "Join: https://us02web.zoom.us/j/81234567890?pwd=TnZ4b3FqRHY2RUFCdz09",
        "Register: https://www.eventbrite.com/e/fair-tickets-1234567890123?aff=ebdssbdestsearch",
        "Poll: https://doodle.com/meeting/participate/id/aK8zQmXe7bRt2LpYvNc4",
        "Map: https://maps.app.goo.gl/Xy12Zw34Vu56Ts789",
        "Programme: https://ines-plumbing.example/wp-content/uploads/2026/05/programme.pdf",
    ],
)
@pytest.mark.parametrize("who", ["new", "established"])
def test_ordinary_calendars(text: str, who: str) -> None:
    made = event("Summer fair", description=text)
    assert codes("link_grammar", attempt(made, who)) == set()
    assert verdict_of(made, who).verdict is Verdict.ALLOW


@pytest.mark.parametrize("who", ["new", "trial", "established"])
def test_one_registration_link_with_a_token_is_allowed(who: str) -> None:
    made = event("Workshop", description=f"Register here: https://events.example/r/{TOKEN}")
    assert codes("link_grammar", attempt(made, who)) == {"random_path"}
    assert verdict_of(made, who).verdict is Verdict.ALLOW


def test_ones_own_newsletter_counts_its_own_clicks() -> None:
    text = f"https://links.ines-plumbing.example/ls/click?upn={TOKEN} https://links.ines-plumbing.example/x/{OTHER}"
    made = event("Open day", description=text)
    assert codes("link_grammar", attempt(made, "established")) == set()
    assert "click_tracker" in codes("link_grammar", attempt(made, "new"))


def test_the_senders_own_address_in_a_link_is_no_guests() -> None:
    mine = event("Call", description="https://book.example/with?host=ines@ines-plumbing.example")
    theirs = event("Call", description="https://book.example/with?guest=guest@elsewhere.example")
    assert codes("link_grammar", attempt(mine)) == set()
    assert codes("link_grammar", attempt(theirs)) == {"address_inside"}


@pytest.mark.parametrize(("who", "most"), [("new", Verdict.CHALLENGE), ("established", Verdict.OBSERVE)])
def test_the_worst_shapes_alone_are_never_enough(who: str, most: Verdict) -> None:
    made = event("Planning", description=WORST)
    assert len(codes("link_grammar", attempt(made, who))) > 6
    panel = [entry for entry in detectors() if entry.name.startswith("link")]
    judged = judge(attempt(made, who), Policy.shipped(), panel)
    assert judged.group_points["grammar"] <= 40
    assert Verdict.OBSERVE <= judged.verdict <= most


def test_with_a_claim_they_are_enough() -> None:
    lure = "Your parcel is held. Confirm the delivery fee: "
    plain = verdict_of(event("Parcel", description=lure + "https://post.example/fee"))
    shaped = verdict_of(event("Parcel", description=lure + WORST))
    assert shaped.score > plain.score
    assert shaped.verdict >= plain.verdict


def test_a_query_of_nothing_but_a_token() -> None:
    made = event("Planning", description=f"https://events.example/RF0.cfm?{TOKEN}")
    assert codes("link_grammar", attempt(made)) == {"random_query", "nameless_query"}
    assert verdict_of(made).verdict is Verdict.ALLOW
    named = event("Planning", description=f"https://events.example/r?ticket={TOKEN}")
    assert codes("link_grammar", attempt(named)) == {"random_query"}


@pytest.mark.parametrize("tail", ["#/RTREREhjNFBvVERTU3FRM25p", "FSADF~SDF_SDAFsa*fdsvbsdf"])
def test_a_short_address_made_long(tail: str) -> None:
    made = event("Planning", description=f"https://tinyurl.com/4zd3jacb{tail}")
    assert "salted_short" in codes("link_grammar", attempt(made))
    assert verdict_of(made).verdict is Verdict.CHALLENGE
    assert verdict_of(made, "established").verdict <= Verdict.CHALLENGE


@pytest.mark.parametrize(
    "address",
    ["https://bit.ly/COMPANY-Summer-Party2026-registration", "https://bit.ly/3xYzAbC?utm_source=calendar#top"],
)
def test_a_short_address_with_a_long_name_is_none(address: str) -> None:
    assert "salted_short" not in codes("link_grammar", attempt(event("Planning", description=address)))


def test_a_sign_says_what_was_seen_and_where() -> None:
    made = event("Planning", description=f"see https://evil.example/{TOKEN} today")
    [signal] = [signal for signal in verdict_of(made).signals if signal.detector == "link_grammar"]
    assert TOKEN in signal.reason
    assert signal.quote.endswith(TOKEN)
    assert made.texts[-1].value[signal.start : signal.end] == signal.quote
