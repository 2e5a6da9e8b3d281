"""One check beside ten million decisions and beside a thousand: `python -m bench.decisions [rows]`, on PostgreSQL.

Two databases made for the run and dropped after it, equal but for the decisions of other accounts; the calls alternate.
Rows are made by the server, over ninety days and a fiftieth as many accounts, into tables that are not logged.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import host
from bench.measuring import interleave, process_cpu, ratio, rounds_needed
from bench.progress import Progress

FEW = 1_000
ALTERNATIONS, ROUNDS, GUESTS = 7, 12, 5
FILL = """
INSERT INTO calguard_decision ({columns})
SELECT {values} FROM (
  SELECT d.*, n, row_number() OVER () FROM generate_series(1, {rows}) AS n,
  (SELECT * FROM calguard_decision LIMIT 1) AS d
) AS made
"""
MADE = {
    "id": "gen_random_uuid()",
    "code": "lpad(to_hex(n), 12, 'x')",
    "account": "'auth.user:x' || (n % greatest({rows} / 50, 1))",
    "content_hash": "md5(n::text) || md5(n::text)",
    "guests_hash": "md5((n + 1)::text) || md5(n::text)",
    "similarity": "md5((n + 2)::text) || md5(n::text)",
    "created_at": "now() - random() * interval '90 days'",
}


def main() -> int:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    if why := host.why_missing("postgres"):
        print(why, file=sys.stderr)
        return 1
    progress = Progress()
    with tempfile.TemporaryDirectory(prefix="calguard-bench-") as folder, host.standing(Path(folder), twice=True):
        for alias, number in (("postgres", FEW), ("postgres2", rows)):
            progress.note(f"{number:,} decisions on {alias}")
            fill(alias, number)
        for redis in (True, False):
            if redis and host.why_missing("redis"):
                continue
            host.FACTS_BESIDE_POSTGRES = redis
            measure(rows, "Redis" if redis else "the database", progress)
    progress.close()
    return 0


def fill(alias: str, rows: int) -> None:
    from django.db import connections
    from django.utils import timezone

    host.settle(alias, 1, prefix="pattern", now=timezone.now(), history=1)
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = 'calguard_decision'")
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexdef NOT LIKE %s",
            ["calguard_decision", "%UNIQUE%"],
        )
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        for table in referencing(cursor):
            cursor.execute(f'ALTER TABLE "{table}" SET UNLOGGED')
        values = ", ".join(MADE.get(name, f"made.{name}").format(rows=rows) for name in names)
        began = time.monotonic()
        cursor.execute(FILL.format(columns=", ".join(names), values=values, rows=rows))
        for _, definition in indexes:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE calguard_decision")
        print(f"{alias}: {rows:,} rows in {time.monotonic() - began:.0f} s", file=sys.stderr)


def referencing(cursor: Any) -> list[str]:
    """The table and all that refer to it, those first: a logged table may not refer to one that is not."""
    cursor.execute(
        "WITH RECURSIVE r(t, depth) AS (SELECT 'calguard_decision'::regclass::oid, 0 UNION "
        "SELECT conrelid, depth + 1 FROM pg_constraint JOIN r ON confrelid = t AND conrelid <> t WHERE contype = 'f') "
        "SELECT t::regclass::text FROM r GROUP BY t ORDER BY max(depth) DESC"
    )
    return [name.strip('"') for (name,) in cursor.fetchall()]


def measure(rows: int, place: str, progress: Progress) -> None:
    from django.utils import timezone

    from bench.check import Bench, tidy

    bench = Bench(alternations=ALTERNATIONS, rounds=ROUNDS, progress=progress)
    needed = rounds_needed(ALTERNATIONS, ROUNDS)
    aliases = ("postgres", "postgres2")
    people = {alias: host.settle(alias, needed, prefix=place[-5:], now=timezone.now()) for alias in aliases}
    servers = {alias: tidy(alias) for alias in aliases}
    found = interleave(
        {alias: lambda n, alias=alias: bench.check(alias, people[alias][n], GUESTS, alias) for alias in aliases},
        alternations=ALTERNATIONS,
        rounds=ROUNDS,
        progress=progress,
        label=f"check, facts from {place}",
        server_cpu=lambda alias: process_cpu(servers[alias]),
    )
    one, other = (
        {of: ratio(found["postgres2"], found["postgres"], of) for of in ("wall", "cpu")}[of] for of in ("wall", "cpu")
    )
    few, many = (found[alias].summary() for alias in aliases)
    print(
        f"facts from {place}: {rows:,} decisions against {FEW:,}: {one['median']:.2f}x ({one['range'][0]:.2f} to "
        f"{one['range'][1]:.2f}) wall, {other['median']:.2f}x CPU; p50 {many['p50_ms']} against {few['p50_ms']} ms; "
        f"verdicts {dict(bench.verdicts['postgres2'])}"
    )


if __name__ == "__main__":
    sys.exit(main())
