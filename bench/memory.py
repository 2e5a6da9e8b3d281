"""What a million active accounts cost in Redis: `python -m bench.memory [accounts]`, on a server of its own.

Each account is kept by the scripts that a check runs, with what a person's calendar looks like: one to a dozen attempts
in the week (two on average), five related guests, two devices, three networks and the habits of eight sends.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import host
from tests.support.parts import free_port

BATCH = 500


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    server = shutil.which("redis-server")
    if server is None:
        print("redis-server is not installed", file=sys.stderr)
        return 1
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="calguard-bench-") as folder:
        host.configure(Path(folder))
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        running = subprocess.Popen([server, *options], stdout=subprocess.DEVNULL)
        try:
            fill(port, count)
        finally:
            running.terminate()
            running.wait(timeout=30)
    return 0


def fill(port: int, count: int) -> None:
    import redis

    from calguard.facts import scripts, shared
    from calguard.facts.keys import Keys

    client = redis.Redis(port=port, socket_timeout=60)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.1)
    before, keys = client.info("memory")["used_memory"], Keys.of("default")
    read, keep = (client.script_load(script.text) for script in (scripts.READ, scripts.KEEP))
    people, dice = [someone(random.Random(seed)) for seed in range(997)], random.Random(7)
    attempts = octets = 0
    for start in range(0, count, BATCH):
        pipe = client.pipeline(transaction=False)
        for number in range(start, min(start + BATCH, count)):
            standing, loaded = dice.choice(people)
            reader, names = os.urandom(scripts.READER), keys.of_account(f"auth.user:{number}")
            pipe.evalsha(read, 4, *names, keys.of_prefix(""), shared.beginning(reader), 30_000, 0)
            told = shared.keeping(standing, loaded, reader, 0, 0)
            pipe.evalsha(keep, 3, *names, *told)
            attempts += len(loaded.records)
            octets += len(told[2]) + len(told[3])  # type: ignore[arg-type]
        pipe.execute()
    used, rss = (int(client.info("memory")[name]) for name in ("used_memory", "used_memory_rss"))
    assert client.dbsize() == count
    print(
        f"{count:,} accounts with {attempts / count:.1f} attempts each, {octets / count:.0f} octets of facts each: "
        f"{(used - before) / 2**20:.0f} MiB used ({(used - before) / count:.0f} octets an account), "
        f"{rss / 2**20:.0f} MiB RSS"
    )


def someone(dice: random.Random) -> tuple[Any, Any]:
    """What the database would say of an ordinary account."""
    from accounts_risk.ledger import Answers, Habits, Known
    from calguard.facts.history import Record
    from calguard.facts.loading import Loaded
    from calguard.facts.packing import microseconds
    from calguard.facts.standing import SHORT, Sighted, Standing

    now = datetime(2026, 6, 15, 10, 0, tzinfo=UTC)
    habits = Habits()
    for _ in range(8):
        habits = habits.after(
            hour=dice.choice((8, 9, 13)),
            language="en",
            hosts=[dice.randbytes(4).hex()] if dice.random() < 0.3 else [],
            circles=[dice.randbytes(4).hex()] if dice.random() < 0.5 else [],
        )
    known = Known(
        account="",
        first_seen_at=now - timedelta(days=300, microseconds=dice.randrange(10**9)),
        created_at=now - timedelta(days=300, microseconds=dice.randrange(10**9)),
        accepted_total=4,
        accepted_domains=2,
        answers=Answers(sent=6, accepted=4),
        habits=habits,
    )
    seen = [
        Sighted(
            oldest=known.first_seen_at,
            whole=True,
            values={dice.randbytes(3): 57_000 - dice.randrange(5_000) for _ in range(number)},
        )
        for number in (2, 3)
    ]
    attempts = min(12, 1 + int(dice.expovariate(1 / 1.5)))
    records = tuple(
        Record(
            microseconds(now) - dice.randrange(6 * 10**11),
            8,
            1,
            3,
            1,
            64496,
            *(dice.randbytes(size) for size in (4, 4, 3, 3, 3)),
            b"DE",
        )
        for _ in range(attempts)
    )
    standing = Standing(
        known=known,
        devices=seen[0],
        prefixes=seen[1],
        exempt=frozenset(),
        until=now + timedelta(days=1),
        guests=frozenset(dice.randbytes(SHORT) for _ in range(5)),
    )
    return standing, Loaded(records=records, buckets=(), words=(), place=b"")


if __name__ == "__main__":
    sys.exit(main())
