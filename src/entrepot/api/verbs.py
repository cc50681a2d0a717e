"""What `PUT /batches/{uuid}` takes: one body per verb, told apart by `verb`, each with its own options."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from entrepot.api.fields import MOST_IDS, Id, Input, Instant, Words
from entrepot.api.selection import OrderFilter, ParcelFilter
from entrepot.core.batch import VERBS
from entrepot.orders import answer, cancel, edit_address, hold, review
from entrepot.orders.edit_address import MOST, problems_of, tidy
from entrepot.parcels import allocate, intercept, notify, pack, print, ship, unpack, void, waybill
from entrepot.parcels.intercept import Caught
from entrepot.parcels.print import Document

REGISTERED = (
    answer,
    cancel,
    edit_address,
    hold,
    review,
    allocate,
    intercept,
    notify,
    pack,
    print,
    ship,
    unpack,
    void,
    waybill,
)
"""Importing these lists their verbs in `VERBS`."""

Ids = Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)]
Expected = Annotated[int, Field(ge=1, le=MOST_IDS, description="How many the filter held when you looked.")]
ALL = "Everything a filter holds. Either this or `ids`."
Reason = Annotated[str, Words(300)]


class AllOrders(Input):
    filter: OrderFilter
    expected: Expected


class AllParcels(Input):
    filter: ParcelFilter
    expected: Expected


class NoOptions(Input):
    pass


class HoldOptions(Input):
    reason: Reason = ""
    until: Instant | None = Field(default=None, description="Released to review at this instant.")


class CancelOptions(Input):
    reason: Reason = ""


class AddressOptions(Input):
    """Parts left out stay as they are; an empty text takes a part away."""

    name: Annotated[str, Words(MOST["name"])] | None = None
    company: Annotated[str, Words(MOST["company"])] | None = None
    line1: Annotated[str, Words(MOST["line1"])] | None = None
    line2: Annotated[str, Words(MOST["line2"])] | None = None
    district: Annotated[str, Words(MOST["district"])] | None = None
    city: Annotated[str, Words(MOST["city"])] | None = None
    region: Annotated[str, Words(MOST["region"])] | None = None
    postcode: Annotated[str, Words(MOST["postcode"])] | None = None
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$", examples=["DE"])] | None = None
    phone: Annotated[str, Words(MOST["phone"])] | None = None
    email: Annotated[str, Words(MOST["email"])] | None = None
    tax_id: Annotated[str, Words(MOST["tax_id"])] | None = None

    @model_validator(mode="after")
    def _can_stand(self) -> Self:
        given = self.model_dump(include=set(MOST), exclude_none=True)
        for part, sentence in problems_of(tidy(given)).items():
            raise ValueError(f"{part}: {sentence}")
        return self


class PackOptions(Input):
    merge: bool = Field(default=True, description="Orders of one recipient share a parcel if the rules allow.")


class WaybillOptions(Input):
    service_id: Id | None = Field(default=None, description="Replaces the parcels' shipping service.")
    numbers: dict[Id, Annotated[str, Words(40, 1)]] = Field(
        default={},
        max_length=MOST_IDS,
        description="Typed numbers by parcel id; without one, the pool gives one.",
    )


class PrintOptions(Input):
    document: Document = Document.LABEL


class RetryOptions(Input):
    carrier: Annotated[str, Words(60)] = Field(
        default="", description="The marketplace's own code of the carrier, in place of the one that was told."
    )


class RejectOptions(Input):
    reason: Annotated[str, Words(80)] = Field(default="", description="The marketplace's own code, where it wants one.")


class CatchOptions(Input):
    outcome: Caught = Field(default=Caught.GONE, description="`back`: the goods are here again; `gone`: not stopped.")


class DismissOptions(Input):
    reason: Reason = ""


class _Body(Input):
    verb: str
    ids: Ids | None = Field(default=None, description="What to do it to. Either this or `all_of`.")
    all_of: AllOrders | AllParcels | None = None
    options: Input

    @model_validator(mode="after")
    def _one_selection(self) -> Self:
        if (self.ids is None) == (self.all_of is None):
            raise ValueError("give either `ids` or `all_of`")
        return self

    def verb_options(self) -> dict[str, Any]:
        """The options as the verb takes them. What was left out counts as its default, so it is the same request."""
        given = self.options.model_dump(exclude_none=True)
        return {name: _plain(value) for name, value in given.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return {str(key): part for key, part in value.items()} if isinstance(value, dict) else value


class _OrderBody(_Body):
    all_of: AllOrders | None = Field(default=None, description=ALL)


class _ParcelBody(_Body):
    all_of: AllParcels | None = Field(default=None, description=ALL)


class ReviewOrders(_OrderBody):
    """Accept orders: to review → to pack. Needs `review`."""

    verb: Literal["review_orders"]
    options: NoOptions = NoOptions()


class HoldOrders(_OrderBody):
    """Hold orders back. Needs `review`."""

    verb: Literal["hold_orders"]
    options: HoldOptions = HoldOptions()


class ReleaseOrders(_OrderBody):
    """Held orders go back to review. Needs `review`."""

    verb: Literal["release_orders"]
    options: NoOptions = NoOptions()


class AcceptCancellations(_OrderBody):
    """Accept buyers' wishes to cancel: the marketplace is told, or the order is cancelled here. Needs `review`."""

    verb: Literal["accept_cancellations"]
    options: NoOptions = NoOptions()


