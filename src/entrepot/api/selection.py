"""Filters of lists, as queries and as "all of this filter" in a batch. One place turns them into SQL."""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from entrepot.api.cursors import Order
from entrepot.api.fields import MOST_IDS, Country, Id, Input, Instant, Words
from entrepot.api.problems import Problem
from entrepot.core import sql
from entrepot.core.submit import confirm_count
from entrepot.orders.states import Stage as OrderStage
from entrepot.parcels.states import Stage as ParcelStage
from entrepot.parcels.states import Supply

Number = Annotated[str, Words(80, 1)]
AnOrderStage = Annotated[OrderStage, WithJsonSchema({"type": "string", "enum": list(OrderStage)})]
AParcelStage = Annotated[ParcelStage, WithJsonSchema({"type": "string", "enum": list(ParcelStage)})]
Conditions = tuple[list[str], list[Any]]


class OrderFilter(Input):
    """Which orders. Conditions are joined by "and"; several numbers by "or"."""

    stage: AnOrderStage | None = None
    store_id: Id | None = None
    country: Country | None = None
    updated_since: Instant | None = Field(
        default=None, description="With a history entry, of its own or of one of its parcels, at or after this instant."
    )
    number: list[Number] = Field(default=[], max_length=200, description="The marketplace's order numbers.")

    @property
    def order(self) -> Order:
        return Order("deadline_at") if self.stage is not None else Order()

    def conditions(self, organization_id: int) -> Conditions:
        """Conditions on `orders_order o`."""
        found: Conditions = (["o.organization_id = %s"], [organization_id])
        add(found, "o.stage = %s", self.stage and self.stage.value)
        add(found, "o.store_id = %s", self.store_id)
        add(found, "o.country = %s", self.country)
        if self.updated_since is not None:  # by the history, which has an index over time that costs next to nothing
            found[0].append(
                "o.id IN (SELECT e.subject_id FROM core_event e "
                "WHERE e.organization_id = %s AND e.subject = 'order' AND e.at >= %s "
                "UNION SELECT pl.order_id FROM core_event e JOIN parcels_parcelline pl "
                "ON pl.organization_id = e.organization_id AND pl.parcel_id = e.subject_id "
                "WHERE e.organization_id = %s AND pl.organization_id = %s AND e.subject = 'parcel' AND e.at >= %s)"
            )
            found[1].extend([organization_id, self.updated_since])
            found[1].extend([organization_id, organization_id, self.updated_since])
        if self.number:  # store by store: so the unique key of a store's numbers serves as the index
            found[0].append(
                "o.store_id = ANY(ARRAY(SELECT t.id FROM connections_store t WHERE t.organization_id = %s)) "
                "AND o.external_id = ANY(%s)"
            )
            found[1].extend([organization_id, self.number])
        return found


class ParcelFilter(Input):
    """Which parcels. Conditions are joined by "and"; several numbers by "or"."""

    stage: AParcelStage | None = None
    supply: Supply | None = None
    store_id: Id | None = None
    service_id: Id | None = None
    country: Country | None = None
    order_id: list[Id] = Field(default=[], max_length=200, description="Parcels that hold lines of these orders.")
    updated_since: Instant | None = Field(default=None, description="With a history entry at or after it.")
    number: list[Number] = Field(default=[], max_length=200, description="Waybill numbers, or names: P-1042.")

    @property
    def order(self) -> Order:
        return Order("deadline_at") if self.stage is not None else Order()

    def conditions(self, organization_id: int) -> Conditions:
        """Conditions on `parcels_parcel p`."""
        found: Conditions = (["p.organization_id = %s"], [organization_id])
        add(found, "p.stage = %s", self.stage and self.stage.value)
        add(found, "p.supply = %s", None if self.supply is None else self.supply.value)
        add(found, "p.store_id = %s", self.store_id)
        add(found, "p.service_id = %s", self.service_id)
        add(found, "p.country = %s", self.country)
        if self.order_id:
            found[0].append(
                "p.id IN (SELECT pl.parcel_id FROM parcels_parcelline pl "
                "WHERE pl.organization_id = %s AND pl.order_id = ANY(%s))"
            )
            found[1].extend([organization_id, self.order_id])
        if self.updated_since is not None:
            found[0].append(
                "p.id IN (SELECT e.subject_id FROM core_event e "
                "WHERE e.organization_id = %s AND e.subject = 'parcel' AND e.at >= %s)"
            )
            found[1].extend([organization_id, self.updated_since])
        if self.number:
            found[0].append(
                "(p.id = ANY(%s) OR p.id = ANY(ARRAY(SELECT w.parcel_id FROM parcels_waybill w "
                "WHERE w.organization_id = %s AND w.number = ANY(%s) AND w.status = 'obtained')))"
            )
            found[1].extend([ids_in(self.number), organization_id, [number.upper() for number in self.number]])
        return found


def add(found: Conditions, condition: str, value: Any) -> None:
    if value is not None:
        found[0].append(condition)
        found[1].append(value)


def ids_in(numbers: list[str]) -> list[int]:
    """The ids among names like "P-204118"."""
    bare = [number[2:] for number in numbers if number[:2].upper() == "P-"]
    return [int(digits) for digits in bare if digits.isascii() and digits.isdigit() and len(digits) <= 18]


def ids_of(selected: OrderFilter | ParcelFilter, organization_id: int, expected: int) -> list[int]:
    """The ids a filter holds now, in list order.

    Raises:
        CountMoved: not as many as the client confirmed.
        Problem: more than a batch may hold.
    """
    alias, table = ("o", "orders_order") if isinstance(selected, OrderFilter) else ("p", "parcels_parcel")
    conditions, params = selected.conditions(organization_id)
    found = sql.rows(
        f"""
        SELECT {alias}.id FROM {table} {alias} WHERE {" AND ".join(conditions)}
        ORDER BY {selected.order.sort(alias)} LIMIT %s
        """,
        [*params, MOST_IDS + 1],
    )
    if len(found) > MOST_IDS:
        raise Problem(
            422, "too_many", f"A batch may hold at most {MOST_IDS:,} items. Narrow the filter.", "all_of.filter"
        )
    confirm_count(expected, len(found))
    return [row[0] for row in found]
