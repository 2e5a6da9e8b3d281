"""`python -m bench.detection`: what the content judge reaches on the labelled data, beside what was aimed at.

Prints Markdown; leaves detection.json and detection.svg in bench/out; `--publish` puts both into docs/detection.md.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import curve, detection_goals
from calguard import scan
from calguard.engine.judge import judge
from calguard.engine.personas import NAMES
from calguard.engine.policy import Policy
from calguard.engine.types import Verdict
from calguard.evaluation import judging, report
from calguard.evaluation.counting import Count
from calguard.evaluation.judging import Judged
from calguard.evaluation.progress import Progress
from calguard.evaluation.records import Source
from tests.lures.callbacks import TONGUES, lures
from tests.support.parts import DATA

ROOT = Path(__file__).resolve().parents[1]
PAGE, PICTURE = ROOT / "docs" / "detection.md", ROOT / "docs" / "pictures" / "detection.svg"
BEGIN, END = "<!-- figures: python -m bench.detection --publish -->", "<!-- end of figures -->"
CALL_BACK_PERSONAS = ("trial", "established", "hijacked")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.detection", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of events_dev.jsonl.gz and phish_ics_dev")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "out", help="folder of what is written")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--publish", action="store_true", help="put table and curve into the documentation")
    asked = parser.parse_args()
    results = measured(asked.data, asked.jobs)
    drawing = curve.svg(results["curve"])
    asked.out.mkdir(parents=True, exist_ok=True)
    (asked.out / "detection.json").write_text(json.dumps(results), encoding="utf-8")
    (asked.out / "detection.svg").write_text(drawing, encoding="utf-8")
    text = detection_goals.markdown(results)
    if asked.publish:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
        PICTURE.write_text(drawing, encoding="utf-8")
    print(text)
    return 0


def measured(data: Path, jobs: int, languages: Sequence[str] = tuple(TONGUES)) -> dict[str, Any]:
    """Everything the page shows, as plain data."""
    runs: dict[str, Any] = {}
    samples: list[curve.Sample] = []
    for persona in NAMES:
        count = Count(worst=0)
        for judged in _judged(data / "events_dev.jsonl.gz", persona, jobs):
            count.add(judged)
            if persona == "new":
                samples.append(curve.sample(judged))
        run = report.Run(file="events_dev.jsonl.gz", persona=persona, jobs=jobs, seconds=1.0, count=count)
        runs[persona] = report.as_json(run)
    return {
        "measured_at": f"{datetime.now(UTC):%Y-%m-%d}",
        "policy": Policy.shipped().version,
        "runs": runs,
        "call_back": {persona: _call_back(persona, languages) for persona in CALL_BACK_PERSONAS},
        "raw_phishing": {persona: _raw(data / "phish_ics_dev", persona) for persona in NAMES},
        "raw_calendars": {persona: _raw(data / "ics_dev", persona) for persona in NAMES},
        "curve": curve.points(samples, dict(Policy.shipped().tiers["new"].ladder.rungs)),
    }


def _judged(path: Path, persona: str, jobs: int) -> Iterator[Judged]:
    progress = Progress(sys.stderr)
    with Source(path) as source:
        for number, answer in enumerate(judging.run(source.lines(), persona, jobs)):
            progress.step(source.read, number)
            if isinstance(answer, Judged):
                yield answer
    progress.end()


def _raw(folder: Path, persona: str) -> dict[str, int]:
    """Files as they were found, with the organiser's name, by verdict."""
    found = dict.fromkeys((verdict.name for verdict in Verdict), 0)
    for path in scan.files([folder]):
        found[scan.scan(path, judging.setting(persona))["verdict"]] += 1
    return found


def _call_back(persona: str, languages: Sequence[str]) -> dict[str, dict[str, int]]:
    """Our own call-back lures by language: how many, and how many are held."""
    found = {}
    for language in languages:
        verdicts = [_verdict(lure.content, persona) for lure in lures(language)]
        found[language] = {"n": len(verdicts), "held": sum(verdict >= Verdict.HOLD for verdict in verdicts)}
    return found


def _verdict(content: Any, persona: str) -> Verdict:
    setting = judging.setting(persona)
    made, _ = scan.attempt(content, setting)
    return judge(made, setting.policy).verdict


if __name__ == "__main__":
    sys.exit(main())
