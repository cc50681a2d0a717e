"""A wire that answers from a script and checks every request, and every answer, against Amazon's own models.

Stricter than Swagger: a query parameter, a body field or a path that the model does not know fails the test.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from entrepot.marketplaces.contract import Access, Answer, App, Grant, Request

SPECS = Path(__file__).parent / "specs" / "amazon"
FILES = ("orders_2026-01-01", "ordersV0", "listingsItems_2021-08-01")
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
API = "https://sp.example.test"
ACCESS = Access(
    App("amzn1.application-oa2-client.2", "s3cret", {"api": API}, {"application_id": "amzn1.sp.solution.1"}),
    Grant("A2SELLER", "Atza|token", "Atzr|refresh", NOW + timedelta(minutes=30), extra={"region": "eu"}),
)
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,), "object": (dict,),
}  # fmt: skip


@cache
def model(name: str) -> dict[str, Any]:
    return json.loads((SPECS / f"{name}.json").read_text())  # type: ignore[no-any-return]


@dataclass
class Operation:
    root: dict[str, Any]
    path: str
    method: str
    spec: dict[str, Any]
    params: dict[str, str]  # of the path


def operation_of(method: str, path: str) -> Operation:
    """The one operation of the models that this is. AssertionError when Amazon has no such call."""
    for name in FILES:
        root = model(name)
        for template, methods in root["paths"].items():
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            found = re.fullmatch(pattern, path)
            if found and method.lower() in methods:
                given = {key: unquote(value) for key, value in found.groupdict().items()}
                return Operation(root, template, method, methods[method.lower()], given)
    raise AssertionError(f"Amazon has no {method} {path}")


def misfits(root: dict[str, Any], schema: dict[str, Any], value: Any, at: str = "$") -> list[str]:
    """What in `value` breaks the schema; unknown fields count."""
    if "$ref" in schema:
        return misfits(root, root["definitions"][schema["$ref"].rpartition("/")[2]], value, at)
    kind = schema.get("type") or ("object" if "properties" in schema else "")
    found: list[str] = []
    if kind and (not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        return [f"{at}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not in the enum")
    if schema.get("format") == "date-time" and not re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", str(value)
    ):
        found.append(f"{at}: {value!r} is no date-time")
    if kind == "array":
        if len(value) > schema.get("maxItems", len(value)) or len(value) < schema.get("minItems", 0):
            found.append(f"{at}: {len(value)} items")
        for n, one in enumerate(value):
            found += misfits(root, schema.get("items", {}), one, f"{at}[{n}]")
    if kind == "object" and not schema.get("additionalProperties"):
        known = schema.get("properties", {})
        found += [f"{at}.{name} is missing" for name in schema.get("required", ()) if name not in value]
        for name, one in value.items():
            found += misfits(root, known[name], one, f"{at}.{name}") if name in known else [f"{at}.{name} is unknown"]
    return found


def check_request(request: Request) -> Operation:
    parts = urlsplit(request.url)
    operation = operation_of(request.method, parts.path)
    specs = {one["name"]: one for one in operation.spec.get("parameters", [])}
    query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)) if parts.query else {}
    found = [f"query {name} is unknown" for name in query if specs.get(name, {}).get("in") != "query"]
    for name, spec in specs.items():
        if spec.get("required") and spec["in"] == "query" and name not in query:
            found.append(f"query {name} is missing")
    for name, text in query.items():
        if name in specs:
            found += misfits(operation.root, specs[name], typed(specs[name], text), name)
    body = next((one for one in specs.values() if one["in"] == "body"), None)
    if body is None:
        found += ["a body where none belongs"] if request.content else []
    else:
        found += misfits(operation.root, body["schema"], json.loads(request.content), "body")
    assert not found, "; ".join(found)
    assert request.headers["x-amz-access-token"] == "Atza|token"
    assert "authorization" not in request.headers  # no request signature: it was dropped in 2023
    return operation


def typed(spec: dict[str, Any], text: str) -> Any:
    if spec["type"] == "array":
        assert spec.get("collectionFormat", "csv") == "csv"
        return text.split(",")
    return int(text) if spec["type"] == "integer" else text


@dataclass
class Scripted:
    """Answers in order: (status, body) or an exception. `strict` answers must fit the model's own schema of success."""

    answers: list[Any]
    strict: bool = True
    sent: list[tuple[Operation, Request]] = field(default_factory=list)

    def send(self, request: Request) -> Answer:
        operation = check_request(request)
        self.sent.append((operation, request))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, body, *headers = answer
        schema = operation.spec["responses"].get(str(status), {}).get("schema")
        if self.strict and schema and body is not None:
            assert not misfits(operation.root, schema, body), misfits(operation.root, schema, body)
        content = b"" if body is None else json.dumps(body).encode()
        return Answer(status, headers[0] if headers else {}, content)

    def queries(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(urlsplit(request.url).query)) for _, request in self.sent]

    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for _, request in self.sent if request.content]


def sandbox_pairs(name: str, path: str, method: str, status: str) -> list[dict[str, Any]]:
    """Amazon's own sandbox requests and responses of an operation."""
    response = model(name)["paths"][path][method]["responses"][status]
    return response["x-amzn-api-sandbox"]["static"]  # type: ignore[no-any-return]
