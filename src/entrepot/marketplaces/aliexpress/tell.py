"""Telling AliExpress a tracking number: a whole order in one call, some of its sub-orders in another.

The platform publishes no table of its refusals, so a refused notice is read back to learn which it was.
"""

from entrepot.marketplaces.aliexpress.errors import why_of
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
GOOD = frozenset({"", "0", "-1"})  # codes that stand beside a success


def ship(client: Client, notice: Notice) -> Done:
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
    told = numbers_of(client, notice)
    if notice.number in told:
        return Done(notice.key, Result.OK)
    others = [number for number in told if number != notice.replaces]
    if (
        others
        and (notice.whole or not notice.lines)
        and detail_of(client, notice.order_id).text("order_status") in TO_SHIP
    ):
        others = []  # parcels told before: the order still waits for what is left of it
    if others:
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, message=", ".join(others))
    return Done(notice.key, Result.RETRY_LATER)


def numbers_of(client: Client, notice: Notice) -> list[str]:
    """Numbers held for the notice's sub-orders; for all of the order where we do not know which they are."""
    params = {"trade_order_id": notice.order_id}
    answer = client.method(api(client.app), QUERY, params, operation="shipments")
    wanted = indexes_of(notice)
    found: dict[str, None] = {}
    for sub in listed(answer, "sub_trade_order_list"):
        if not wanted or sub.text("sub_trade_order_index") in wanted:
            found |= {n: None for shipment in listed(sub, "shipment_list") if (n := shipment.text("logistics_no"))}
    return list(found)


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
    return Done(notice.key, Result.REJECTED, why_of(code, message), code, message)


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
        if code not in GOOD or (code == "-1" and overall.result is not Result.OK):
            refused.append((code, f"sub-order {sub.text('sub_trade_order_index')}: {sub.text('error_msg')}"))
    if not refused:
        return overall
    code, message = refused[0][0], "; ".join(said for _, said in refused)
    if len(refused) < asked:
        message = f"{asked - len(refused)} of {asked} accepted; {message}"
    return Done(notice.key, Result.REJECTED, why_of(code, message), code, message)


def _explained(client: Client, notice: Notice, refused: Done) -> Done:
    """What a refusal was about: our number stands there already, another one does, or the order is not to be shipped."""
    try:
        told = numbers_of(client, notice)
        if notice.number in told:
            return Done(notice.key, Result.ALREADY_DONE, code=refused.code, message=refused.message)
        status = detail_of(client, notice.order_id).text("order_status")
    except CallFailed:
        return refused  # the refusal itself is certain; why it was refused is not
    others = [number for number in told if number != notice.replaces]
    if others and (status not in TO_SHIP or indexes_of(notice)) and not notice.replaces:
        return Done(notice.key, Result.REJECTED, Why.SHIPPED_ELSEWHERE, refused.code, ", ".join(others))
    why = Why.STATE_CHANGED if status not in TO_SHIP and not notice.replaces else refused.why
    return Done(notice.key, Result.REJECTED, why, refused.code, refused.message)


def _is_other(notice: Notice) -> bool:
    return notice.carrier.lower().startswith("other")


def _other(notice: Notice) -> dict[str, str]:
    """A service of the kind "other" needs the page to follow the parcel on and the carrier's name."""
    extra = {"tracking_website": notice.tracking_url}
    if _is_other(notice):
        extra["actual_carrier"] = notice.carrier_name
    return {name: value for name, value in extra.items() if value}
