"""What only Redis can do wrong: be away, slow, empty, damaged, asked by many at once; and what lies in it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from calguard import alarm, guard, people
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.facts import keys, packing, remembering, shared, store
from calguard.facts.database import DatabaseFacts
from calguard.facts.packing import Damaged, pack, unpack
from tests.facts.rows import ME, ago, decided, question
from tests.guard.conftest import person  # noqa: F401
from tests.guard.events import invitation
from tests.support.parts import free_port

pytestmark = [pytest.mark.needs("redis"), pytest.mark.django_db(transaction=True)]
SECRET = "+49 30 1234567 call me"


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port on which somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def names_in(client: Any) -> list[bytes]:
    """What is kept of this test's database, and of no other that shares the server."""
    return list(client.scan_iter(f"{keys.Keys.of(conf.database).beginning}*", count=1000))


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[store.Script]:
    """Every script that this process sends; others may use the same server."""
    sent: list[store.Script] = []
    run = store.Store.run

    def counted(self: store.Store, script: store.Script, *given: Any) -> Any:
        sent.append(script)
        return run(self, script, *given)

    monkeypatch.setattr(store.Store, "run", counted)
    return sent


def test_a_known_account_costs_one_round_trip_and_no_statement(
    redis_facts: Any, trips: list[store.Script], now: datetime
) -> None:
    decided(ago(now, minutes=5))
    asked = question(now, prefix="1" * 64, device="2" * 64, guests=("3" * 64,))
    for _ in range(2):
        remembering.facts().answer(asked)
    trips.clear()
    with CaptureQueriesContext(connection) as queries:
        found = remembering.facts().answer(asked)
    assert found == DatabaseFacts(conf.database).answer(asked)
    assert (trips, len(queries)) == ([shared.scripts.READ], 0)


@pytest.mark.requirement("R21")
def test_a_whole_check_asks_redis_once_and_tells_it_once(
    redis_facts: Any,
    trips: list[store.Script],
    person: Callable[..., Any],  # noqa: F811
) -> None:
    user = person()
    selects = []
    for n in range(3):
        trips.clear()
        with CaptureQueriesContext(connection) as queries:
            decision = guard.check(user, invitation(uid=f"{n}@x", summary=f"Lunch {n}"))
        assert decision.verdict is Verdict.ALLOW
        selects.append([q["sql"] for q in queries if q["sql"].startswith("SELECT")])
    assert trips == [shared.scripts.READ, shared.scripts.APPEND]
    asked = [sql for sql in selects[-1] if not sql.startswith("SELECT set_config(")]  # comes with the INSERT
    assert [sql for sql in asked if "calguard" in sql] == []
    assert len(selects[0]) > 3  # the first one had to ask the database
    found = remembering.facts().answer(question(conf_now(), account=conf.host.account(user)))
    assert (found.behaviour.attempts_hour, found.behaviour.recipients_hour) == (3, 3)


def conf_now() -> datetime:
    from django.utils import timezone

    return timezone.now()


def test_checks_of_one_transaction_see_one_another(redis_facts: Any, now: datetime) -> None:
    remembering.facts().answer(question(now))
    with transaction.atomic():
        for n in range(5):
            assert remembering.facts().answer(question(now)).behaviour.attempts_hour == n
            decided(ago(now, seconds=9 - n))


def test_what_is_rolled_back_is_no_longer_counted_when_the_account_is_read_anew(
    redis_facts: Any, now: datetime
) -> None:
    remembering.facts().answer(question(now))
    with transaction.atomic():
        decided(ago(now, minutes=50))
        transaction.set_rollback(True)
    assert remembering.facts().answer(question(now)).behaviour.attempts_hour == 1  # it was tried
    people.note_credential_change(ME, at=now)
    remembering.facts().answer(question(now))
    assert remembering.facts().answer(question(now)).behaviour.attempts_hour == 0


def test_redis_emptied_is_redis_warmed(redis_facts: Any, now: datetime) -> None:
    decided(ago(now, minutes=5), Verdict.HOLD)
    asked = question(now)
    for _ in range(2):
        remembering.facts().answer(asked)
    redis_facts.delete(*names_in(redis_facts))
    assert remembering.facts().answer(asked).behaviour.refused_week == 1
    with CaptureQueriesContext(connection) as queries:
        assert remembering.facts().answer(asked).behaviour.refused_week == 1
    assert len(queries) == 0


