"""All state in one SQLite file. Orders are JSON documents with the few columns that lists are made by."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  marketplace TEXT NOT NULL, shop TEXT NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
  status TEXT NOT NULL, due INTEGER, rejected INTEGER NOT NULL DEFAULT 0, doc TEXT NOT NULL, was TEXT,
  PRIMARY KEY (marketplace, id)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS orders_updated ON orders (marketplace, shop, updated, id);
CREATE INDEX IF NOT EXISTS orders_created ON orders (marketplace, shop, created, id);
CREATE INDEX IF NOT EXISTS orders_due ON orders (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS links (
  marketplace TEXT NOT NULL, kind TEXT NOT NULL, ref TEXT NOT NULL, order_id TEXT NOT NULL,
  PRIMARY KEY (marketplace, kind, ref)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS things (
  marketplace TEXT NOT NULL, shop TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, doc TEXT NOT NULL,
  PRIMARY KEY (marketplace, kind, shop, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tokens (
  token TEXT PRIMARY KEY, kind TEXT NOT NULL, marketplace TEXT NOT NULL, shop TEXT NOT NULL,
  expires INTEGER, state TEXT NOT NULL, extra TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (
  id INTEGER PRIMARY KEY, marketplace TEXT NOT NULL, shop TEXT NOT NULL, topic TEXT NOT NULL, body BLOB NOT NULL,
  headers TEXT NOT NULL, due_real INTEGER, attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_real) WHERE due_real IS NOT NULL;
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""
COLUMNS = "marketplace, shop, id, created, updated, status, due, rejected, doc"


@dataclass(slots=True)
class Order:
    """`doc` is the twin's own; the other fields are what the core sorts, wakes and counts by. Instants in ms."""

    marketplace: str
    shop: str
    id: str
    created: int
    updated: int
    status: str
    doc: dict[str, Any]
    due: int | None = None  # when `Twin.tick` is to be called next
    rejected: int = 0  # writes about this order that were refused


@dataclass(frozen=True, slots=True)
class Span:
    """Which orders a list is about: `since` <= `by` < `until`, both in ms, either open."""

    by: str = "updated"  # or "created"
    since: int | None = None
    until: int | None = None
    statuses: Sequence[str] = field(default=())
    newest_first: bool = False


