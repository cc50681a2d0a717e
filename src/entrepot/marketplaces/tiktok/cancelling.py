"""Answering a buyer's wish to cancel."""

from collections.abc import Mapping, Sequence

from entrepot.marketplaces.contract import CancelAnswer, Done, Result, Why
from entrepot.marketplaces.outcomes import one_by_one
from entrepot.marketplaces.tiktok.client import Client
from entrepot.marketplaces.tiktok.errors import why_of
from entrepot.marketplaces.tiktok.pulling import PAGE, PENDING

SEARCH = "/return_refund/202602/cancellations/search"
GRANTED = frozenset({"CANCELLATION_REQUEST_SUCCESS", "CANCELLATION_REQUEST_COMPLETE"})


def answer_cancellations(client: Client, answers: Sequence[CancelAnswer]) -> list[Done]:
    states = _states(client, [answer.order_id for answer in answers])
    return one_by_one(answers, lambda answer: _answer(client, answer, states.get(answer.order_id, {})), why_of)


def _states(client: Client, order_ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Order id -> request id -> its status, for the buyers' requests."""
    found: dict[str, dict[str, str]] = {}
    for start in range(0, len(order_ids), PAGE):
        body = {"order_ids": list(order_ids[start : start + PAGE]), "cancel_types": ["BUYER_CANCEL"]}
        page = ""
        while True:
            query = {"page_size": str(PAGE)} | ({"page_token": page} if page else {})
            data = client.search("cancellations.search", SEARCH, query, body)
            for request in data.records("cancellations"):
                of_order = found.setdefault(request.needed("order_id"), {})
                of_order[request.needed("cancel_id")] = request.text("cancel_status")
            page, asked = data.text("next_page_token"), page
            if not page or page == asked:
                break
    return found


def _answer(client: Client, answer: CancelAnswer, states: Mapping[str, str]) -> Done:
    request = answer.request_id or next((named for named, status in states.items() if status == PENDING), "")
    status = states.get(request, "")
    if status != PENDING:
        return _settled(answer, request, status)
    path = f"/return_refund/202309/cancellations/{request}"
    if answer.accept:
        client.write("cancellations.approve", f"{path}/approve", {}, {"idempotency_key": answer.key})
    else:
        reason = answer.reason or _reason(client, request)
        client.write("cancellations.reject", f"{path}/reject", {"reject_reason": reason})
    return Done(answer.key, Result.OK, remote_id=request)


def _reason(client: Client, request: str) -> str:
    """The first reason for a refusal that the marketplace itself offers: it takes no answer without one."""
    data = client.get("cancellations.decisions", "/return_refund/202601/decision_eligibility", {"cancel_id": request})
    for decision in data.records("decisions"):
        for reason in decision.records("available_reject_reasons"):
            return reason.text("name")
    return ""


def _settled(answer: CancelAnswer, request: str, status: str) -> Done:
    """The request does not wait any more: by our earlier answer, by the buyer, or by the marketplace's own clock."""
    if status and (status in GRANTED) is answer.accept:
        return Done(answer.key, Result.ALREADY_DONE, code=status, remote_id=request)
    message = f"the request is {status}" if status else "there is no such request"
    return Done(answer.key, Result.REJECTED, Why.STATE_CHANGED, status or "no_request", message)
