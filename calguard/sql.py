"""Statements that Django writes once, as writing one takes many times longer than running it; only values change.

    found = Prepared(lambda: Profile.objects.filter(account=given("account", str)).values_list("tenant"))
    rows = found.rows(using, account="auth.user:7")

The SQL, and what turns columns into values and back, are the ORM's own. What `rows` is given takes the place of
`given`. `Changed` is the same for UPDATE, and `Added` for an INSERT of one row.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, NamedTuple, TypeVar, cast
from uuid import UUID

from django.db import connections
from django.db.models import (
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    Field,
    FloatField,
    IntegerField,
    JSONField,
    Model,
    QuerySet,
    TextField,
    UUIDField,
    Value,
)
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery, UpdateQuery
from django.db.transaction import mark_for_rollback_on_error

__all__ = ["ALONE", "Added", "Around", "Changed", "Given", "Prepared", "Whole", "given", "many", "several"]

M = TypeVar("M", bound=Model)

AS_IT_IS: Mapping[type, type] = {CharField: str, TextField: str, BooleanField: bool, FloatField: float}
FIELDS: dict[type, type[Field[Any, Any]]] = {
    str: CharField,
    int: IntegerField,
    datetime: DateTimeField,
    date: DateField,
    UUID: UUIDField,
    dict: JSONField,
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
        with connection.cursor() as cursor:
            cursor.execute(sql, _told(parameters, values, connection))
            found = cursor.fetchall()
        if not found:
            return []
        turned = vars(connection).setdefault("_calguard_converters", {})  # bound to it, and gone with it
        converters = turned.get((self, key))
        compiler = query.get_compiler(connection=connection)
        if converters is None:
            converters = turned[self, key] = compiler.get_converters(columns)
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


class Whole(Generic[M]):
    """The same for rows with all their columns, as instances of their model."""

    def __init__(self, build: Callable[..., QuerySet[M]]) -> None:
        self._build = build
        self._model: type[M] | None = None
        self._names: list[str] = []
        self._rows = Prepared(self._columns)

    def _columns(self, *shape: Hashable) -> QuerySet[M, Any]:
        rows = self._build(*shape)
        self._names = [field.attname for field in rows.model._meta.concrete_fields]
        self._model = rows.model
        return rows.values_list(*self._names)

    def all(self, using: str, *shape: Hashable, **values: Any) -> list[M]:
        rows = self._rows.rows(using, *shape, **values)
        return [cast("type[M]", self._model).from_db(using, self._names, row) for row in rows]

    def first(self, using: str, *shape: Hashable, **values: Any) -> M | None:
        """Of a query that is limited to one row."""
        return next(iter(self.all(using, *shape, **values)), None)


class Changed:
    """An UPDATE. The function gives which rows, and what becomes of their columns, where `given` may stand too."""

    def __init__(self, build: Callable[..., tuple[QuerySet[Any], Mapping[str, Any]]]) -> None:
        self._build = build
        self._kept: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}

    def run(self, using: str, *shape: Hashable, **values: Any) -> int:
        """The number of rows that were changed."""
        connection: Any = connections[using]
        key = (using, connection.vendor, shape)
        sql, parameters = self._kept.get(key) or self._write(key, using, shape)
        with mark_for_rollback_on_error(using), connection.cursor() as cursor:
            cursor.execute(sql, _told(parameters, values, connection))
            return int(cursor.rowcount)

    def _write(self, key: Hashable, using: str, shape: tuple[Hashable, ...]) -> tuple[str, tuple[Any, ...]]:
        rows, changes = self._build(*shape)
        query: Any = rows.using(using).query.chain(UpdateQuery)
        query.add_update_values(dict(changes))
        query.clear_ordering(force=True)
        sql, parameters = query.get_compiler(using).as_sql()
        kept = self._kept[key] = (sql, tuple(parameters))
        return kept


@dataclass(frozen=True, slots=True)
class Around:
    """What PostgreSQL runs before and after a statement, in the same message."""

    before: str = ""
    after: str = ""

    @property
    def opening(self) -> Around:
        return Around(before=self.before)

    @property
    def closing(self) -> Around:
        return Around(after=self.after)


ALONE = Around()


class Column(NamedTuple):
    """One of an INSERT. What is of `kind` already is sent as it is, without asking the field."""

    name: str
    field: Field[Any, Any]
    kind: type | None


Insert = tuple[str, list[Column]]
Pair = tuple[str, list[Column], tuple[tuple[str, str], ...]]  # and by which names both rows say the same


class Added(Generic[M]):
    """An INSERT of one row whose key is known. Where it exists already it is left alone (`ignore`), or the columns that
    `update` names are written over (`unique` says by what it is the same). A new row never has what `never` names."""

    def __init__(
        self,
        model: type[M],
        *,
        ignore: bool = False,
        update: Sequence[str] = (),
        unique: Sequence[str] = (),
        never: Sequence[str] = (),
    ) -> None:
        self._model = model
        self._conflict = OnConflict.IGNORE if ignore else OnConflict.UPDATE if update else None
        self._update, self._unique, self._never = update, unique, never
        self._kept: dict[Hashable, Insert] = {}
        self._pairs: dict[Hashable, Pair] = {}

    def add(self, row: M, using: str, *, along: tuple[Added[Any], Model] | None = None, within: Around = ALONE) -> None:
        """As `bulk_create` of this row alone: no signal of Django's is sent, and a number is not given back. `along`: a
        row that refers to it, which PostgreSQL writes in the same statement. `within` is for PostgreSQL alone."""
        connection: Any = connections[using]
        if along is None:
            statements = [self._statement(row, using, connection)]
        elif connection.vendor == "postgresql":
            statements = [self._both(row, *along, using, connection)]
        else:
            statements = [self._statement(row, using, connection), along[0]._statement(along[1], using, connection)]
        with mark_for_rollback_on_error(using), connection.cursor() as cursor:
            for sql, values in statements:
                cursor.execute(f"{within.before}{sql}{within.after}", values)
        for written in (row, along[1]) if along is not None else (row,):
            written._state.adding, written._state.db = False, using

    def _statement(self, row: Any, using: str, connection: Any) -> tuple[str, list[Any]]:
        sql, columns = self._insert(row, using, connection)
        return sql, _values(row, columns, connection)

    def _both(self, row: Any, added: Added[Any], other: Any, using: str, connection: Any) -> tuple[str, list[Any]]:
        """Both rows in one statement, and what both say only once, as psycopg reads a statement anew each time that has
        more than fifty values."""
        mine, its = self._insert(row, using, connection), added._insert(other, using, connection)
        key = (using, added)
        sql, rest, alike = self._pairs.get(key) or self._pair(key, mine, its, connection)
        if any(getattr(row, name) != getattr(other, same) for name, same in alike):
            sql, rest = f"WITH first AS ({mine[0]}) {its[0]}", its[1]
        return sql, [*_values(row, mine[1], connection), *_values(other, rest, connection)]

    def _pair(self, key: Hashable, mine: Insert, its: Insert, connection: Any) -> Pair:
        quote = connection.ops.quote_name
        known = {column.name: column.field for column in mine[1]}
        told, rest, alike = [], [], []
        for column in its[1]:
            field = column.field
            name = "pk" if field.related_model is self._model else column.name
            same = self._model._meta.pk if name == "pk" else known.get(name)
            if same is None or field.primary_key or same.db_type(connection) != field.db_type(connection):
                told.append("%s")
                rest.append(column)
            else:
                told.append(quote(same.column))
                alike.append((name, column.name))
        into = its[0].partition(" VALUES ")[0]
        back = ", ".join(sorted({name for name in told if name != "%s"}))
        sql = f"WITH first AS ({mine[0]} RETURNING {back}) {into} SELECT {', '.join(told)} FROM first"  # noqa: S608  names of ours
        kept = self._pairs[key] = (sql, rest, tuple(alike))
        return kept

    def _insert(self, row: Any, using: str, connection: Any) -> Insert:
        for name in self._never:
            if getattr(row, name) is not None:
                raise ValueError(f"{name} is not written with a new row")
        key = (using, connection.vendor)
        return self._kept.get(key) or self._write(key, row, using)

    def _write(self, key: Hashable, row: M, using: str) -> Insert:
        options = self._model._meta
        fields: list[Any] = [
            one for one in options.local_concrete_fields if not one.generated and one.attname not in self._never
        ]
        if options.pk is options.auto_field:
            fields.remove(options.pk)
        query: Any = InsertQuery(
            self._model,
            on_conflict=self._conflict,
            update_fields=[options.get_field(name) for name in self._update],
            unique_fields=[options.get_field(name) for name in self._unique],
        )
        query.insert_values(fields, [row])
        ((sql, _),) = query.get_compiler(using).as_sql()
        kept = self._kept[key] = (sql, [Column(one.attname, one, AS_IT_IS.get(type(one))) for one in fields])
        return kept


def _values(row: Any, columns: Sequence[Column], connection: Any) -> list[Any]:
    """As the database takes them. Texts and the like are most of a row, and the fields would give them back."""
    found = []
    for name, field, kind in columns:
        value = getattr(row, name) if kind else field.pre_save(row, add=True)
        known = kind is not None and (value is None or type(value) is kind)
        found.append(value if known else field.get_db_prep_save(value, connection))
    return found


def _told(parameters: Sequence[Any], values: dict[str, Any], connection: Any) -> list[Any]:
    return [one.parameter(values, connection) if isinstance(one, Given) else one for one in parameters]
