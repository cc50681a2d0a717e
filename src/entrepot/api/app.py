"""The REST API under /api/v1, described by /api/v1/openapi.json (OpenAPI 3.1)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from entrepot.api import batches, bulk, files, imports, notices, orders, parcels, problems, stores
from entrepot.api.auth import TokenAuth


class OrjsonParser(Parser):
    """Refuses what JSON does not allow (lone surrogates, NaN), ten times as fast."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


class OrjsonRenderer(BaseRenderer):
    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> Any:
        return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


api = NinjaAPI(
    title="Entrepot",
    version="1",
    description="Orders in, parcels out. Ids are text, instants are UTC, money is integer minor units.",
    urls_namespace="api",
    openapi_url="/openapi.json",
    docs_url=None,
    auth=TokenAuth(),
    parser=OrjsonParser(),
    renderer=OrjsonRenderer(),
)
for part in (orders, parcels, stores, notices, batches, imports, bulk, files):
    api.add_router("", part.router)
problems.install(api)


def unknown(request: HttpRequest, rest: str) -> JsonResponse:
    return JsonResponse({"code": "not_found", "message": "The API has no such address."}, status=404)


def _in_our_shape(view: Callable[..., Any] | None) -> Callable[..., Any]:
    """An address that does not know the method is answered like any error; the framework says it in plain text."""

    assert view is not None

    @wraps(view)
    def answered(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, **parts)
        if response.status_code != 405:
            return response
        allowed = ", ".join(sorted(response["Allow"].split(", ")))
        body = {
            "code": "method_not_allowed",
            "message": f"{request.method} is not for this address; it takes {allowed}.",
        }
        return JsonResponse(body, status=405, headers={"Allow": allowed})

    return answered


_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    _pattern.callback = _in_our_shape(_pattern.callback)
urlpatterns: list[URLPattern | URLResolver] = [
    path("", (_patterns, _app_name, _namespace)),
    path("<path:rest>", unknown),
]
