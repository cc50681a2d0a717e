"""Answering a request to cancel a fulfilment order, where the shop asked us as its fulfilment service.

Buyers of a Shopify shop cannot ask by themselves; a merchant's own cancellation arrives as a cancelled order.
"""

from collections.abc import Sequence

from entrepot.marketplaces.contract import CancelAnswer, Done, Result, Why
from entrepot.marketplaces.outcomes import one_by_one
from entrepot.marketplaces.shopify.client import Client
from entrepot.marketplaces.shopify.documents import ACCEPT, REJECT, STANDING
from entrepot.marketplaces.shopify.orders import gid

ACCEPTED, REJECTED = "CANCELLATION_ACCEPTED", "CANCELLATION_REJECTED"
FIELDS = {
    True: ("fulfillmentOrderAcceptCancellationRequest", ACCEPT),
    False: ("fulfillmentOrderRejectCancellationRequest", REJECT),
}


def answer_cancellations(client: Client, answers: Sequence[CancelAnswer]) -> list[Done]:
    return one_by_one(answers, lambda answer: _answer(client, answer))


def _answer(client: Client, answer: CancelAnswer) -> Done:
    if not answer.request_id:
        return Done(answer.key, Result.REJECTED, Why.OTHER, "no_request", "the order names no request")
    field, document = FIELDS[answer.accept]
    variables = {"id": gid("FulfillmentOrder", answer.request_id), "message": answer.reason or None}
    payload = client.mutate("cancellations.answer", document, variables, field)
    if errors := payload.records("userErrors"):
        return _refused(client, answer, errors[0].text("message"))
    return Done(answer.key, Result.OK, remote_id=answer.request_id)


def _refused(client: Client, answer: CancelAnswer, message: str) -> Done:
    """The request waits no more: the same answer as ours is success."""
    status = _status(client, answer)
    if status == (ACCEPTED if answer.accept else REJECTED):
        return Done(answer.key, Result.ALREADY_DONE, remote_id=answer.request_id)
    return Done(answer.key, Result.REJECTED, Why.STATE_CHANGED, status or "user_error", message)


def _status(client: Client, answer: CancelAnswer) -> str:
    nodes = client.query("orders.standing", STANDING, {"ids": [gid("Order", answer.order_id)]}).records("nodes")
    for part in nodes[0].record("fulfillmentOrders").records("nodes") if nodes else ():
        if part.needed("id") == gid("FulfillmentOrder", answer.request_id):
            return part.text("requestStatus")
    return ""
