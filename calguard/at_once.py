"""A savepoint with short timeouts of its own around a statement or two, in their messages to PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, connections

from calguard.conf import conf
from calguard.sql import Around

NAME = "calguard_at_once"
UNSPOILT, BROKEN = 2, 3  # a transaction, and one that an error has ended, as libpq numbers them (PQTRANS_...)


def can(using: str, *, several: bool) -> bool:
    """Whether the database takes several statements in one message. With values bound by the server it does not; and
    where there is no transaction, `several` messages would not stand or fall together."""
    connection: Any = connections[using]
    return (
        connection.vendor == "postgresql"
        and not connection.features.uses_server_side_binding
        and not connection.needs_rollback
        and (connection.in_atomic_block or (not several and connection.get_autocommit()))
    )


@contextmanager
def framed(using: str) -> Iterator[Around]:
    """What goes around the statement, or before the first and after the last. An error inside the block undoes them
    alone, and the host's transaction goes on.

    The timeouts end with the message where there is no transaction, as several statements in one message are one;
    inside the host's they are given back, or the savepoint's rollback does.
    """
    connection: Any = connections[using]
    wanted = (
        f"set_config('lock_timeout', '{conf.lock_timeout_ms}ms', true),"
        f" set_config('statement_timeout', '{conf.statement_timeout_ms}ms', true)"
    )
    if not connection.in_atomic_block:
        yield Around(f"SELECT {wanted}; ")
        return
    try:
        yield Around(f"SAVEPOINT {NAME}; SELECT {_KEPT}, {wanted}; ", f"; SELECT {_BACK}; RELEASE SAVEPOINT {NAME}")
    except BaseException:
        _undo(connection)
        raise


_LIMITS = ("lock_timeout", "statement_timeout")
_KEPT = ", ".join(f"set_config('calguard.{name}', current_setting('{name}'), true)" for name in _LIMITS)
_BACK = ", ".join(f"set_config('{name}', current_setting('calguard.{name}'), true)" for name in _LIMITS)


def _undo(connection: Any) -> None:
    """As `transaction.atomic` does. What failed before it was sent has made no savepoint, and spoilt nothing."""
    held = connection.connection
    status = None if held is None else held.info.transaction_status
    connection.needs_rollback = status != UNSPOILT
    if status != BROKEN:
        return
    connection.needs_rollback = False
    try:
        connection.savepoint_rollback(NAME)
        connection.savepoint_commit(NAME)
    except Error:
        connection.needs_rollback = True
