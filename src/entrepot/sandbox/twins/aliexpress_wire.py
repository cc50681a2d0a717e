"""An AliExpress order as the twin keeps it, and as the list, the detail and the receipt print it.

The document: `status`, `was` (before IN_CANCEL), `currency`, `buyer`, `to`, `paid`, `safe` (risk control passed), `send_by`,
`shipping` (minor units), `note`, `lines`, `shipments`, `end_reason`. Times are US Pacific on the wire.
"""

from typing import Any

from entrepot.sandbox.goods import decimal, digits
from entrepot.sandbox.shops import Shop
from entrepot.sandbox.store import Order
from entrepot.sandbox.twins.iop import pacific

UNPAID, RISK, RISK_HOLD = "PLACE_ORDER_SUCCESS", "RISK_CONTROL", "RISK_CONTROL_HOLD"
WAIT_SEND, PART_SENT, SENT = "WAIT_SELLER_SEND_GOODS", "SELLER_PART_SEND_GOODS", "WAIT_BUYER_ACCEPT_GOODS"
IN_CANCEL, FUNDS, FINISH = "IN_CANCEL", "FUND_PROCESSING", "FINISH"
STATUSES = frozenset(
    {UNPAID, RISK, RISK_HOLD, WAIT_SEND, PART_SENT, SENT, IN_CANCEL, FUNDS, FINISH}
    | {"PAYMENT_PROCESSING", "WAIT_SELLER_EXAMINE_MONEY", "IN_ISSUE", "IN_FROZEN", "ARCHIVE"}
)
CALLING = {
    "DE": "+49", "FR": "+33", "GB": "+44", "US": "+1", "CA": "+1", "JP": "+81", "KR": "+82", "CN": "+86", "TW": "+886",
    "SG": "+65", "MY": "+60", "TH": "+66", "VN": "+84", "PH": "+63", "SA": "+966", "IL": "+972", "GR": "+30", "UA": "+380",
    "BR": "+55", "MX": "+52",
}  # fmt: skip
COUNTRY_NAMES = {
    "DE": "Germany", "FR": "France", "GB": "United Kingdom", "US": "United States", "CA": "Canada", "JP": "Japan",
    "KR": "Korea", "CN": "China", "TW": "Taiwan,China", "SG": "Singapore", "MY": "Malaysia", "TH": "Thailand", "VN": "Vietnam",
    "PH": "Philippines", "SA": "Saudi Arabia", "IL": "Israel", "GR": "Greece", "UA": "Ukraine", "BR": "Brazil", "MX": "Mexico",
}  # fmt: skip


def total(doc: dict[str, Any]) -> int:
    """What the buyer pays, in minor units."""
    goods: int = sum(line["quantity"] * line["unit"] for line in doc["lines"])
    return goods + int(doc["shipping"])


def money(minor: int, doc: dict[str, Any]) -> dict[str, str]:
    return {"amount": decimal(minor, doc["currency"]), "currency_code": doc["currency"]}


def long_money(minor: int, doc: dict[str, Any]) -> dict[str, Any]:
    """Money as the detail prints it."""
    places = digits(doc["currency"])
    currency = {"currency_code": doc["currency"], "symbol": doc["currency"], "default_fraction_digits": places}
    return {**money(minor, doc), "cent": minor, "cent_factor": 10**places, "currency": currency}


def mask(text: str, shown: int = 3) -> str:
    return text[:shown] + "*" * max(0, len(text) - shown)


