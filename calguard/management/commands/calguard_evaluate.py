"""Measures the content judge on labelled events, with the shipped policy and nothing else."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calguard.engine.personas import NAMES
from calguard.evaluation import judging, report
from calguard.evaluation.counting import Count
from calguard.evaluation.judging import Judged, Line
from calguard.evaluation.progress import Progress
from calguard.evaluation.records import UNREADABLE, Source

NOT_ALL = 2  # exit code where a line could not be judged
BROKEN_PIPE = 141  # what a shell shows for a program whose reader went away


class Command(BaseCommand):
    help = (
        "Judge a file of labelled events, one JSON object a line, plain or gzipped, and print recall, false positives, "
        "the worst errors and the speed. Exit code 2 where a line could not be judged."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="records as in docs/detection.md; a pipe will do")
        parser.add_argument("--as", dest="persona", choices=NAMES, default="new", help="who sends (default: new)")
        parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
        parser.add_argument("--out", type=Path, metavar="FILE", help="write id, verdict, score, reasons of each record")
        parser.add_argument("--signals", action="store_true", help="with --out: the signals of each record as well")
        parser.add_argument("--model", type=Path, metavar="FILE", help="a text model instead of the shipped one")
        parser.add_argument("--worst", type=int, default=10, metavar="N", help="how many errors to show (default: 10)")
        parser.add_argument("--jobs", type=int, default=1, metavar="N", help="processes (default: 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = self._run(options)
            said = json.dumps(report.as_json(run), ensure_ascii=True) if options["json"] else report.as_text(run)
            self.stdout.write(said)
            self.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
            sys.exit(BROKEN_PIPE)
        if run.count.malformed or run.ended:
            sys.exit(NOT_ALL)

    def _run(self, options: dict[str, Any]) -> report.Run:
        count, progress = Count(worst=options["worst"]), Progress(sys.stderr)
        ended: list[str] = []
        try:
            source = Source(options["file"])
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror or error}") from error
        try:
            judging.text_model(options["model"])
        except (OSError, ValueError) as error:
            raise CommandError(f"{options['model']} is no text model: {error}") from error
        started = time.perf_counter()
        with source, _writing(options["out"]) as out:
            lines = _until_unreadable(source, ended)
            for answer in judging.run(lines, options["persona"], options["jobs"], options["model"]):
                count.add(answer)
                if isinstance(answer, Judged):
                    if out is not None:
                        out.write(_line(answer, options["signals"]))
                else:
                    progress.end()
                    sys.stderr.write(f"line {answer.number} not judged: {answer.problem}\n")
                progress.step(source.read, count.judged)
        progress.end()
        seconds = time.perf_counter() - started
        return report.Run(
            file=str(options["file"]),
            persona=options["persona"],
            jobs=max(1, options["jobs"]),
            seconds=seconds,
            count=count,
            ended="".join(ended),
        )


def _until_unreadable(source: Source, ended: list[str]) -> Iterator[Line]:
    """The lines; where the file breaks off, why is put into `ended`, and what was read of it still counts."""
    try:
        yield from source.lines()
    except UNREADABLE as error:
        ended.append(str(error) or type(error).__name__)


@contextmanager
def _writing(path: Path | None) -> Iterator[IO[str] | None]:
    if path is None:
        yield None
        return
    try:
        out = path.open("w", encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror or error}") from error
    with out:
        yield out


def _line(judged: Judged, with_signals: bool) -> str:
    said: dict[str, Any] = {
        "id": judged.record.id,
        "verdict": judged.verdict.name,
        "score": judged.score,
        "reasons": list(judged.reasons),
    }
    if with_signals:
        said["signals"] = [{"signal": s.signal, "points": s.points, "reason": s.said} for s in judged.signals]
    return json.dumps(said, ensure_ascii=False) + "\n"
