"""Telling AliExpress a tracking number: a whole order in one call, some of its sub-orders in another.

The platform publishes no table of its refusals, so a refused notice is read back to learn which it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from entrepot.marketplaces.aliexpress.errors import PASSING, is_repeat, why_of
from entrepot.marketplaces.aliexpress.orders import SUB
from entrepot.marketplaces.aliexpress.pull import api, detail_of
from entrepot.marketplaces.aliexpress.states import TO_SHIP
from entrepot.marketplaces.contract import CallFailed, Done, Notice, Result, Trouble, Why
from entrepot.marketplaces.iop.client import Client, compact, listed
from entrepot.marketplaces.reading import Record

WHOLE = "aliexpress.logistics.sellershipmentfortop"
PARTIAL = "aliexpress.logistics.order.shipment"
CORRECT = "aliexpress.logistics.sellermodifiedshipmentfortop"
QUERY = "aliexpress.logistics.querysellershipmentinfo"
NO_SERVICE = "AliExpress wants its own name of the shipping service."
LAG = timedelta(minutes=2)
GOOD = frozenset({"", "0"})


def ship(client: Client, notice: Notice) -> Done:
    if not notice.carrier:
        return Done(notice.key, Result.REJECTED, Why.BAD_NUMBER, message=NO_SERVICE)
    indexes = indexes_of(notice)
    if notice.whole or len(indexes) < len(notice.lines):
        done = _whole(client, notice)
    else:
        done = _partial(client, notice, indexes)
    return done if done.result is not Result.REJECTED else _explained(client, notice, done)


def renumber(client: Client, notice: Notice) -> Done:
    params = {
        "old_service_name": notice.replaces_carrier or notice.carrier,
        "old_logistics_no": notice.replaces,
        "new_service_name": notice.carrier,
        "new_logistics_no": notice.number,
        "send_type": "all" if notice.whole else "part",
        "out_ref": notice.order_id,
        **_other(notice),
    }
    answer = client.method(api(client.app), CORRECT, params, operation="correct", writes=True)
    done = done_of(answer, notice)
    return done if done.result is not Result.REJECTED else _explained(client, notice, done)


def look_up(client: Client, notice: Notice) -> Done:
    """By the numbers that the platform holds for the notice's sub-orders."""
    told = told_of(client, notice)
    if told.has(notice.number):
        return Done(notice.key, Result.OK)
    others = told.others(notice)
    if others and notice.whole and detail_of(client, notice.order_id).text("order_status") in TO_SHIP:
        others = []  # parcels told before: the order still waits for what is left of it
    if others:
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, message=", ".join(others))
    return Done(notice.key, Result.RETRY_LATER)


@dataclass(frozen=True, slots=True)
class Told:
    """The numbers that the platform holds, by each sub-order that a notice is about."""

    by_sub: Mapping[str, frozenset[str]]

    def has(self, number: str) -> bool:
        """All of the sub-orders have the number: with only some of them the notice was told in part."""
        return bool(self.by_sub) and all(number in numbers for numbers in self.by_sub.values())

    def others(self, notice: Notice) -> list[str]:
        """Numbers of sub-orders that have one, but neither ours nor the one we correct."""
        own = {notice.number, notice.replaces}
        return sorted({n for numbers in self.by_sub.values() if not numbers & own for n in numbers})


def told_of(client: Client, notice: Notice) -> Told:
    """For the sub-orders of the notice; for all of the order where we do not know which they are."""
    answer = client.method(api(client.app), QUERY, {"trade_order_id": notice.order_id}, operation="shipments")
    found: dict[str, frozenset[str]] = dict.fromkeys(indexes_of(notice), frozenset())
    for sub in listed(answer, "sub_trade_order_list"):
        index = sub.text("sub_trade_order_index")
        if index in found or not indexes_of(notice):
            numbers = {n for shipment in listed(sub, "shipment_list") if (n := shipment.text("logistics_no"))}
            found[index] = found.get(index, frozenset()) | numbers
    return Told(found)


def indexes_of(notice: Notice) -> list[str]:
    return [index for line in notice.lines if (index := notice.handles.get(f"{SUB}{line.line_id}", ""))]


