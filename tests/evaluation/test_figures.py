"""The page of figures is made by one command from a run: every aim has a row, and the ladder lies on its own curve."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

import pytest

from bench import curve, detection, detection_goals
from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from tests.detectors.making import event
from tests.evaluation.labelled import LURE, written


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("data")
    written(folder, name="events_dev.jsonl.gz")
    for name, text in (("phish_ics_dev", LURE), ("ics_dev", "Choir")):
        (folder / name).mkdir()
        (folder / name / "a.ics").write_bytes(event(text).raw)
    return detection.measured(folder, jobs=1, languages=("nl",))


def test_every_aim_has_a_row_with_hits_and_interval(results: dict[str, Any]) -> None:
    text = detection_goals.markdown(results)
    rows = {name: (hits, n) for name, _, hits, n, *_ in detection_goals.goals(results)}
    assert rows["false: real calendar events"] == (2, 5)
    assert rows["found: real calendar phishing, raw files"] == (1, 1)
    assert rows["found: *mail:* phishing of 2022 to 2026"] == (1, 2)
    assert "| false: real calendar events | at most 0.3 % | 40.00 % (2 of 5; 1 of 4 clusters) |" in text
    assert text.count("| **no** |") >= 2
    assert text.count("| yes |") >= 2
    assert "| call-back lures in | records | trial | established | hijacked |\n|---|---|---|---|---|\n| nl | " in text


def test_an_aim_without_records_is_not_met_by_silence() -> None:
    row = detection_goals._row("false: nothing", "at most 1 %", 0, 0, "", lambda share: share <= 1)
    assert row == "| false: nothing | at most 1 % | not measured | | |"


def placed(score: float, verdict: Verdict, row: str) -> curve.Sample:
    return curve.Sample(score=score, verdict=verdict, rows=frozenset({row}))


def test_the_ladder_lies_on_its_curve() -> None:
    """Also where a floor gave the verdict without the points, or a limit took it away in spite of them."""
    rungs = dict(Policy.shipped().tiers["new"].ladder.rungs)
    samples = [
        *(placed(0, Verdict.ALLOW, curve.CALENDARS) for _ in range(97)),
        placed(500, Verdict.OBSERVE, curve.CALENDARS),
        placed(0, Verdict.CHALLENGE, curve.CALENDARS),
        placed(rungs[Verdict.HOLD], Verdict.HOLD, curve.CALENDARS),
        placed(0, Verdict.HOLD, curve.ABUSE),
        placed(0, Verdict.ALLOW, curve.ABUSE),
    ]
    found = curve.points(samples, rungs)
    assert found["marks"][f"{curve.CALENDARS}|{curve.ABUSE}|HOLD"] == (1.0, 50.0)
    assert found["marks"][f"{curve.CALENDARS}|{curve.ABUSE}|CHALLENGE"] == (2.0, 50.0)
    line = found["panels"][f"{curve.CALENDARS}|{curve.ABUSE}"]
    assert (1.0, 50.0) in line
    assert line == sorted(line)
    assert [y for _, y in line] == sorted(y for _, y in line), "more false positives never find less"


def test_the_drawing_is_one_that_a_browser_reads(results: dict[str, Any]) -> None:
    drawing = curve.svg(results["curve"])
    root = ET.fromstring(drawing)
    assert root.get("role") == "img"
    assert len(root.findall("{http://www.w3.org/2000/svg}polyline")) == 4
    assert "http" not in drawing.replace("http://www.w3.org/2000/svg", "")