class Store:
    """Every access is under one lock; `transaction` makes several accesses one commit."""

    def __init__(self, path: Path) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=30)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")  # survives a kill; only a power cut could lose the end
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self.lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._depth -= 1
                if self._depth == 0:
                    self._connection.execute("ROLLBACK")
                raise
            self._depth -= 1
            if self._depth == 0:
                self._connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self.lock:
            return self._connection.execute(query, values).fetchall()

    # -- orders

    def put(self, order: Order) -> None:
        """Write an order; the version before is kept for stale reads."""
        self.rows(
            f"INSERT INTO orders ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (marketplace, id) DO UPDATE SET "
            "updated = excluded.updated, status = excluded.status, due = excluded.due, rejected = excluded.rejected, "
            "was = CASE WHEN orders.doc = excluded.doc THEN orders.was ELSE orders.doc END, doc = excluded.doc",
            (order.marketplace, order.shop, order.id, order.created, order.updated, order.status, order.due, order.rejected,
             json.dumps(order.doc, ensure_ascii=False)),
        )  # fmt: skip

    def order(self, marketplace: str, order_id: str, *, shop: str | None = None) -> Order | None:
        """`shop` given: another shop's order does not exist."""
        found = self.rows(
            f"SELECT {COLUMNS} FROM orders WHERE marketplace = ? AND id = ? AND (? IS NULL OR shop = ?)",
            (marketplace, order_id, shop, shop),
        )
        return _order(found[0]) if found else None

    def version_before(self, order: Order) -> Order:
        """The order as it was before its last change, or as it is when it never changed."""
        found = self.rows("SELECT was FROM orders WHERE marketplace = ? AND id = ?", (order.marketplace, order.id))
        if not found or found[0][0] is None:
            return order
        return Order(
            order.marketplace, order.shop, order.id, order.created, order.updated, order.status, json.loads(found[0][0])
        )

    def orders(
        self, marketplace: str, shop: str | None, span: Span, *, after: tuple[int, str] | None = None, limit: int = 100
    ) -> list[Order]:
        """In order of (`span.by`, id); `after` is the last (instant, id) of the page before. `shop` None: all shops."""
        by = {"updated": "updated", "created": "created"}[span.by]
        where, values = _where(marketplace, shop, span)
        if after is not None:
            where += f" AND ({by}, id) {'<' if span.newest_first else '>'} (?, ?)"
            values += list(after)
        way = "DESC" if span.newest_first else "ASC"
        found = self.rows(
            f"SELECT {COLUMNS} FROM orders WHERE {where} ORDER BY {by} {way}, id {way} LIMIT ?",
            [*values, limit],
        )
        return [_order(row) for row in found]

    def count(self, marketplace: str, shop: str | None, span: Span) -> int:
        where, values = _where(marketplace, shop, span)
        return int(self.rows(f"SELECT count(*) FROM orders WHERE {where}", values)[0][0])

    def due(self, now_ms: int) -> Order | None:
        """The order whose timed event is the earliest of those that are due."""
        found = self.rows(f"SELECT {COLUMNS} FROM orders WHERE due <= ? ORDER BY due, id LIMIT 1", (now_ms,))
        return _order(found[0]) if found else None

    # -- what else there is

    def link(self, marketplace: str, kind: str, ref: str, order_id: str) -> None:
        """`ref` (a package id, a request id …) belongs to an order."""
        self.rows("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", (marketplace, kind, ref, order_id))

    def linked(self, marketplace: str, kind: str, ref: str) -> str | None:
        found = self.rows(
            "SELECT order_id FROM links WHERE marketplace = ? AND kind = ? AND ref = ?", (marketplace, kind, ref)
        )
        return str(found[0][0]) if found else None

    def put_thing(self, marketplace: str, shop: str, kind: str, thing_id: str, doc: dict[str, Any]) -> None:
        """Any other document of a shop: a package, a stock level, a feed …"""
        self.rows(
            "INSERT OR REPLACE INTO things VALUES (?, ?, ?, ?, ?)",
            (marketplace, shop, kind, thing_id, json.dumps(doc, ensure_ascii=False)),
        )

    def thing(self, marketplace: str, shop: str, kind: str, thing_id: str) -> dict[str, Any] | None:
        found = self.rows(
            "SELECT doc FROM things WHERE marketplace = ? AND shop = ? AND kind = ? AND id = ?",
            (marketplace, shop, kind, thing_id),
        )
        return dict(json.loads(found[0][0])) if found else None

    def things(self, marketplace: str, shop: str, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """(id, document), in order of id."""
        found = self.rows(
            "SELECT id, doc FROM things WHERE marketplace = ? AND shop = ? AND kind = ? ORDER BY id",
            (marketplace, shop, kind),
        )
        return [(str(thing_id), json.loads(doc)) for thing_id, doc in found]

    def setting(self, name: str, default: Any = None) -> Any:
        found = self.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return json.loads(found[0][0]) if found else default

    def keep(self, name: str, value: Any) -> None:
        self.rows("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def next(self, name: str) -> int:
        """1, 2, 3 … under a name; never the same number twice."""
        found = self.rows(
            "INSERT INTO numbers VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
            (name,),
        )
        return int(found[0][0])


def _where(marketplace: str, shop: str | None, span: Span) -> tuple[str, list[Any]]:
    by = {"updated": "updated", "created": "created"}[span.by]
    where, values = "marketplace = ?", [marketplace]
    asked: list[tuple[str, Any]] = [("shop = ?", shop), (f"{by} >= ?", span.since), (f"{by} < ?", span.until)]
    for clause, value in asked:
        if value is not None:
            where, values = f"{where} AND {clause}", [*values, value]
    if span.statuses:
        where += f" AND status IN ({', '.join('?' * len(span.statuses))})"
        values = [*values, *span.statuses]
    return where, list(values)


def _order(row: tuple[Any, ...]) -> Order:
    marketplace, shop, order_id, created, updated, status, due, rejected, doc = row
    return Order(marketplace, shop, order_id, created, updated, status, json.loads(doc), due, rejected)
