"""Queries that Django writes once, as writing one takes many times longer than running it; only what is asked changes.

    found = Prepared(lambda: Profile.objects.filter(account=given("account", str)).values_list("tenant"))
    rows = found.rows(using, account="auth.user:7")

The SQL, and what turns columns into values, are the ORM's own. What `rows` is given takes the place of `given`.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import connections
from django.db.models import CharField, DateField, DateTimeField, Field, IntegerField, QuerySet, UUIDField, Value

__all__ = ["Given", "Prepared", "given", "many", "several"]

FIELDS: dict[type, type[Field[Any, Any]]] = {
    str: CharField,
    int: IntegerField,
    datetime: DateTimeField,
    date: DateField,
    UUID: UUIDField,
}


class Given(Value):
    """Stands in a query for what it is given when it runs. Of a moment, a time before or after it may be named."""

    def __init__(self, name: str, output_field: Field[Any, Any], before: timedelta = timedelta(0)) -> None:
        super().__init__(name, output_field=output_field)
        self.name, self.before = name, before

    def __sub__(self, span: timedelta) -> Given:  # type: ignore[override]
        return Given(self.name, self.output_field, self.before + span)

    def __add__(self, span: timedelta) -> Given:  # type: ignore[override]
        return Given(self.name, self.output_field, self.before - span)

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        return "%s", [self]

    def parameter(self, values: dict[str, Any], connection: Any) -> Any:
        """The value as the database takes it."""
        value = values[self.name]
        return self.output_field.get_db_prep_value(value - self.before if self.before else value, connection)


def given(name: str, kind: type) -> Any:
    """A place in a query for a value of this kind. None does not fit: in SQL nothing equals it."""
    return Given(name, FIELDS[kind]())


def several(name: str, kind: type, size: int) -> list[Any]:
    """Places for as many values as `many` makes of those there are."""
    return [given(f"{name}{n}", kind) for n in range(size)]


def many(name: str, values: Sequence[Any]) -> dict[str, Any]:
    """Values for `several`: the last again and again up to a power of two, so that few shapes are kept."""
    size = 1 << (len(values) - 1).bit_length() if values else 0
    return {f"{name}{n}": values[min(n, len(values) - 1)] for n in range(size)}


class Prepared:
    """A query of `values_list`, built by a function. Where what is asked changes the query itself, the function takes
    arguments, of which `rows` is given hashable ones in `shape`; of each shape a query is kept."""

    def __init__(self, build: Callable[..., Any]) -> None:
        self._build = build
        self._kept: dict[Hashable, tuple[Any, str, tuple[Any, ...], list[Any]]] = {}

    def rows(self, using: str, *shape: Hashable, **values: Any) -> list[tuple[Any, ...]]:
        """Every row, with the values in place of what was `given`; one query."""
        connection: Any = connections[using]
        key = (using, connection.vendor, shape)
        query, sql, parameters, columns = self._kept.get(key) or self._write(key, using, shape)
        told = [one.parameter(values, connection) if isinstance(one, Given) else one for one in parameters]
        with connection.cursor() as cursor:
            cursor.execute(sql, told)
            found = cursor.fetchall()
        compiler = query.get_compiler(connection=connection)
        converters = compiler.get_converters(columns)
        if converters:
            found = compiler.apply_converters(found, converters)
        return [tuple(row[: len(columns)]) for row in found]

    def _write(
        self, key: Hashable, using: str, shape: tuple[Hashable, ...]
    ) -> tuple[Any, str, tuple[Any, ...], list[Any]]:
        query = cast("QuerySet[Any]", self._build(*shape).using(using)).query
        compiler: Any = query.get_compiler(using)
        sql, parameters = compiler.as_sql()
        columns = [column for column, *_ in compiler.select[: compiler.col_count]]
        kept = self._kept[key] = (query, sql, tuple(parameters), columns)
        return kept