def listed(order: Order, shop: Shop, status: str, now_ms: int) -> dict[str, Any]:
    """One `aeop_order_item_dto` of the list, with the status that the list believes in."""
    doc = order.doc
    wire: dict[str, Any] = {
        "order_id": int(order.id),
        "order_status": status,
        "biz_type": "AE_COMMON",
        "gmt_create": pacific(order.created),
        "gmt_update": pacific(order.updated),
        "buyer_login_id": doc["buyer"]["login"],
        "buyer_signer_fullname": doc["buyer"]["name"],
        "seller_login_id": shop.extra["login"],
        "seller_operator_login_id": shop.extra["login"],
        "seller_signer_fullname": shop.title,
        "payment_type": doc["payment"],
        "pay_amount": money(total(doc), doc),
        "fund_status": "NOT_PAY" if doc["paid"] is None else "PAY_SUCCESS",
        "frozen_status": "NO_FROZEN",
        "issue_status": "NO_ISSUE",
        "logistics_status": logistics_status(doc),
        "end_reason": doc["end_reason"],
        "has_request_loan": False,
        "phone": False,
        "product_list": {"aeop_order_product_dto": [_product(order, line) for line in doc["lines"]]},
    }
    if doc["paid"] is not None:
        wire["gmt_pay_time"] = pacific(doc["paid"])
    if status in (WAIT_SEND, PART_SENT):
        minutes = max(0, (doc["send_by"] - now_ms) // 60_000)
        wire["timeout_left_time"] = max(0, doc["send_by"] - now_ms)
        wire["left_send_good_day"], minutes = str(minutes // 1440), minutes % 1440
        wire["left_send_good_hour"], wire["left_send_good_min"] = str(minutes // 60), str(minutes % 60)
    return wire


def _product(order: Order, line: dict[str, Any]) -> dict[str, Any]:
    doc = order.doc
    return {
        "order_id": int(line["id"]),
        "child_id": int(line["id"]),
        "product_id": line["product_id"],
        "product_name": line["title"],
        "product_count": line["quantity"],
        "product_unit": "piece",
        "product_unit_price": money(line["unit"], doc),
        "total_product_amount": money(line["unit"] * line["quantity"], doc),
        "logistics_amount": money(doc["shipping"] if line["index"] == 1 else 0, doc),
        "sku_code": line["sku"],
        "son_order_status": line_status(doc, line),
        "show_status": line_status(doc, line),
        "goods_prepare_time": doc["prepare_days"],
        "logistics_service_name": "AliExpress Standard Shipping",
        "logistics_type": "CAINIAO_STANDARD",
        "send_goods_operator": "SELLER_SEND_GOODS",
        "issue_status": "NO_ISSUE",
        "can_submit_issue": False,
        "memo": doc["note"],
    }


def line_status(doc: dict[str, Any], line: dict[str, Any]) -> str:
    """A sub-order's own status, once part of the order was sent."""
    own: str = line["status"] if doc["status"] == PART_SENT else doc["status"]
    return own


def logistics_status(doc: dict[str, Any]) -> str:
    by_status = {WAIT_SEND: WAIT_SEND, PART_SENT: "SELLER_SEND_PART_GOODS", SENT: "SELLER_SEND_GOODS"}
    sent = "BUYER_ACCEPT_GOODS" if doc["shipments"] else "NO_LOGISTICS"
    return by_status.get(doc["status"], sent)


def detail(order: Order, shop: Shop) -> dict[str, Any]:
    """`target` of the detail. The address in it is always masked: the plain one is in the receipt."""
    doc = order.doc
    names = doc["buyer"]["name"].split(" ")
    target: dict[str, Any] = {
        "id": int(order.id),
        "order_status": doc["status"],
        "gmt_create": pacific(order.created),
        "gmt_modified": pacific(order.updated),
        "frozen_status": "NO_FROZEN",
        "issue_status": "NO_ISSUE",
        "fund_status": "NOT_PAY" if doc["paid"] is None else "PAY_SUCCESS",
        "loan_status": "wait_loan",
        "logistics_status": logistics_status(doc),
        "order_end_reason": doc["end_reason"],
        "order_amount": long_money(total(doc), doc),
        "init_oder_amount": long_money(total(doc), doc),
        "logistics_amount": long_money(doc["shipping"], doc),
        "settlement_currency": doc["currency"],
        "payment_type": doc["payment"],
        "cod": False,
        "is_phone": False,
        "memo": doc["note"],
        "buyerloginid": doc["buyer"]["login"],
        "buyer_signer_fullname": mask(doc["buyer"]["name"]),
        "buyer_info": {
            "login_id": doc["buyer"]["login"],
            "country": doc["buyer"]["country"],
            "first_name": mask(names[0], 1),
            "last_name": names[-1],
        },
        "seller_operator_login_id": shop.extra["login"],
        "seller_signer_fullname": shop.title,
        "receipt_address": receipt({**doc, "safe": False}),
        "child_order_list": {"aeop_tp_child_order_dto": [_child(doc, line) for line in doc["lines"]]},
        "logistic_info_list": {"aeop_tp_logistic_info_dto": [_logistics(doc, one) for one in doc["shipments"]]},
        "opr_log_dto_list": {},
    }
    if doc["paid"] is not None:
        target["gmt_pay_success"] = pacific(doc["paid"])
    if doc["status"] in (WAIT_SEND, PART_SENT):
        target["over_time_left"] = pacific(doc["send_by"])
    return target


def _child(doc: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": int(line["id"]),
        "child_order_id": line["id"],
        "order_sort_id": line["index"],
        "order_status": line_status(doc, line),
        "product_id": line["product_id"],
        "product_name": line["title"],
        "product_count": line["quantity"],
        "product_unit": "piece",
        "lot_num": 1,
        "sku_code": line["sku"],
        "product_price": long_money(line["unit"], doc),
        "init_order_amt": long_money(line["unit"] * line["quantity"], doc),
        "logistics_amount": long_money(doc["shipping"] if line["index"] == 1 else 0, doc),
        "product_attributes": f'{{"sku":[{{"pName":"Color","pValue":"{line["variation"]}","pId":14,"order":1}}]}}',
        "goods_prepare_time": doc["prepare_days"],
        "logistics_service_name": "AliExpress Standard Shipping",
        "logistics_type": "CAINIAO_STANDARD",
        "send_goods_operator": "SELLER_SEND_GOODS",
        "frozen_status": "NO_FROZEN",
        "issue_status": "NO_ISSUE",
        "fund_status": "NOT_PAY" if doc["paid"] is None else "PAY_SUCCESS",
    }


def _logistics(doc: dict[str, Any], shipment: dict[str, Any]) -> dict[str, Any]:
    return {
        "logistics_no": shipment["number"],
        "logistics_service_name": shipment["service"],
        "logistics_type_code": shipment["service"],
        "gmt_send": pacific(shipment["at"]),
        "receive_status": "received" if doc["status"] in (FUNDS, FINISH) else "not_received",
    }


def receipt(doc: dict[str, Any]) -> dict[str, str]:
    """The address; masked until the order is paid and risk control has passed it."""
    to, plain = doc["to"], doc["paid"] is not None and doc["safe"]
    calling = CALLING[to["country"]]
    mobile = to["phone"].removeprefix(calling)
    wire = {
        "contact_person": to["name"] if plain else mask(to["name"]),
        "detail_address": to["line1"] if plain else mask(to["line1"], 6),
        "address2": to["line2"] if plain else mask(to["line2"], 1),
        "city": to["city"],
        "province": to["region"],
        "zip": to["postcode"],
        "country": to["country"],
        "country_name": COUNTRY_NAMES[to["country"]],
        "phone_country": calling,
        "mobile_no": mobile if plain else f"{mobile[:2]}****{mobile[-3:]}",
    }
    return {name: text for name, text in wire.items() if text}