def done_of(answer: Record, notice: Notice) -> Done:
    """Success is the boolean, whatever code stands beside it: an official sample shows true together with -1."""
    result = answer.record("result") if isinstance(answer.raw.get("result"), dict) else answer
    flag = "result_success" if "result_success" in result.raw else "success"
    if flag not in result.raw:
        raise CallFailed(Trouble.UNKNOWN_OUTCOME, "The answer does not say whether it succeeded.")
    if result.flag(flag):
        return Done(notice.key, Result.OK)
    code = result.text("result_error_code") or result.text("error_code")
    message = result.text("result_error_desc") or result.text("error_desc") or result.text("error_msg")
    return _refusal(notice, code, message)


def _whole(client: Client, notice: Notice) -> Done:
    params = {
        "service_name": notice.carrier,
        "logistics_no": notice.number,
        "send_type": "all" if notice.whole else "part",
        "out_ref": notice.order_id,
        **_other(notice),
    }
    return done_of(client.method(api(client.app), WHOLE, params, operation="ship", writes=True), notice)


def _partial(client: Client, notice: Notice, indexes: list[str]) -> Done:
    shipment = {"logistics_no": notice.number, "service_name": notice.carrier}
    if notice.tracking_url:
        shipment["tracking_web_site"] = notice.tracking_url
    if notice.carrier_name and _is_other(notice):
        shipment["actual_carrier"] = notice.carrier_name
    subs = [{"sub_trade_order_index": index, "send_type": "all", "shipment_list": [shipment]} for index in indexes]
    request = {"trade_order_id": notice.order_id, "sub_trade_order_list": subs}
    params = {"param_aeop_seller_shipment_sub_trade_order_request": compact(request)}
    answer = client.method(api(client.app), PARTIAL, params, operation="ship", writes=True)
    return _of_subs(answer, notice, len(indexes))


def _of_subs(answer: Record, notice: Notice, asked: int) -> Done:
    """One answer for the parcel: good when each of its sub-orders is. A refused one names itself in the message."""
    overall = done_of(answer, notice)
    result = answer.record("result") if isinstance(answer.raw.get("result"), dict) else answer
    refused = []
    for sub in listed(result, "sub_trade_order_list"):
        code = sub.text("error_code")
        if code not in GOOD:
            refused.append((code, f"sub-order {sub.text('sub_trade_order_index')}: {sub.text('error_msg')}"))
    if not refused:
        return overall
    code, message = refused[0][0], "; ".join(said for _, said in refused)
    if len(refused) < asked:
        message = f"{asked - len(refused)} of {asked} accepted; {message}"
    return _refusal(notice, code, message)


def _refusal(notice: Notice, code: str, message: str) -> Done:
    if code in PASSING:
        return Done(notice.key, Result.RETRY_LATER, None, code, message)
    return Done(notice.key, Result.REJECTED, why_of(code, message), code, message)


def _explained(client: Client, notice: Notice, refused: Done) -> Done:
    """What a refusal was about: our number stands there already, another one does, or the order is not to be shipped."""
    try:
        told = told_of(client, notice)
        if told.has(notice.number):
            return Done(notice.key, Result.ALREADY_DONE, code=refused.code, message=refused.message)
        status = detail_of(client, notice.order_id).text("order_status")
    except CallFailed:
        return refused  # the refusal itself is certain; why it was refused is not
    if not status or notice.replaces:
        return refused
    others = told.others(notice)
    if others and (status not in TO_SHIP or not notice.whole):
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, refused.code, ", ".join(others))
    if status in TO_SHIP and is_repeat(refused.message):
        # It was told, and what we read back lags behind: the next try finds it done.
        return Done(notice.key, Result.RETRY_LATER, None, refused.code, refused.message, client.now + LAG)
    why = refused.why if status in TO_SHIP else Why.STATE_CHANGED
    return Done(notice.key, Result.REJECTED, why, refused.code, refused.message)


def _is_other(notice: Notice) -> bool:
    return notice.carrier.lower().startswith("other")


def _other(notice: Notice) -> dict[str, str]:
    """A service of the kind "other" needs the page to follow the parcel on and the carrier's name."""
    extra = {"tracking_website": notice.tracking_url}
    if _is_other(notice):
        extra["actual_carrier"] = notice.carrier_name
    return {name: value for name, value in extra.items() if value}
