"""From signals to a verdict: caps, ladders, floors, challenges, exemptions and failures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from calguard.engine.judge import judge
from calguard.engine.policy import Policy
from calguard.engine.registry import Detector, detectors
from calguard.engine.types import Attempt, Signal, Verdict
from tests.detectors.making import attempt, event
from tests.support.growth import Ratio, growth

POLICY = Policy.shipped()
LURE = event("Your PayPal account has been charged $499.99, call +1 805 302 8040 immediately")


def saying(name: str, *signals: Signal) -> Detector:
    """A shipped detector that says what the test wants."""
    shipped = next(entry for entry in detectors() if entry.name == name)
    return replace(shipped, look=lambda _: iter(signals))


def failing(name: str, error: Exception) -> Detector:
    """A shipped detector that breaks in the middle."""

    def look(_: Attempt) -> Iterator[Signal]:
        yield Signal(code=next(iter(shipped.codes)), reason="half a thought")
        raise error

    shipped = next(entry for entry in detectors() if entry.name == name)
    return replace(shipped, look=look)


def test_nothing_seen_is_allowed_without_points() -> None:
    judged = judge(attempt(), POLICY)
    assert (judged.verdict, judged.score, judged.signals, judged.reasons, judged.actions) == (
        Verdict.ALLOW,
        0,
        (),
        (),
        (),
    )
    assert (judged.policy_version, judged.tier, judged.degraded) == (POLICY.version, "new", False)


def test_the_same_attempt_is_always_judged_the_same() -> None:
    assert judge(attempt(LURE), POLICY) == judge(attempt(LURE), POLICY)


def test_evidence_is_kept_even_where_it_changes_nothing() -> None:
    panel = [saying("links", Signal(code="port", reason="names a port", field="DESCRIPTION"))]
    judged = judge(attempt(), POLICY, panel)
    assert judged.verdict is Verdict.ALLOW
    assert [(signal.detector, signal.points, signal.field) for signal in judged.signals] == [
        ("links", 5.0, "DESCRIPTION")
    ]


def test_one_code_counts_once_at_its_strongest() -> None:
    many = [Signal(code="shortener", reason=str(n), weight=0.5 if n else 1.0) for n in range(9)]
    assert judge(attempt(), POLICY, [saying("links", *many)]).score == POLICY.points["links.shortener"]


def test_a_group_never_exceeds_its_cap() -> None:
    panel = [saying("links", *(Signal(code=code, reason="x") for code in ("userinfo", "ip_literal", "script_uri")))]
    assert judge(attempt(), POLICY, panel).score == POLICY.caps["links"]


@pytest.mark.parametrize(("weight", "points"), [(0.5, 50.0), (7.0, 100.0), (-1.0, 0.0)])
def test_a_weight_only_ever_scales_down(weight: float, points: float) -> None:
    panel = [saying("subject", Signal(code="lure", reason="x", weight=weight))]
    assert judge(attempt(), POLICY, panel).score == points


@pytest.mark.requirement("R96")
def test_no_detector_takes_points_away() -> None:
    for entry in detectors():
        assert all(POLICY.points[f"{entry.name}.{code}"] >= 0 for code in entry.codes)


def test_an_undeclared_code_is_a_failure_of_the_detector() -> None:
    judged = judge(attempt(), POLICY, [saying("links", Signal(code="invented", reason="x"))])
    assert judged.degraded


@pytest.mark.requirement("R16")
@pytest.mark.requirement("R11")
def test_circumstances_alone_never_reach_a_hold() -> None:
    panel = [
        saying("user_agent", Signal(code="headless", reason="x")),
        saying("ip_address", Signal(code="deny", reason="x")),
        saying("velocity", Signal(code="inhuman", reason="x")),
        saying("signup", Signal(code="crowd", reason="x")),
        saying("hijack", Signal(code="signs", reason="x")),
    ]
    for who in ("new", "trial", "established"):
        assert judge(attempt(event(), who), POLICY, panel).verdict is Verdict.CHALLENGE


@pytest.mark.requirement("R56")
def test_a_challenge_clears_automation_and_nothing_else() -> None:
    client = saying("automation", Signal(code="honeypot", reason="x"))
    text = saying("subject", Signal(code="lure", reason="x"))
    doubt = saying("impersonation", Signal(code="brand", reason="x"))
    budget = saying("budget", Signal(code="hour", reason="x"))
    passed = attempt(client={"automation_cleared": True})
    assert judge(attempt(), POLICY, [client]).verdict is Verdict.CHALLENGE
    assert judge(passed, POLICY, [client]).verdict is Verdict.ALLOW
    assert judge(attempt(), POLICY, [doubt]).verdict is Verdict.CHALLENGE
    assert judge(passed, POLICY, [doubt]).verdict is Verdict.OBSERVE  # asked once, answered once
    assert judge(passed, POLICY, [client, text]).verdict is Verdict.HOLD
    assert judge(passed, POLICY, [client, budget]).verdict is Verdict.THROTTLE
    assert "automation" in {signal.detector for signal in judge(passed, POLICY, [client]).signals}


@pytest.mark.requirement("R96")
def test_an_exemption_covers_what_it_names_and_never_the_block_list() -> None:
    lure = saying("subject", Signal(code="lure", reason="x"))
    listed = saying("links", Signal(code="block_list", reason="x"))
    spared = attempt(exempt=frozenset({"subject.lure", "links.block_list"}))
    assert judge(spared, POLICY, [lure]).verdict is Verdict.ALLOW
    assert judge(spared, POLICY, [lure]).signals[0].points == 0
    assert judge(spared, POLICY, [listed]).verdict is Verdict.DENY
    assert judge(attempt(exempt=frozenset({"links.shortener"})), POLICY, [lure]).verdict is Verdict.HOLD


@pytest.mark.requirement("R03")
@pytest.mark.parametrize(
    ("who", "verdict"), [("new", Verdict.HOLD), ("trial", Verdict.CHALLENGE), ("established", Verdict.ALLOW)]
)
@pytest.mark.parametrize("error", [ValueError("x"), RecursionError(), MemoryError(), KeyError("y")])
def test_a_broken_detector_degrades_the_answer_and_breaks_nothing(who: str, verdict: Verdict, error: Exception) -> None:
    judged = judge(attempt(event(), who), POLICY, [failing("links", error)])
    assert (judged.verdict, judged.degraded) == (verdict, True)
    assert ("check_unavailable" in judged.reasons) is (verdict > Verdict.OBSERVE)
    assert not judge(attempt(event(), who), POLICY).degraded


@pytest.mark.requirement("R03")
def test_a_broken_detector_does_not_silence_the_others() -> None:
    panel = [failing("links", ValueError()), saying("subject", Signal(code="lure", reason="x"))]
    assert judge(attempt(event(), "established"), POLICY, panel).verdict is Verdict.HOLD


@pytest.mark.requirement("R03")
@pytest.mark.parametrize(
    ("who", "fact", "verdict"),
    [
        ("established", "network.lists", Verdict.ALLOW),
        ("trial", "network.lists", Verdict.ALLOW),
        ("new", "network.lists", Verdict.CHALLENGE),
        ("new", "history", Verdict.HOLD),
        ("established", "history", Verdict.ALLOW),
        ("established", "content", Verdict.HOLD),
    ],
)
def test_a_missing_fact_costs_what_policy_says(who: str, fact: str, verdict: Verdict) -> None:
    judged = judge(attempt(event(), who, missing=frozenset({fact})), POLICY)
    assert (judged.verdict, judged.degraded) == (verdict, True)


def test_reasons_start_with_what_forced_the_verdict_and_hide_how_it_works() -> None:
    panel = [
        saying("user_agent", Signal(code="library", reason="curl/8")),
        saying("organizer", Signal(code="mismatch", reason="x")),
        saying("subject", Signal(code="lure", reason="secret rule")),
    ]
    judged = judge(attempt(), POLICY, panel)
    assert judged.reasons == ("organizer_not_yours", "content_looks_like_scam", "looks_automated")
    assert judged.actions == ("deny",)


@pytest.mark.requirement("R53")
def test_what_hardly_weighed_is_not_told_and_something_always_is() -> None:
    faint = saying("attendees", Signal(code="unknown_reach", reason="x"))
    lure = saying("subject", Signal(code="lure", reason="x"))
    assert judge(attempt(), POLICY, [lure, faint]).reasons == ("content_looks_like_scam",)
    many = [saying("subject", Signal(code="lure", reason="x", weight=0.05)), faint]
    judged = judge(replace(attempt(), missing=frozenset({"host.facts"})), POLICY, many)
    assert judged.reasons[0] in {"content_looks_like_scam", "too_many_guests", "check_unavailable"}


@pytest.mark.parametrize(
    ("who", "wanted"),
    [("new", {"deny", "restrict"}), ("trial", {"deny", "restrict"}), ("established", {"deny", "alert"})],
)
def test_a_block_list_hit_brings_more_than_a_refusal(who: str, wanted: set[str]) -> None:
    panel = [saying("links", Signal(code="block_list", reason="x"))]
    assert set(judge(attempt(event(), who), POLICY, panel).actions) == wanted


def test_every_action_of_a_verdict_is_asked_for() -> None:
    for verdict in Verdict:
        assert verdict.name in POLICY.actions


def cost_grows(made: dict[int, Attempt], small: int, times: int) -> Ratio:
    """Each run judges a content that has not worked anything out yet."""
    return growth(lambda size: judge(replace(made[size], content=replace(made[size].content)), POLICY), small, times)


@pytest.mark.requirement("R49")
def test_guests_are_judged_in_linear_time() -> None:
    made = {
        count: attempt(event("Planning", guests=tuple(f"guest{n}@d{n % 97}.example" for n in range(count))))
        for count in (20, 250, 2_000)
    }
    assert cost_grows(made, 20, 100) <= 100
    assert cost_grows(made, 250, 8) <= 2 * 8


@pytest.mark.requirement("R49")
@pytest.mark.parametrize(
    "text", ["Bring the plans of the second floor. ", "Your account: call +1 805 302 8040 or http://a.example/b. "]
)
def test_a_text_is_judged_in_linear_time(text: str) -> None:
    made = {count: attempt(event("Planning", description=text * count)) for count in (100, 800)}
    assert cost_grows(made, 100, 8) <= 2 * 8
