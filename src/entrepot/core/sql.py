"""Set-based SQL in few words: every function here is one statement, whatever the number of rows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import psycopg
from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor

Row = tuple[Any, ...]
# The driver's own reader of instants. Django puts a slower one in its place, which also knows other time zones than the
# connection's; ours is UTC.
_INSTANTS = psycopg.adapters.get_loader(psycopg.adapters.types["timestamptz"].oid, psycopg.pq.Format.TEXT)


def rows(query: str, params: Sequence[Any] | dict[str, Any] = (), *, bound: bool = False) -> list[Row]:
    """All rows. Without parameters a percent sign in the query stands for itself."""
    with _cursor(bound) as cursor:
        cursor.execute(query, _quick(params) or None)
        found: list[Row] = cursor.fetchall()
        return found


def dicts(query: str, params: Sequence[Any] | dict[str, Any] = (), *, bound: bool = False) -> list[dict[str, Any]]:
    with _cursor(bound) as cursor:
        cursor.execute(query, _quick(params) or None)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def run(query: str, params: Sequence[Any] | dict[str, Any] = (), *, bound: bool = False) -> int:
    """Executes and returns the number of rows touched."""
    with _cursor(bound) as cursor:
        cursor.execute(query, _quick(params) or None)
        return int(cursor.rowcount)


def add_to(table: str, signs: Mapping[str, int], organization_id: int, amounts: Mapping[int, int]) -> None:
    """Adds `amounts` (row id -> number) to integer columns of rows: `signs` says +1 or -1 for each column.

    The ids stand there twice: without a condition of their own the planner, who knows nothing of an organization's size,
    would read all rows of it.
    """
    sets = ", ".join(f"{column} = t.{column} {'+' if sign > 0 else '-'} row.amount" for column, sign in signs.items())
    run(
        f"""
        UPDATE {table} t SET {sets} FROM unnest(%s::bigint[], %s::integer[]) AS row (id, amount)
        WHERE t.organization_id = %s AND t.id = ANY(%s) AND t.id = row.id
        """,
        [list(amounts), list(amounts.values()), organization_id, list(amounts)],
        bound=True,
    )


def ids_from(sequence: str, count: int) -> list[int]:
    """Takes `count` numbers from a sequence, so that parents and children can be written in one go each."""
    return [row[0] for row in rows("SELECT nextval(%s) FROM generate_series(1, %s)", [sequence, count])]


def insert(
    table: str, columns: dict[str, str], values: Sequence[dict[str, Any]], *, suffix: str = "ON CONFLICT DO NOTHING"
) -> list[Row]:
    """Inserts rows given as dicts; `columns` maps each column to its SQL type. `suffix` may return columns.

    One JSON parameter instead of one array per column: written by C on our side, read by C on the other. What is the
    same in every row (the organization, the instant) travels once.
    """
    same = _same_in_all(columns, values)
    varying = [name for name in columns if name not in same] or [next(iter(columns))]
    chosen = ", ".join(f"row.{name}" if name in varying else f"%s::{kind}" for name, kind in columns.items())
    record = ", ".join(f"{name} {columns[name]}" for name in varying)
    query = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM json_to_recordset(%s::json) AS row ({record}) {suffix}"
    rows_json = dump([{name: value[name] for name in varying} for value in values])
    with _cursor(bound=True) as cursor:
        cursor.execute(query, [*(same[name] for name in columns if name not in varying), rows_json])
        return cursor.fetchall() if "RETURNING" in suffix else []


def _cursor(bound: bool) -> Any:
    """`bound` sends parameters beside the statement, so that the server need not read thousands of ids as SQL first.

    Then a parameter whose place does not say its type needs a cast (`%s::bigint`).
    """
    if not bound:
        return connection.cursor()
    connection.ensure_connection()
    raw = ServerBindingCursor(connection.connection)  # type: ignore[call-arg] # the stubs miss psycopg's own arguments
    raw.adapters.register_loader("timestamptz", _INSTANTS)  # type: ignore[attr-defined] # as above
    return connection._prepare_cursor(raw)  # type: ignore[attr-defined] # private, but what wraps every cursor


_PLAIN = (str, int, bool, datetime, type(None))


def _same_in_all(columns: Iterable[str], values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not values:
        return {}
    first, last = values[0], values[-1]
    return {
        name: first[name]
        for name in columns
        if isinstance(first[name], _PLAIN)
        and first[name] == last[name]  # most columns that differ show it here
        and [value[name] for value in values].count(first[name]) == len(values)
    }


def dump(value: Any) -> str:
    """JSON text for a parameter."""
    return orjson.dumps(value, default=str).decode()


_INTEGERS = {int, type(None)}


def _quick(params: Sequence[Any] | dict[str, Any]) -> Sequence[Any] | dict[str, Any]:
    """Lists of integers as array literals, written in one go: the driver adapts them element by element."""
    if isinstance(params, dict):
        return {name: _literal(value) for name, value in params.items()}
    return [_literal(value) for value in params]


def _literal(value: Any) -> Any:
    if type(value) is not list or not value or not set(map(type, value)) <= _INTEGERS:
        return value
    return "{" + orjson.dumps(value).decode()[1:-1] + "}"  # JSON's null is NULL in an array too