def test_scripts_forgotten_by_the_server_are_sent_again(redis_facts: Any, now: datetime) -> None:
    asked = question(now)
    remembering.facts().answer(asked)
    redis_facts.script_flush()
    assert remembering.facts().answer(asked) == DatabaseFacts(conf.database).answer(asked)


@pytest.mark.parametrize("kind", ["refused", "deaf"])
def test_without_redis_the_database_answers_in_the_same_check(
    settings: Settings, redis_facts: Any, deaf: int, now: datetime, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked once in the second that does not pass here, and not twenty times."""
    monkeypatch.setattr(store.time, "monotonic", lambda: 100.0)
    decided(ago(now, minutes=5), Verdict.HOLD)
    port = deaf if kind == "deaf" else free_port()
    settings.CALGUARD = {**settings.CALGUARD, "FACTS": f"redis://127.0.0.1:{port}/0"}
    asked, before = question(now), alarm.counts().get("facts", 0)
    for _ in range(20):
        assert remembering.facts().answer(asked) == DatabaseFacts(conf.database).answer(asked)
        decided(ago(now, minutes=4), Verdict.ALLOW)
    assert alarm.counts()["facts"] == before + 1


def test_a_server_that_comes_back_is_asked_again(
    settings: Settings, redis_facts: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [100.0]
    monkeypatch.setattr(store.time, "monotonic", lambda: clock[0])
    server = store.Store(f"redis://127.0.0.1:{free_port()}/0")
    pauses = []
    for _ in range(7):
        with pytest.raises(store.Unavailable):
            server.run(shared.scripts.FORGET, [b"x"], [])
        assert not server.available
        began = clock[0]
        while not server.available:
            clock[0] += 0.5
        pauses.append(clock[0] - began)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    server._url, server._client = conf.facts or "", None
    assert server.run(shared.scripts.FORGET, [b"x"], []) == 0
    assert server.available


def test_a_whole_check_survives_a_server_that_refuses_to_write(
    settings: Settings,
    redis_facts: Any,
    person: Callable[..., Any],  # noqa: F811
) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "FACTS": f"redis://127.0.0.1:{free_port()}/0"}
    assert guard.check(person(), invitation()).verdict is Verdict.ALLOW


@pytest.mark.parametrize("damage", [b"", b"F", b"X" * 40, b"F\0\0" + b"\xff" * 10, b"F\0\0aaaa\x0b\0\xff\xff"])
def test_what_is_damaged_is_read_anew(redis_facts: Any, now: datetime, damage: bytes) -> None:
    decided(ago(now, minutes=5), Verdict.HOLD)
    asked = question(now)
    for _ in range(2):
        remembering.facts().answer(asked)
    [key] = [name for name in names_in(redis_facts) if name.endswith(b"}")]
    redis_facts.set(key, damage)
    for _ in range(3):
        assert remembering.facts().answer(asked).behaviour.refused_week == 1
    assert redis_facts.get(key).startswith(b"F")


def test_damage_beside_an_account_is_read_anew_too(redis_facts: Any, now: datetime) -> None:
    """What its attempts said, where it was, and who abuses its network lie in keys of their own."""
    decided(ago(now, minutes=5), Verdict.HOLD)
    asked = question(now)
    for _ in range(2):
        remembering.facts().answer(asked)
    [account] = [name for name in names_in(redis_facts) if name.endswith(b"}")]
    for part in ("words", "place"):
        if part == "words":
            redis_facts.zadd(account + b"w", {b"\0" * 8 + b"\xff\xfe": 2**62})
        else:
            redis_facts.set(account + b"p", b"\xff" * 11 + b"\x7f")
        for _ in range(3):
            assert remembering.facts().answer(asked).behaviour.refused_week == 1
        assert redis_facts.get(account).startswith(b"F")


def test_no_octets_from_elsewhere_are_anything_but_damaged(now: datetime) -> None:
    whole = pack(
        (
            True,
            None,
            7,
            -7,
            1.5,
            "a",
            "ab" * 4,
            b"\0",
            now,
            frozenset({"x"}),
            {"en": 2},
            (0, 0, 3),
            ("ab" * 4, "cd" * 4),
        )
    )
    for end in range(len(whole)):
        with pytest.raises(Damaged):
            unpack(whole[:end])
    with pytest.raises(Damaged):
        unpack(b"l\x01" * 5000 + b"N")
    with pytest.raises(TypeError):
        pack(object())


def test_an_account_read_while_it_changes_is_read_again(
    redis_facts: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restriction that is written between reading the ledger and keeping what it said is not lost."""
    read = shared.standing.read

    def late(account: str, **given: Any) -> Any:
        found = read(account, **given)
        monkeypatch.setattr(shared.standing, "read", read)
        people.restrict(ME, "sending", "o:1", "why", by_human=True, at=now, expires_at=None)
        return found

    monkeypatch.setattr(shared.standing, "read", late)
    remembering.facts().answer(question(now))
    assert len(remembering.facts().answer(question(now)).known.restrictions) == 1


def test_an_attempt_recorded_while_the_account_is_read_is_kept_and_counted_once(
    redis_facts: Any, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = shared.loading.load

    def slow(account: str, **given: Any) -> Any:
        decided(ago(now, minutes=1))  # before: it is in the database and appended
        found = load(account, **given)
        decided(ago(now, minutes=2))  # after: only appended
        return found

    monkeypatch.setattr(shared.loading, "load", slow)
    remembering.facts().answer(question(now))
    monkeypatch.setattr(shared.loading, "load", load)
    assert remembering.facts().answer(question(now)).behaviour.attempts_hour == 2


def test_many_at_once_lose_nothing(redis_facts: Any, now: datetime) -> None:
    def attempt(n: int) -> None:
        try:
            shown = question(now + timedelta(seconds=1))
            remembering.facts().answer(shown)
            decided(ago(now, milliseconds=n))
            remembering.facts().answer(shown)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(attempt, range(40)))
    for _ in range(2):
        found = remembering.facts().answer(question(now + timedelta(seconds=1)))
    assert found.behaviour.attempts_hour == 40


def test_names_tell_nobody_and_everything_has_an_end(redis_facts: Any, now: datetime) -> None:
    decided(ago(now, minutes=1), said=SECRET, prefix="1" * 64, latitude=52, longitude=13)
    asked = question(now, prefix="1" * 64, guests=("4" * 64,))
    for _ in range(2):
        remembering.facts().answer(asked)
    names = names_in(redis_facts)
    assert len(names) == 4
    for key in names:
        assert ME.encode() not in key
        assert b"1" * 16 not in key
        assert 0 < redis_facts.pttl(key) <= 8 * 86_400_000
    with_words = [key for key in names if redis_facts.type(key) == b"zset"]
    assert [redis_facts.pttl(key) <= 600_000 for key in with_words] == [True]
    assert all(SECRET.encode() not in redis_facts.get(key) for key in names if key not in with_words)


@pytest.mark.requirement("R18")
@pytest.mark.parametrize(("hours", "longest"), [(2, 2), (48, 24)])
def test_places_are_kept_as_long_as_the_operator_keeps_addresses(
    redis_facts: Any, settings: Settings, now: datetime, hours: int, longest: int
) -> None:
    settings.CALGUARD = settings.CALGUARD | {"IP_RETENTION_HOURS": hours}
    decided(ago(now, minutes=1), latitude=52, longitude=13)
    for _ in range(2):
        remembering.facts().answer(question(now))
    [place] = [key for key in names_in(redis_facts) if key.endswith(b"p")]
    assert 0 < redis_facts.pttl(place) <= longest * 3_600_000


def test_two_databases_on_one_server_keep_apart(
    redis_facts: Any, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(ago(now, minutes=1), Verdict.HOLD)
    for _ in range(2):
        remembering.facts().answer(question(now))
    monkeypatch.setitem(connection.settings_dict, "HOST", "elsewhere")
    names = shared.SharedFacts(store.at(conf.facts or ""), conf.database).keys
    assert redis_facts.get(names.of_account(ME)[0]) is None


def test_a_version_with_other_fields_reads_nothing_of_this_one(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    mine = shared.Keys.of(conf.database)
    keys._beginning.cache_clear()
    monkeypatch.setattr(packing, "KINDS", packing.KINDS[:1])
    assert shared.Keys.of(conf.database) != mine
    keys._beginning.cache_clear()


def test_nothing_is_asked_of_redis_where_none_is_named(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.Store, "run", partial(pytest.fail, "asked"))
    people.note_seen(ME, at=now)
    people.strike(ME, "o:1", at=now, expires_at=now + timedelta(days=1))
    decided(now)
    assert isinstance(remembering.facts(), DatabaseFacts)
