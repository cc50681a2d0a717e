"""What Shopify's mutations do. What cannot be done is said in userErrors; nothing is changed then."""

from collections.abc import Sequence
from typing import Any, Final

from entrepot.sandbox.ledger import iso
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twin import Exchange
from entrepot.sandbox.twins.shopify_document import NAME, gid, number_of
from entrepot.sandbox.twins.shopify_life import OPEN_PARTS, changed, close_part, free, put_on_hold, sent, taken_back
from entrepot.sandbox.twins.shopify_queries import holder
from entrepot.sandbox.twins.shopify_views import Field, View, fulfillment_view, hold_view, part_view

JOB_MS: Final = 2000
NUMBERS_MOST: Final = 10


class Wrong(Exception):
    """A user error: `field` is the path of what was wrong."""

    def __init__(self, message: str, *field: str, code: str | None = None) -> None:
        super().__init__(message)
        self.field, self.message, self.code = list(field) or None, message, code


def mutations(exchange: Exchange, shop: Shop) -> dict[str, Field]:
    doing = Doing(exchange, shop)
    table = {
        "fulfillmentCreate": (doing.ship, ("fulfillment",)),
        "fulfillmentTrackingInfoUpdate": (doing.renumber, ("fulfillment",)),
        "fulfillmentCancel": (doing.take_back, ("fulfillment",)),
        "fulfillmentOrderHold": (doing.hold, ("fulfillmentHold", "fulfillmentOrder")),
        "fulfillmentOrderReleaseHold": (doing.release, ("fulfillmentOrder",)),
        "fulfillmentOrderAcceptCancellationRequest": (doing.accept, ("fulfillmentOrder",)),
        "fulfillmentOrderRejectCancellationRequest": (doing.reject, ("fulfillmentOrder",)),
        "orderCancel": (doing.cancel, ("job",)),
    }
    return {name: _answered(doing, verb, fields) for name, (verb, fields) in table.items()}


def _answered(doing: "Doing", verb: Any, fields: Sequence[str]) -> Field:
    def field(info: Any, **given: Any) -> View:
        doing.subject = None
        try:
            value: View = verb(**given)
        except Wrong as error:
            doing.count_refusal()
            told = {"field": error.field, "message": error.message, "code": error.code}
            return {**dict.fromkeys(fields), "userErrors": [told], "orderCancelUserErrors": [told]}
        return {**value, "userErrors": [], "orderCancelUserErrors": []}

    return field


