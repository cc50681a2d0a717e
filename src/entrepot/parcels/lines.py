"""Reads that several parcel verbs share: which orders and which goods a parcel holds."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from entrepot.core import counters, locking, sql
from entrepot.core.report import Outcome, Refusal
from entrepot.inventory.allocate import Demand
from entrepot.orders.queries import SHOWN
from entrepot.orders.states import EndedBy
from entrepot.parcels.states import Stage, Supply

TABLE = "parcels_parcel"
# What a carrier needs of an address: our column -> the word for it in a refusal. The street lies in the address itself.
ADDRESS_PARTS = {"recipient_name": "name", "line1": "line1", "city": "city", "country": "country"}
ADDRESS_HASH = "jsonb_hash_extended(recipient, 0) AS recipient_hash"
ADDRESS = ("recipient_name", "recipient ->> 'line1' AS line1", "city", "country")


def name_of(parcel_id: int) -> str:
    return f"P-{parcel_id}"


def count_key(state: Mapping[str, Any]) -> str:
    """The tab a parcel is counted in; To print has two halves."""
    supply = "short" if state.get("supply") == Supply.SHORT else "in_stock"
    return counters.key_of("parcel", state["stage"], supply if state["stage"] == Stage.TO_PRINT else "")


def missing(asked: Sequence[int], locked: locking.Locked) -> Iterator[Outcome]:
    for i in asked:
        if i in locked.busy:
            yield Outcome(i, name_of(i), Refusal.BUSY)
        elif i not in locked.rows:
            yield Outcome(i, name_of(i), Refusal.NOT_FOUND)


# The same in SQL, of orders `o`.
IS_OVER = "(o.stage = 'cancelled' OR o.ended_at IS NOT NULL)"

# Of orders `o`: its marketplace says that all of it has left under numbers, and none of them was ever one of
# its parcels here, nor did we tell it any.
ELSEWHERE = """(o.shipped_there_at IS NOT NULL AND o.told_at IS NULL AND o.numbers <> '{}' AND o.stage <> 'shipped'
    AND NOT EXISTS (SELECT 1 FROM parcels_parcelline one
        JOIN parcels_waybill w ON w.organization_id = one.organization_id AND w.parcel_id = one.parcel_id
        WHERE one.organization_id = %(org)s AND w.organization_id = %(org)s AND one.order_id = o.id
            AND w.number = ANY(o.numbers)))"""


def is_over(order_stage: str, ended_at: datetime | None) -> bool:
    """Whether an order is cancelled for good, wherever its goods are."""
    return order_stage == "cancelled" or ended_at is not None


@dataclass(slots=True)
class Orders:
    """The orders inside parcels, as they are now."""

    by_parcel: dict[int, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def ended(self, parcel_id: int) -> list[dict[str, Any]]:
        """Its orders that are cancelled for good."""
        return [order for order in self.by_parcel.get(parcel_id, ()) if is_over(order["stage"], order["ended_at"])]

    def stop(
        self, parcel_id: int, *, has_left: bool = False, number: str = ""
    ) -> tuple[Refusal, dict[str, Any]] | None:
        """Why this parcel must not go on: a cancelled order, one whose buyer asked to cancel, one on hold there, one
        that was shipped from elsewhere, or cancelled pieces in it, which count as long as they can be taken out. `number`: what
        the parcel is to get; one that the marketplace has already makes the parcel the one that was shipped.
        """
        for order in self.ended(parcel_id):
            if order["ended_by"] == EndedBy.MARKETPLACE:
                return Refusal.CANCELLED_THERE, {"order": order["shown"], "store": order["store"]}
            return Refusal.CANCELLED, {"order": order["shown"]}
        for order in self.by_parcel.get(parcel_id, ()):
            if order["cancellation_asked_at"] is not None:
                return Refusal.CANCELLATION_ASKED, {"order": order["shown"]}
        for order in self.by_parcel.get(parcel_id, ()):
            if order["held_there_at"] is not None and order["stage"] != "shipped":
                return Refusal.HELD_THERE, {"order": order["shown"], "store": order["store"]}
        for order in () if has_left else self.by_parcel.get(parcel_id, ()):
            if order["elsewhere"] and number not in order["numbers"]:
                facts = {"order": order["shown"], "store": order["store"], "numbers": ", ".join(order["numbers"])}
                return Refusal.SHIPPED_ELSEWHERE, facts
            if order["surplus"]:
                return Refusal.PIECES_CANCELLED, {"order": order["shown"]}
        return None

    def hidden(self, parcel_id: int) -> tuple[Refusal, dict[str, Any]] | None:
        """Whether a marketplace still hides where this parcel goes: there is nothing to write on a label."""
        for order in self.by_parcel.get(parcel_id, ()):
            if order["hidden"]:
                return Refusal.ADDRESS_HIDDEN, {"order": order["shown"]}
        return None

    def leading(self, parcel_id: int, recipient_hash: int) -> int | None:
        """The order whose address the parcel takes: the last one changed, if all of them go to one place. None as well
        when the parcel has that address already: comparing here spares the database a look at all of them.
        """
        inside = self.by_parcel.get(parcel_id, ())
        if len({order["recipient_key"] for order in inside}) != 1:
            return None
        last = max(inside, key=lambda order: (order["updated_at"], -order["id"]))
        return int(last["id"]) if last["recipient_hash"] != recipient_hash else None

    def misled(self, parcel_id: int, recipient_key: str) -> tuple[Refusal, dict[str, Any]] | None:
        """Whether the label would lead nowhere: an address still hidden, or another than the parcel was labelled for."""
        if hidden := self.hidden(parcel_id):
            return hidden
        for order in self.by_parcel.get(parcel_id, ()):
            if order["recipient_key"] != recipient_key:
                return Refusal.STALE_LABEL, {"order": order["shown"]}
        return None


def orders_in(organization_id: int, parcel_ids: Sequence[int], *, lock: bool, only_stopping: bool = False) -> Orders:
    """Orders of parcels; locked first when the verb will write them (orders before parcels, everywhere).

    `only_stopping`: none but those that stop their parcel, which are few: for verbs that ask for nothing else.
    """
    found = Orders()
    stops = f"""({IS_OVER} OR coalesce(o.cancellation_asked_at, o.held_there_at) IS NOT NULL
        OR o.surplus_lines <> '{{}}' OR o.shipped_there_at IS NOT NULL)"""
    stopping = f"AND {stops}" if only_stopping else ""
    clause = "ORDER BY o.id FOR NO KEY UPDATE OF o" if lock else "ORDER BY o.id"
    for row in sql.dicts(
        f"""
        SELECT pl.parcel_id, o.id, {SHOWN} AS shown, o.stage, o.cancellation_asked_at, o.recipient_key, o.updated_at,
            o.ended_at, o.ended_by, o.held_there_at, o.numbers, {ELSEWHERE} AS elsewhere,
            'address_masked' = ANY(o.review_reasons) AS hidden,
            CASE WHEN coalesce(o.ended_at, o.held_there_at, o.shipped_there_at) IS NOT NULL
                THEN (SELECT s.name FROM connections_store s
                    WHERE s.organization_id = %(org)s AND s.id = o.store_id) END AS store,
            jsonb_hash_extended(o.recipient, 0) AS recipient_hash, o.surplus_lines && pl.line_ids AS surplus
        FROM (SELECT organization_id, parcel_id, order_id, array_agg(order_line_id) AS line_ids FROM parcels_parcelline
            WHERE organization_id = %(org)s AND parcel_id = ANY(%(ids)s) GROUP BY organization_id, parcel_id, order_id) pl
        JOIN orders_order o ON o.organization_id = pl.organization_id AND o.id = pl.order_id
        WHERE o.organization_id = %(org)s {stopping} {clause}
        """,
        {"org": organization_id, "ids": list(parcel_ids)},
        bound=True,
    ):
        found.by_parcel[row.pop("parcel_id")].append(row)
    return found


def follow_address(organization_id: int, order_of: Mapping[int, int]) -> dict[int, dict[str, Any]]:
    """Copies the recipient of an order (parcel -> order) into its parcel; returns the address columns of those that
    had another one, be it only in spelling, company or tax number.
    """
    return {
        row["id"]: row
        for row in sql.dicts(
            """
            UPDATE parcels_parcel p SET recipient = o.recipient, recipient_name = o.recipient_name, country = o.country,
                city = o.city, recipient_key = o.recipient_key
            FROM unnest(%s::bigint[], %s::bigint[]) AS row (parcel_id, order_id)
            JOIN orders_order o ON o.organization_id = %s AND o.id = ANY(%s) AND o.id = row.order_id
            WHERE p.organization_id = %s AND p.id = ANY(%s) AND p.id = row.parcel_id
                AND p.recipient IS DISTINCT FROM o.recipient
            RETURNING p.id, p.recipient_name, p.recipient ->> 'line1' AS line1, p.city, p.country,
                p.recipient_key
            """,
            [
                list(order_of),
                list(order_of.values()),
                organization_id,
                list(order_of.values()),
                organization_id,
                list(order_of),
            ],
        )
    }


def demands_of(organization_id: int, parcel_ids: Sequence[int]) -> list[Demand]:
    """What parcels need from the shelf, in the order of `parcel_ids`. Unpaired lines need nothing (D-33)."""
    place = {parcel_id: n for n, parcel_id in enumerate(parcel_ids)}
    found = sql.rows(
        """
        SELECT pl.parcel_id, pl.id, pa.sku_id, (pl.quantity * pa.quantity)::integer FROM parcels_parcelline pl
        JOIN orders_orderline l ON l.organization_id = pl.organization_id AND l.id = pl.order_line_id
        JOIN catalog_pairing pa ON pa.organization_id = pl.organization_id AND pa.listing_id = l.listing_id
        WHERE pl.organization_id = %(org)s AND l.organization_id = %(org)s AND pa.organization_id = %(org)s
            AND pl.parcel_id = ANY(%(ids)s)
        """,
        {"org": organization_id, "ids": list(parcel_ids)},
        bound=True,
    )
    return [Demand(*row) for row in sorted(found, key=lambda row: (place[row[0]], row[1]))]
