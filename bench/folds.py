"""`python -m bench.folds`: the judge with text models that have not seen what they judge.

By clusters: five models, each trained without a fifth of the clusters, judge that fifth. By source: for each source
that is learned from, a model trained without it judges it. Thresholds and points stay as shipped. Prints Markdown;
`--publish` puts it into docs/detection.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from bench.detection import PAGE
from bench.detection_goals import ABUSE, CALENDARS, FEW, MAIL, MEETINGS, PHISHING, SHORT
from calguard.engine.types import Verdict
from calguard.evaluation import judging
from calguard.evaluation.counting import Count, wilson
from calguard.evaluation.judging import Judged, Line
from calguard.evaluation.records import Source
from calguard.learning import train
from calguard.learning.examples import Example
from tests.support.parts import DATA

BEGIN, END = "<!-- folds: python -m bench.folds --publish -->", "<!-- end of folds -->"
FOLDS = 5
FEWEST = 90  # records of a source that is left out by itself
ROWS = (CALENDARS, MEETINGS, MAIL, SHORT, PHISHING, ABUSE)
SEEN = ""  # the part of what is not left out: judged by the shipped model

Part = Callable[[dict[str, Any]], str]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.folds", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA / "events_dev.jsonl.gz", help="labelled records")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--models", type=Path, help="folder where models are kept, and taken from in another run")
    parser.add_argument("--publish", action="store_true", help="put the table into the documentation")
    asked = parser.parse_args()
    with Source(asked.data) as source:
        lines = list(source.lines())
    parts = {
        "as shipped": lambda record: SEEN,
        "by clusters": lambda record: str(_fold(str(record.get("cluster") or record["id"]))),
        "by source": _by_source(lines),
    }
    with tempfile.TemporaryDirectory() as folder:
        models = asked.models or Path(folder)
        models.mkdir(parents=True, exist_ok=True)
        counts = {name: _count(Judge(asked.data, part, models, asked.jobs), lines) for name, part in parts.items()}
    text = _markdown(counts)
    if asked.publish:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    print(text)
    return 0


def _fold(cluster: str) -> int:
    return int.from_bytes(blake2b(cluster.encode(), digest_size=8, person=b"outer").digest(), "big") % FOLDS


def _by_source(lines: list[Line]) -> Part:
    records = [json.loads(line) for _, line in lines]
    sizes = Counter(record["source"] for record in records if record.get("license_use") == "open")
    large = {source for source, n in sizes.items() if n >= FEWEST}
    return lambda record: record["source"] if record["source"] in large else SEEN


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges each part of the data with a model that has not seen it."""

    data: Path
    part: Part
    models: Path
    jobs: int

    def judged(self, own: list[Line], name: str) -> Iterator[Judged]:
        for answer in judging.run(own, "new", self.jobs, self.model(name) if name != SEEN else None):
            if isinstance(answer, Judged):
                yield answer

    def model(self, name: str) -> Path:
        path = self.models / f"{name.replace('/', '.')}.model"
        if not path.exists():
            path.write_bytes(train.train(self.without(name)).model.octets())
        return path

    def without(self, name: str) -> Iterator[Example]:
        """What the shipped model is made from, without the records of a part."""
        with Source(self.data) as source:
            records = [json.loads(line) for _, line in source.lines()]
        left = {str(record.get("cluster") or record["id"]) for record in records if self.part(record) == name}
        return (example for example in train.examples(self.data) if example.group not in left)


def _count(judge: Judge, lines: list[Line]) -> Count:
    count = Count(worst=0)
    parts: dict[str, list[Line]] = {}
    for line in lines:
        parts.setdefault(judge.part(json.loads(line[1])), []).append(line)
    for name, own in sorted(parts.items()):
        print(f"{name or 'shipped'}: {len(own)} records", file=sys.stderr)
        for answer in judge.judged(own, name):
            count.add(answer)
    return count


def _markdown(counts: dict[str, Count]) -> str:
    rows = [f"| at HOLD or more; at CHALLENGE or more | {' | '.join(counts)} |", f"|---|{'---|' * len(counts)}"]
    languages = sorted(
        row
        for row, group in counts["as shipped"].groups["summary"].items()
        if row.startswith(f"{PHISHING}, ") and group.n >= FEW
    )
    for row in (*ROWS, *languages):
        cells = " | ".join(_cell(count, row) for count in counts.values())
        rows.append(f"| {row} | {cells} |")
    return "\n".join(rows)


def _cell(count: Count, row: str) -> str:
    group = count.groups["summary"].get(row)
    if group is None:
        return "not measured"
    said = []
    for verdict in (Verdict.HOLD, Verdict.CHALLENGE):
        low, high = wilson(group.at_least(verdict), group.n)
        said.append(f"{100 * group.at_least(verdict) / group.n:.2f} % ({100 * low:.2f} to {100 * high:.2f})")
    return "; ".join(said)


if __name__ == "__main__":
    sys.exit(main())