class Doing:
    """The verbs of one request. `subject` is the order that a refusal is counted on."""

    def __init__(self, exchange: Exchange, shop: Shop) -> None:
        self.exchange, self.shop = exchange, shop
        self.subject: Order | None = None

    def count_refusal(self) -> None:
        if self.subject is not None:
            self.exchange.world.refuse(self.subject)

    # -- shipping

    def ship(self, fulfillment: dict[str, Any], message: str | None = None) -> View:
        asked = fulfillment["lineItemsByFulfillmentOrder"]
        found = [self._part(one["fulfillmentOrderId"], "fulfillment") for one in asked]
        order = found[0][0] if found else None
        if order is None:
            raise Wrong("At least one fulfillment order is required.", "fulfillment")
        if len({one.id for one, _ in found}) > 1:
            raise Wrong("All fulfillment orders must belong to the same order.", "fulfillment")
        taken: dict[str, int] = {}
        for (_, part), row in zip(found, asked, strict=True):
            if part["status"] not in ("OPEN", "IN_PROGRESS"):
                raise Wrong(
                    f"Fulfillment order {part['id']} has an unfulfillable status= {part['status'].lower()}.",
                    "fulfillment",
                )
            for row_id, quantity in self._quantities(part, row.get("fulfillmentOrderLineItems")).items():
                taken[row_id] = taken.get(row_id, 0) + quantity
        pieces: dict[str, int] = {}
        parts = [next(one for one in order.doc["parts"] if one["id"] == part["id"]) for _, part in found]
        for part in {one["id"]: one for one in parts}.values():
            for line in part["lines"]:
                quantity = taken.get(line["id"], 0)
                if quantity > line["remaining"]:
                    raise Wrong("Invalid fulfillment order line item quantity requested.", "fulfillment")
                if quantity:
                    pieces[line["line"]] = pieces.get(line["line"], 0) + quantity
        tracking = _tracking(fulfillment.get("trackingInfo") or {})
        for part in parts:
            for line in part["lines"]:
                line["remaining"] -= taken.pop(line["id"], 0)
            part["status"] = "IN_PROGRESS" if any(line["remaining"] for line in part["lines"]) else "CLOSED"
            part["updated"] = iso(self.exchange.world.now_ms)
        return {"fulfillment": self._fulfillment(order, sent(self.exchange.world, order, pieces, tracking))}

    def _quantities(self, part: dict[str, Any], asked: list[dict[str, Any]] | None) -> dict[str, int]:
        """Row id -> quantity; everything that is left when nothing is named."""
        if not asked:
            return {line["id"]: line["remaining"] for line in part["lines"] if line["remaining"]}
        rows = {gid("FulfillmentOrderLineItem", line["id"]): line["id"] for line in part["lines"]}
        taken: dict[str, int] = {}
        for one in asked:
            if one["id"] not in rows:
                raise Wrong("Fulfillment order line item does not exist.", "fulfillment")
            if one["quantity"] < 1:
                raise Wrong("Quantity must be greater than 0.", "fulfillment")
            taken[rows[one["id"]]] = taken.get(rows[one["id"]], 0) + one["quantity"]
        return taken

    def renumber(
        self, fulfillmentId: str, trackingInfoInput: dict[str, Any], notifyCustomer: bool | None = None
    ) -> View:  # fmt: skip
        order, one = self._sent(fulfillmentId, "fulfillmentId")
        if one["status"] == "CANCELLED":
            raise Wrong("Fulfillment has been cancelled and its tracking cannot be updated.", "fulfillmentId")
        one["tracking"], one["updated"] = _tracking(trackingInfoInput), iso(self.exchange.world.now_ms)
        changed(self.exchange.world, order)
        return {"fulfillment": self._fulfillment(order, one)}

    def take_back(self, id: str) -> View:
        order, one = self._sent(id, "id")
        if one["status"] == "CANCELLED":
            raise Wrong("Fulfillment is already cancelled.", "id")
        if order.doc["cancelled_at"]:
            raise Wrong("The order is cancelled.", "id")
        taken_back(self.exchange.world, order, one)
        return {"fulfillment": self._fulfillment(order, one)}

    # -- holding and cancelling

    def hold(self, id: str, fulfillmentHold: dict[str, Any]) -> View:
        order, part = self._part(id, "id")
        if part["status"] not in ("OPEN", "IN_PROGRESS", "ON_HOLD"):
            raise Wrong(
                "The fulfillment order is not in a state to be held.", "id", code="FULFILLMENT_ORDER_NOT_SPLITTABLE"
            )
        if fulfillmentHold.get("fulfillmentOrderLineItems"):
            raise Wrong("The sandbox holds whole fulfillment orders only.", "fulfillmentHold")
        notes = fulfillmentHold.get("reasonNotes") or ""
        hold = put_on_hold(self.exchange.world, order, part, fulfillmentHold["reason"], notes)
        hold["ours"] = True
        changed(self.exchange.world, order)
        return {"fulfillmentHold": hold_view(hold), "fulfillmentOrder": self._view(order, part)}

    def release(self, id: str, holdIds: list[str] | None = None, externalId: str | None = None) -> View:
        order, part = self._part(id, "id")
        if part["status"] != "ON_HOLD":
            raise Wrong("The fulfillment order is not on hold.", "id")
        named = {number_of(one, "FulfillmentHold") for one in holdIds or []}
        part["holds"] = [hold for hold in part["holds"] if named and hold["id"] not in named]
        if not part["holds"]:
            free(self.exchange.world, part)
        changed(self.exchange.world, order)
        return {"fulfillmentOrder": self._view(order, part)}

    def accept(self, id: str, message: str | None = None) -> View:
        return self._answer(id, accepted=True)

    def reject(self, id: str, message: str | None = None) -> View:
        return self._answer(id, accepted=False)

    def _answer(self, id: str, *, accepted: bool) -> View:
        order, part = self._part(id, "id")
        if part["request"] != "CANCELLATION_REQUESTED":
            raise Wrong("The fulfillment order has no cancellation request.", "id")
        part["request"] = "CANCELLATION_ACCEPTED" if accepted else "CANCELLATION_REJECTED"
        if accepted and part["status"] in OPEN_PARTS:
            close_part(self.exchange.world, part, "CANCELLED")
        changed(self.exchange.world, order)
        return {"fulfillmentOrder": self._view(order, part)}

    def cancel(self, orderId: str, reason: str, restock: bool, **other: Any) -> View:
        order = holder(self.exchange, self.shop, "Order", number_of(orderId, "Order") or "")
        self.subject = order
        if order is None:
            raise Wrong("Order does not exist.", "orderId", code="NOT_FOUND")
        if order.doc["cancelled_at"]:
            raise Wrong("Order has already been cancelled.", "orderId", code="INVALID")
        if order.status == "FULFILLED":
            raise Wrong("Cannot cancel a fulfilled order.", "orderId", code="INVALID")
        world = self.exchange.world
        job = f"job-{world.store.next('shopify job'):08}"
        world.store.put_thing(NAME, self.shop.name, "job", job, {"done": False})
        order.doc["cancel_job"] = {"id": job, "reason": reason}
        world.plan(order, world.now_ms + JOB_MS, "finish_cancel")
        world.save(order)
        return {"job": {"id": gid("Job", job), "done": False}}

    # -- finding

    def _part(self, text: str, field: str) -> tuple[Order, dict[str, Any]]:
        number = number_of(text, "FulfillmentOrder") or ""
        order = holder(self.exchange, self.shop, "FulfillmentOrder", number)
        if order is None:
            raise Wrong("Fulfillment order does not exist.", field, code="FULFILLMENT_ORDER_NOT_FOUND")
        if self.subject is not None and self.subject.id == order.id:
            order = self.subject
        self.subject = order
        return order, next(one for one in order.doc["parts"] if one["id"] == number)

    def _sent(self, text: str, field: str) -> tuple[Order, dict[str, Any]]:
        number = number_of(text, "Fulfillment") or ""
        order = holder(self.exchange, self.shop, "Fulfillment", number)
        self.subject = order
        if order is None:
            raise Wrong("Fulfillment does not exist.", field)
        return order, next(one for one in order.doc["fulfillments"] if one["id"] == number)

    def _fulfillment(self, order: Order, one: dict[str, Any]) -> View:
        return fulfillment_view(self.exchange, self.shop, order, one)

    def _view(self, order: Order, part: dict[str, Any]) -> View:
        return part_view(self.exchange, self.shop, order, part)


def _tracking(given: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = given.get("numbers") or ([given["number"]] if given.get("number") else [])
    urls = given.get("urls") or ([given["url"]] if given.get("url") else [])
    if len(numbers) > NUMBERS_MOST:
        raise Wrong(f"A fulfillment can have {NUMBERS_MOST} tracking numbers at most.", "fulfillment")
    company = given.get("company")
    if not numbers and company:
        return [{"company": company, "number": None, "url": None}]
    return [
        {"company": company, "number": number, "url": urls[n] if n < len(urls) else None}
        for n, number in enumerate(numbers)
    ]
