"""The tabs of the desk: which rows each shows, how they are sorted, and the verbs of its bulk bar."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _

from entrepot.orders.queries import Due, Sort
from entrepot.parcels.whereabouts import Mark


@dataclass(frozen=True, slots=True)
class Act:
    """A button: the verb it calls, with which options, by which key, and what it asks first."""

    slug: str
    verb: str
    name: str
    key: str = ""
    dialog: str = ""  # "" acts at once; "hold", "waybill", "cancel", "confirm" ask first
    options: tuple[tuple[str, str | bool], ...] = ()
    bad: bool = False


REVIEW = Act("review", "review_orders", _("Review"), "a")
PACK = Act("pack", "pack_orders", _("Pack"), "b")
PACK_APART = Act("pack-apart", "pack_orders", _("Pack without merging"), options=(("merge", False),))
HOLD = Act("hold", "hold_orders", _("Hold"), "h", dialog="hold")
RELEASE = Act("release", "release_orders", _("Release"), "r")
CANCEL = Act("cancel", "cancel_orders", _("Cancel orders"), dialog="cancel", bad=True)
WAYBILL = Act("waybill", "get_waybills", _("Get waybill"), "w", dialog="waybill")
RENEW = Act("renew", "renew_waybills", _("Get a new waybill"), dialog="waybill")
MENDS = (RENEW,)
"""Offered only beside what they mend, on no bar."""
VOID = Act("void", "void_waybills", _("Void waybill"), dialog="confirm", bad=True)
UNPACK = Act("unpack", "unpack_parcels", _("Unpack"), dialog="confirm", bad=True)
ALLOCATE = Act("allocate", "allocate_parcels", _("Move to print"), "m")
LABELS = Act("label", "print_parcels", _("Print labels"), "p", options=(("document", "label"),))
PICK_LIST = Act("pick-list", "print_parcels", _("Pick list"), "l", options=(("document", "pick_list"),))
SLIPS = Act("slip", "print_parcels", _("Packing slips"), options=(("document", "packing_slip"),))
HANDOVER = Act("handover", "print_parcels", _("Hand-over list"), "o", options=(("document", "handover"),))
NOTIFY = Act("notify", "notify_parcels", _("Notify early"), dialog="notify")
TELL = Act("notify", "notify_parcels", _("Tell the marketplace"))
SHIP = Act("ship", "ship_parcels", _("Ship"), "s")
ACCEPT = Act("accept", "accept_cancellations", _("Accept cancellation"), dialog="accept", bad=True)
REJECT = Act("reject", "reject_cancellations", _("Reject cancellation"), dialog="reject")
ANSWERS = (ACCEPT, REJECT)
"""Offered only where a buyer asked to cancel."""
HANDED_OVER = Act("handed-over", "mark_handed_over", _("Already handed over"), dialog="confirm", bad=True)
NOT_HANDED_OVER = Act("not-handed-over", "mark_not_handed_over", _("Not handed over"))
GONE = Act(
    "gone", "close_intercepts", _("Could not be stopped"), dialog="confirm", options=(("outcome", "gone"),), bad=True
)
BACK = Act("back", "close_intercepts", _("It came back"), dialog="confirm", options=(("outcome", "back"),))
STOPPED = {Mark.CANCELLED: (HANDED_OVER, NOT_HANDED_OVER), Mark.INTERCEPT: (GONE, BACK)}
"""Offered only for parcels with this mark: their orders were cancelled."""


BLOCKED = (PACK, PACK_APART, WAYBILL, LABELS, PICK_LIST, SLIPS, HANDOVER, NOTIFY, TELL, SHIP)
"""Refused while a buyer waits for an answer."""


def answers_last(acts: "tuple[Act, ...]", *, asked: bool) -> "tuple[Act, ...]":
    """The acts in bar order. Where a buyer asked, the two answers take the place of the most likely ones, and no other
    button looks like one of them. Pure."""
    if not asked or ACCEPT not in acts:
        return acts
    return (*(act for act in acts if act not in (*ANSWERS, CANCEL)), *reversed(ANSWERS))


def offered(act: "Act", *, asked: bool, mark: str) -> bool:
    """Whether an act has a place here: what answers a question is offered only where the question stands. Pure."""
    if act in ANSWERS:
        return asked
    named = next((one for one, acts in STOPPED.items() if act in acts), None)
    return named is None or named == mark


@dataclass(frozen=True, slots=True)
class Tab:
    """One list. `acts` in bar order, the most likely one last."""

    slug: str
    name: str
    subject: str  # "order" or "parcel"
    stages: tuple[str, ...]
    counts: tuple[str, ...]
    acts: tuple[Act, ...] = ()
    sort: Sort = Sort.NEAREST_DEADLINE
    supply: str | None = None
    open: bool = True  # deadlines still matter
    empty: str = ""
    rare: bool = False  # not named where it is empty
    next: tuple[str, str] | None = None  # (url name or tab slug, words): what to do next when it is empty


UNPAID = Tab(
    "unpaid", _("Unpaid"), "order", ("unpaid",), ("order.unpaid",), (*ANSWERS, CANCEL),
    empty=_("No order waits for payment."),
)  # fmt: skip
TO_REVIEW = Tab(
    "review", _("To review"), "order", ("to_review",), ("order.to_review",), (*ANSWERS, CANCEL, HOLD, REVIEW),
    empty=_("Nothing to review."), next=("import", _("Import orders")),
)  # fmt: skip
TO_PACK = Tab(
    "pack", _("To pack"), "order", ("to_pack",), ("order.to_pack",), (*ANSWERS, CANCEL, HOLD, PACK_APART, PACK),
    empty=_("Nothing to pack. Reviewed orders come here."), next=("review", _("Go to review")),
)  # fmt: skip
TO_PROCESS = Tab(
    "process", _("To process"), "parcel", ("to_process",), ("parcel.to_process",), (NOT_HANDED_OVER, UNPACK, WAYBILL), supply="",
    empty=_("Nothing to process. Packed orders come here as parcels."), next=("pack", _("Go to packing")),
)  # fmt: skip
AT_WAYBILL = Tab(
    "waybill", _("Waybill"), "parcel", ("waybill",), ("parcel.waybill",),
    (NOT_HANDED_OVER, UNPACK, VOID, PICK_LIST, NOTIFY, LABELS, ALLOCATE), supply="",
    empty=_("No parcel waits here. Parcels with a waybill number come here."),
    next=("process", _("Go to parcels to process")),
)  # fmt: skip
IN_STOCK = Tab(
    "print", _("To print"), "parcel", ("to_print",), ("parcel.to_print.in_stock",),
    (*STOPPED[Mark.CANCELLED], UNPACK, VOID, SLIPS, PICK_LIST, NOTIFY, SHIP, LABELS), supply="in_stock",
    empty=_("Nothing to print. Parcels whose stock is allocated come here."), next=("waybill", _("Go to waybills")),
)  # fmt: skip
SHORT = Tab(
    "short", _("Short"), "parcel", ("to_print",), ("parcel.to_print.short",), (NOT_HANDED_OVER, UNPACK, VOID, NOTIFY, ALLOCATE),
    supply="short", empty=_("No parcel is short of stock."), next=("print", _("Go to parcels in stock")),
)  # fmt: skip
SHIPPED = Tab(
    "shipped", _("Shipped"), "parcel", ("shipped",), ("parcel.shipped",),
    (*STOPPED[Mark.CANCELLED], *STOPPED[Mark.INTERCEPT], TELL, SLIPS, LABELS, HANDOVER),
    sort=Sort.LATEST_DEADLINE, supply="in_stock", open=False,
    empty=_("Nothing shipped yet."), next=("print", _("Go to parcels to print")),
)  # fmt: skip
ON_HOLD = Tab(
    "hold", _("On hold"), "order", ("on_hold",), ("order.on_hold",), (*ANSWERS, CANCEL, RELEASE),
    empty=_("No order is on hold."),
)  # fmt: skip
FOLLOWED = Tab(
    "followed", _("Shipped by others"), "order", ("followed",), ("order.followed",), open=False, rare=True,
    empty=_("No order is shipped by others. A store's page says who ships its orders."),
)  # fmt: skip
CANCELLED = Tab(
    "cancelled", _("Cancelled"), "order", ("cancelled",), ("order.cancelled",), sort=Sort.LATEST_DEADLINE,
    open=False, empty=_("No order was cancelled."),
)  # fmt: skip
ALL = Tab(
    "all", _("All orders"), "order", (), (), (*ANSWERS, CANCEL, HOLD, PACK, REVIEW), sort=Sort.NEWEST, open=False,
    empty=_("No orders yet."), next=("import", _("Import orders")),
)  # fmt: skip

BAR: tuple[Tab | None, ...] = (
    UNPAID, TO_REVIEW, TO_PACK, TO_PROCESS, AT_WAYBILL, IN_STOCK, SHIPPED, None, ON_HOLD, FOLLOWED, CANCELLED, ALL,
)  # fmt: skip
TABS: dict[str, Tab] = {tab.slug: tab for tab in (*BAR, SHORT) if tab is not None}

SORTS: dict[Sort, str] = {
    Sort.NEAREST_DEADLINE: _("Sorted by nearest deadline"),
    Sort.LATEST_DEADLINE: _("Sorted by latest deadline"),
    Sort.NEWEST: _("Sorted by newest order"),
}
DUE: dict[Due, str] = {
    Due.OVERDUE: _("Overdue"),
    Due.TODAY: _("Due today"),
    Due.DAY: _("Within 24 hours"),
    Due.SOON: _("Within 48 hours"),
    Due.STOPS: _("Cancelled unpaid within 24 hours"),
}
STAGES: dict[str, str] = {
    "unpaid": _("Unpaid"),
    "to_review": _("To review"),
    "to_pack": _("To pack"),
    "packed": _("Packed"),
    "shipped": _("Shipped"),
    "on_hold": _("On hold"),
    "followed": _("Shipped by others"),
    "cancelled": _("Cancelled"),
    "to_process": _("To process"),
    "waybill": _("Waybill"),
    "to_print": _("To print"),
    "in_transit": _("In transit"),
    "delivered": _("Delivered"),
    "failed": _("Delivery failed"),
    "unpacked": _("Unpacked"),
}
REASONS: dict[str, str] = {
    "unknown_sku": _("Unknown SKU"),
    "grew_after_packing": _("Grew after packing"),
    "no_address": _("Address incomplete"),
    "buyer_note": _("Buyer's note"),
    "id_lost_digits": _("Order number lost digits"),
    "no_date": _("No order date"),
    "bad_date": _("Unreadable date"),
    "ambiguous_date": _("Ambiguous date"),
    "no_country": _("No country"),
    "unknown_country": _("Unknown country"),
    "no_item_name": _("Line without a name"),
    "no_sku": _("Line without SKU"),
    "no_price": _("No price"),
    "bad_price": _("Unreadable price"),
    "zero_price": _("Price is zero"),
    "negative_price": _("Negative price"),
    "ambiguous_price": _("Ambiguous price"),
    "price_rounded": _("Price rounded"),
    "unknown_currency": _("Unknown currency"),
    "mixed_currencies": _("Mixed currencies"),
    "unknown_payment": _("Unknown payment state"),
    "partly_refunded": _("Partly refunded"),
    "partly_shipped": _("Partly shipped"),
    "rows_disagree": _("Rows name different recipients"),
    "extra_cells": _("Shifted cells"),
    "unreadable_text": _("Unreadable text"),
    "address_masked": _("Address still hidden"),
}

# What the search box looks for.
KINDS: dict[str, str] = {
    "all": _("All numbers"),
    "order": _("Order no."),
    "waybill": _("Waybill no."),
    "sku": _("SKU"),
    "buyer": _("Buyer"),
    "parcel": _("Parcel no."),
}


def act_named(tab: Tab, slug: str) -> Act | None:
    acts = (*tab.acts, *MENDS) if tab.subject == "parcel" else tab.acts
    return next((act for act in acts if act.slug == slug), None)
