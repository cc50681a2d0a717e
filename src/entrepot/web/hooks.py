"""The door of webhooks. Nobody is signed in here: the signature is all there is, and the answers tell nothing."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from entrepot.core.clock import now
from entrepot.marketplaces.contract import CallFailed
from entrepot.marketplaces.registry import connector_of
from entrepot.orders.hear import hear

MOST_BYTES = 1_000_000


@csrf_exempt
@require_POST
def hook(request: HttpRequest, marketplace: str) -> HttpResponse:
    """200 heard · 400 none of its events · 401 not signed, or no store of ours · 404 no such marketplace · 413 too long."""
    try:
        connector_of(marketplace)
    except KeyError:
        return HttpResponse(status=404)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=413)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        heard = hear(marketplace, url=request.build_absolute_uri(), headers=headers, body=body, at=now())
    except (ValueError, CallFailed):  # its own reader found no event in it
        return HttpResponse(status=400)
    return HttpResponse(status=200 if heard else 401)
