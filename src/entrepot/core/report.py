"""The answer of a verb: one outcome per asked id, in the asked order. Never a bare count."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _


class Refusal(StrEnum):
    """Why an item was not done. When several apply, the first of this list is given."""

    NOT_FOUND = "not_found"
    BUSY = "busy"
    ALREADY_SHIPPED = "already_shipped"
    CANCELLED = "cancelled"
    CANCELLED_THERE = "cancelled_there"
    CANCELLATION_ASKED = "cancellation_asked"
    HELD_THERE = "held_there"
    SHIPPED_ELSEWHERE = "shipped_elsewhere"
    PIECES_CANCELLED = "pieces_cancelled"
    ON_HOLD = "on_hold"
    FOLLOWED = "followed"
    NO_WAYBILL = "no_waybill"
    NOT_ALLOCATED = "not_allocated"
    WRONG_STAGE = "wrong_stage"
    NOTHING_TO_PACK = "nothing_to_pack"
    ADDRESS_HIDDEN = "address_hidden"
    NO_ADDRESS = "no_address"
    NO_SERVICE = "no_service"
    TOO_MANY_LINES = "too_many_lines"
    CANNOT_SPLIT = "cannot_split"
    NO_NUMBER = "no_number"
    POOL_EMPTY = "pool_empty"
    BAD_NUMBER = "bad_number"
    NUMBER_IN_USE = "number_in_use"
    STALE_LABEL = "stale_label"
    SHORT = "short"
    CHANGED_SINCE = "changed_since"
    NOTHING_TO_TELL = "nothing_to_tell"
    NOT_ASKED = "not_asked"
    NOT_CANCELLED = "not_cancelled"
    NO_INTERCEPT = "no_intercept"
    ALREADY_TOLD = "already_told"
    ADDRESS_FINAL = "address_final"
    ADDRESS_CHANGED = "address_changed"
    CANNOT_UNDO = "cannot_undo"


# The sentence on screen. Facts of the outcome fill the braces.
SENTENCES: dict[Refusal, str] = {
    Refusal.NOT_FOUND: _("There is no such item in your organization."),
    Refusal.BUSY: _("Somebody else is working on it right now. Try again in a moment."),
    Refusal.CANCELLED: _("Order {order} was cancelled."),
    Refusal.CANCELLED_THERE: _(
        "Order {order} was cancelled at the marketplace ({store}), or its cancellation was accepted there; its goods must not "
        "go. Unpack it."
    ),
    Refusal.CANCELLATION_ASKED: _("The buyer asked to cancel order {order}. Decide that first."),
    Refusal.HELD_THERE: _(
        "Order {order} is on hold at the marketplace ({store}); its goods must not go until it is released there."
    ),
    Refusal.PIECES_CANCELLED: _(
        "Some of order {order} was cancelled after it was packed, and lies in this parcel. Unpack it and pack the rest."
    ),
    Refusal.SHIPPED_ELSEWHERE: _(
        "Order {order} has left from elsewhere, as its marketplace says ({store}), with {numbers}. Unpack it; or, if this parcel "
        "is the one, give it that number."
    ),
    Refusal.ON_HOLD: _("On hold: {reason}"),
    Refusal.FOLLOWED: _("Order {order} is shipped by others: it is followed here, and neither packed nor shipped."),
    Refusal.WRONG_STAGE: _("It is in “{stage}”; this works only from {expected}."),
    Refusal.NOTHING_TO_PACK: _("All its lines are packed or cancelled already."),
    Refusal.ADDRESS_HIDDEN: _(
        "The address of order {order} is still hidden by its marketplace. It comes by itself with a later version; or edit "
        "the address of the order."
    ),
    Refusal.NO_ADDRESS: _("The recipient's address is incomplete: {field} is missing. Edit the address of its order."),
    Refusal.CANNOT_SPLIT: _(
        "It would need {count} parcels, but {marketplace} takes {most} number for an order. Ship it in the marketplace's own seller centre."
    ),
    Refusal.TOO_MANY_LINES: _("{count} lines; at most {limit} fit on one waybill."),
    Refusal.NO_SERVICE: _(
        "It has no shipping service that is in use. Choose one when you get the waybill, or give store “{store}” a default "
        "one under Stores › {store}."
    ),
    Refusal.NO_NUMBER: _("This service needs a typed waybill number."),
    Refusal.POOL_EMPTY: _("The number pool of {service} is used up. Add numbers to it under Services."),
    Refusal.BAD_NUMBER: _("{number} is not a valid number: {problem}"),
    Refusal.NUMBER_IN_USE: _("{number} is already on parcel {parcel}."),
    Refusal.NO_WAYBILL: _("It has no waybill number yet."),
    Refusal.STALE_LABEL: _("The address or contents changed after the waybill was made. Get a new waybill first."),
    Refusal.SHORT: _("Not enough stock: {missing}"),
    Refusal.NOT_ALLOCATED: _("Its stock is not allocated yet."),
    Refusal.ALREADY_SHIPPED: _("Shipped already at {at}."),
    Refusal.CHANGED_SINCE: _("It has moved on since: now in “{stage}”."),
    Refusal.NOTHING_TO_TELL: _("No marketplace waits for this parcel's number."),
    Refusal.NOT_ASKED: _("Its buyer has not asked to cancel it."),
    Refusal.NOT_CANCELLED: _("None of its orders was cancelled, or it was settled already."),
    Refusal.NO_INTERCEPT: _("It is not to be intercepted."),
    Refusal.ALREADY_TOLD: _("The marketplace has been told; that cannot be taken back."),
    Refusal.ADDRESS_FINAL: _("Its goods have left: the address cannot be changed any more."),
    Refusal.ADDRESS_CHANGED: _("Its address was changed again since; it stays as it is."),
    Refusal.CANNOT_UNDO: _("This cannot be undone: {reason}"),
}


# Parts of an address as people call them; facts hold our own names.
PARTS = {"name": _("name"), "line1": _("street"), "city": _("city"), "country": _("country")}


class _Facts(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"

    def __getitem__(self, key: str) -> Any:
        value = super().__getitem__(key)
        return gettext(PARTS[value]) if key == "field" and value in PARTS else value


@dataclass(frozen=True, slots=True)
class Outcome:
    id: int
    name: str = ""  # what people call it: an order number, "P-204118"
    refusal: Refusal | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return "" if self.refusal is None else gettext(SENTENCES[self.refusal]).format_map(_Facts(self.facts))

    def to_json(self) -> dict[str, Any]:
        return {"id": str(self.id), "name": self.name, "refusal": self.refusal, "facts": dict(self.facts)}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> "Outcome":
        refusal = Refusal(value["refusal"]) if value["refusal"] else None
        return cls(int(value["id"]), value["name"], refusal, value["facts"])


@dataclass(frozen=True, slots=True)
class Report:
    outcomes: tuple[Outcome, ...]
    result: Mapping[str, Any] = field(default_factory=dict)  # what the batch made: parcel ids, a file id …

    @property
    def done(self) -> list[int]:
        return [outcome.id for outcome in self.outcomes if outcome.refusal is None]

    @property
    def refused(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.refusal is not None]

    @classmethod
    def answering(
        cls, asked: Sequence[int], answers: Iterable[Outcome], result: Mapping[str, Any] | None = None
    ) -> "Report":
        """Puts answers into the asked order.

        Raises:
            AssertionError: an asked id has no answer; that is a bug of the verb, never of the caller.
        """
        by_id = {answer.id: answer for answer in answers}
        missing = [i for i in asked if i not in by_id]
        assert not missing, f"A verb must answer for every item; silent about {missing[:5]}"
        return cls(tuple(by_id[i] for i in dict.fromkeys(asked)), result or {})
