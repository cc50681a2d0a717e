"""Stock of a listing that the seller ships himself: one PATCH per SKU."""

from entrepot.marketplaces.amazon.client import Client, part
from entrepot.marketplaces.amazon.orders import SITE
from entrepot.marketplaces.contract import Done, Result, StockLevel, Why

ANY_PRODUCT = "PRODUCT"  # the type that holds for all when only the offer changes; not verified live
OWN_WAREHOUSE = "DEFAULT"  # Amazon's code of "the merchant ships"


def set_level(client: Client, level: StockLevel) -> Done:
    grant = client.access.grant
    site = level.handles.get(SITE) or grant.extra.get(SITE, "")
    if not site:
        return Done(level.key, Result.REJECTED, Why.OTHER, message="The site of this listing is not known.")
    availability = [{"fulfillment_channel_code": OWN_WAREHOUSE, "quantity": level.quantity}]
    body = {
        "productType": level.handles.get("product_type", ANY_PRODUCT),
        "patches": [{"op": "replace", "path": "/attributes/fulfillment_availability", "value": availability}],
    }
    path = f"/listings/2021-08-01/items/{part(grant.account)}/{part(level.sku_code)}"
    answer = client.patch("patchListingsItem", path, {"marketplaceIds": [site]}, body)
    if answer.text("status") in ("ACCEPTED", "VALID"):
        return Done(level.key, Result.OK, remote_id=answer.text("submissionId"))
    issues = [issue for issue in answer.records("issues") if issue.text("severity") == "ERROR"]
    code = issues[0].text("code") if issues else answer.text("status")
    message = "; ".join(issue.text("message") for issue in issues)
    return Done(level.key, Result.REJECTED, Why.OTHER, code, message)
