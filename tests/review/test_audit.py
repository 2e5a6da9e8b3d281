"""The audit log: entries are added, nothing else; whoever changes one behind our back is found."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from calguard import audit
from calguard.models import AuditEntry

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R90")]


@pytest.fixture
def chain(now: datetime) -> list[AuditEntry]:
    return [
        audit.record("auth.user:1", "case.release", f"case:{n}", "wrong alarm", {"n": n, "who": ["a", "b"]}, at=now)
        for n in range(5)
    ]


def test_a_chain_nobody_touched_is_whole(chain: list[AuditEntry]) -> None:
    assert audit.verify() is None
    assert audit.survey().entries == 5
    assert chain[0].previous == audit.GENESIS
    assert [entry.previous for entry in chain[1:]] == [entry.digest for entry in chain[:-1]]


def test_an_empty_log_is_whole() -> None:
    assert audit.verify() is None


def test_values_that_databases_rewrite_still_verify(now: datetime) -> None:
    data = {"points": 1.0, "huge": 1e20, "at": now, "nul": "a\x00b", "half": "\ud800", 7: None, "set": {"b", "a"}}
    audit.record("system", "odd", "x", "a\x00b \u202e \ud83d", data, at=now + timedelta(microseconds=1))
    assert audit.verify() is None
    entry = AuditEntry.objects.get()
    assert entry.data["points"] == "1.0"
    assert entry.data["set"] == ["a", "b"]


def _raw(sql: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("reason", "another reason"),
        ("actor", "auth.user:2"),
        ("action", "case.deny"),
        ("target", "case:99"),
        ("data", '{"n": 99}'),
        ("at", "2020-01-01 00:00:00+00:00"),
        ("digest", "f" * 64),
    ],
)
def test_an_entry_edited_in_the_database_is_found(chain: list[AuditEntry], column: str, value: str) -> None:
    _raw(f"UPDATE calguard_auditentry SET {column} = %s WHERE id = %s", value, chain[2].pk)
    broken = audit.verify()
    assert broken is not None
    assert broken.pk == chain[2].pk


def test_an_entry_removed_in_the_database_is_found(chain: list[AuditEntry]) -> None:
    _raw("DELETE FROM calguard_auditentry WHERE id = %s", chain[2].pk)
    broken = audit.verify()
    assert broken is not None
    assert broken.pk == chain[3].pk


def test_the_first_entry_removed_is_found(chain: list[AuditEntry]) -> None:
    _raw("DELETE FROM calguard_auditentry WHERE id = %s", chain[0].pk)
    assert audit.verify() == chain[1]


def test_entries_cut_off_at_the_end_are_found_by_a_digest_kept_elsewhere(chain: list[AuditEntry]) -> None:
    assert audit.survey(chain[-1].digest).seen
    _raw("DELETE FROM calguard_auditentry WHERE id = %s", chain[-1].pk)
    assert audit.survey().broken is None
    assert not audit.survey(chain[-1].digest).seen


def test_the_chain_cannot_fork(chain: list[AuditEntry], now: datetime) -> None:
    fork = AuditEntry(at=now, actor="x", action="y", target="z", previous=chain[1].digest, digest="e" * 64)
    with pytest.raises(IntegrityError), transaction.atomic():
        fork.save()


def _overwrite(entry: AuditEntry) -> None:
    copy = AuditEntry(pk=entry.pk, at=entry.at, actor="x", action="y", target="z", previous="a" * 64, digest="b" * 64)
    with transaction.atomic():
        copy.save()


def _change(entry: AuditEntry) -> None:
    entry.reason = "another"
    entry.save()


FORBIDDEN: dict[str, Callable[[AuditEntry], object]] = {
    "save": _change,
    "save over": _overwrite,
    "delete": lambda entry: entry.delete(),
    "update": lambda entry: AuditEntry.objects.update(reason="x"),
    "filtered update": lambda entry: AuditEntry.objects.filter(pk=entry.pk).update(reason="x"),
    "queryset delete": lambda entry: AuditEntry.objects.all().delete(),
    "bulk_update": lambda entry: AuditEntry.objects.bulk_update([entry], ["reason"]),
    "bulk_create": lambda entry: AuditEntry.objects.bulk_create([entry], ignore_conflicts=True),
    "update_or_create": lambda entry: AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"reason": "x"}),
    "base manager update": lambda entry: AuditEntry._base_manager.update(reason="x"),
    "base manager delete": lambda entry: AuditEntry._base_manager.all().delete(),
    "raw delete": lambda entry: AuditEntry.objects.all()._raw_delete("default"),
}


@pytest.mark.parametrize("way", FORBIDDEN)
def test_the_orm_neither_changes_nor_removes_an_entry(chain: list[AuditEntry], way: str) -> None:
    with pytest.raises((TypeError, IntegrityError)):
        FORBIDDEN[way](chain[2])
    assert AuditEntry.objects.count() == 5
    assert audit.verify() is None


def test_the_command_prints_the_head(chain: list[AuditEntry], capsys: pytest.CaptureFixture[str]) -> None:
    call_command("calguard_audit", "--contains", chain[1].digest)
    assert f"5 entries, all whole. Last digest: {chain[-1].digest}" in capsys.readouterr().out


def test_the_command_fails_with_the_first_broken_entry(
    chain: list[AuditEntry], capsys: pytest.CaptureFixture[str]
) -> None:
    _raw("UPDATE calguard_auditentry SET reason = 'x' WHERE id >= %s", chain[1].pk)
    with pytest.raises(SystemExit) as stopped:
        call_command("calguard_audit")
    assert stopped.value.code == 1
    assert f"Entry {chain[1].pk} " in capsys.readouterr().err


def test_the_command_fails_where_the_end_was_cut_off(chain: list[AuditEntry]) -> None:
    with pytest.raises(SystemExit) as stopped:
        call_command("calguard_audit", "--contains", "d" * 64)
    assert stopped.value.code == 1


@pytest.mark.django_db(transaction=True)
def test_many_writers_make_one_chain(now: datetime) -> None:
    def write(n: int) -> None:
        try:
            with transaction.atomic():
                audit.record("system", "written", f"case:{n}", at=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(40)))
    found = audit.survey()
    assert found.broken is None
    assert found.entries == 40
