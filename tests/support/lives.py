"""In every test, a row changes its state only in ways that `calguard.lifecycle` names: the database refuses others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models.signals import post_migrate


def _watched(table: str, name: str, moves: Iterable[tuple[str, str]]) -> str:
    pairs = [f"({before!r}, {after!r})" for before, after in moves if before]
    return (
        f"CREATE TRIGGER IF NOT EXISTS lives_{name} BEFORE UPDATE OF state ON {table} "
        f"WHEN OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (VALUES {', '.join(pairs)}) "
        f"BEGIN SELECT RAISE(ABORT, 'calguard.lifecycle names no such change of a {name}'); END"
    )


def watch(using: str = "default", **_: Any) -> None:
    """Triggers on SQLite, where most tests run; other databases run the same code."""
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    from calguard.lifecycle import LIVES  # needs the models, which are there when tables are made

    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name, life in LIVES.items():
            table = life.model._meta.db_table
            if table in there:
                cursor.execute(_watched(table, name, ((str(move.before), str(move.after)) for move in life.moves)))


post_migrate.connect(watch, dispatch_uid="tests.lives")