class RejectCancellations(_OrderBody):
    """Reject buyers' wishes to cancel: the orders go on. Needs `review`."""

    verb: Literal["reject_cancellations"]
    options: RejectOptions = RejectOptions()


class CancelOrders(_OrderBody):
    """Cancel orders that are not packed. Needs `review`."""

    verb: Literal["cancel_orders"]
    options: CancelOptions = CancelOptions()


class EditAddress(_OrderBody):
    """Correct the recipient's address of orders that have not left. Needs `review`."""

    verb: Literal["edit_address"]
    options: AddressOptions = AddressOptions()


class PackOrders(_OrderBody):
    """Make parcels of orders. `result.parcels` names them. Needs `pack`."""

    verb: Literal["pack_orders"]
    options: PackOptions = PackOptions()


class UnpackParcels(_ParcelBody):
    """Take parcels apart; their orders wait to be packed again. Needs `pack`."""

    verb: Literal["unpack_parcels"]
    options: NoOptions = NoOptions()


class GetWaybills(_ParcelBody):
    """Give each parcel a waybill number. Needs `waybill`."""

    verb: Literal["get_waybills"]
    options: WaybillOptions = WaybillOptions()

    @model_validator(mode="after")
    def _numbers_of_asked(self) -> Self:
        strangers = [i for i in self.options.numbers if self.ids is not None and i not in set(self.ids)]
        if strangers:
            raise ValueError(f"options.numbers has a number for parcel {strangers[0]}, which is not among `ids`")
        return self


class RenewWaybills(GetWaybills):
    """Another number for each parcel, for its orders' address of now; it stays where it is. Needs `waybill`."""

    verb: Literal["renew_waybills"]  # type: ignore[assignment]


class VoidWaybills(_ParcelBody):
    """Give waybill numbers up. Needs `waybill`."""

    verb: Literal["void_waybills"]
    options: NoOptions = NoOptions()


class AllocateParcels(_ParcelBody):
    """Promise stock to parcels, nearest deadline first; a short one is refused. Needs `allocate`."""

    verb: Literal["allocate_parcels"]
    options: NoOptions = NoOptions()


class PrintParcels(_ParcelBody):
    """Draw one PDF for all. `result.file` is its id: `GET /files/{id}`. Needs `print`."""

    verb: Literal["print_parcels"]
    options: PrintOptions = PrintOptions()


class ShipParcels(_ParcelBody):
    """They leave our hands; stock decreases. Needs `ship`."""

    verb: Literal["ship_parcels"]
    options: NoOptions = NoOptions()


class MarkNotHandedOver(_ParcelBody):
    """Parcels of cancelled orders are still here: the mark goes, unpack them next. Needs `ship`."""

    verb: Literal["mark_not_handed_over"]
    options: NoOptions = NoOptions()


class MarkHandedOver(_ParcelBody):
    """Parcels of cancelled orders left all the same: they are to be intercepted. Needs `ship`."""

    verb: Literal["mark_handed_over"]
    options: NoOptions = NoOptions()


class CloseIntercepts(_ParcelBody):
    """What became of parcels that were to be intercepted. Needs `ship`."""

    verb: Literal["close_intercepts"]
    options: CatchOptions = CatchOptions()


class NotifyParcels(_ParcelBody):
    """Tell the marketplaces the numbers before the goods leave. Needs `ship`."""

    verb: Literal["notify_parcels"]
    options: NoOptions = NoOptions()


class RetryNotices(_ParcelBody):
    """Tell refused shipping notices of parcels again. Needs `ship`."""

    verb: Literal["retry_notices"]
    options: RetryOptions = RetryOptions()


class DismissNotices(_ParcelBody):
    """Leave refused shipping notices of parcels as they are; they stay in history. Needs `ship`."""

    verb: Literal["dismiss_notices"]
    options: DismissOptions = DismissOptions()


BatchBody = Annotated[
    ReviewOrders
    | HoldOrders
    | ReleaseOrders
    | AcceptCancellations
    | RejectCancellations
    | CancelOrders
    | EditAddress
    | PackOrders
    | UnpackParcels
    | GetWaybills
    | RenewWaybills
    | VoidWaybills
    | AllocateParcels
    | PrintParcels
    | ShipParcels
    | MarkNotHandedOver
    | MarkHandedOver
    | CloseIntercepts
    | NotifyParcels
    | RetryNotices
    | DismissNotices,
    Field(discriminator="verb"),
]

__all__ = ["VERBS", "BatchBody"]
