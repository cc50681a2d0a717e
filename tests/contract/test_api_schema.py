"""The API keeps what its own description promises, under whatever Schemathesis thinks of."""

import os
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.cast import World
from tests.db.api_door import door_of
from tests.scripted import connect

from entrepot.core.permissions import Permission

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SETTINGS = hypothesis.settings(
    max_examples=int(os.environ.get("ENTREPOT_API_EXAMPLES", "15")),
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The application closes its connection after each request; here it lives in the test's transaction."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)


@pytest.fixture
def described(alice: World, one_connection: None) -> Any:
    """The description as it is served, in this process."""
    from entrepot.wsgi import application

    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def known(alice: World) -> dict[str, list[str]]:
    """What exists, so that some requests find something: path part -> values."""
    orders, parcels, uuid = alice.orders(4, prefix="A"), alice.allocated(4, prefix="B"), uuid4()
    printed = alice.do("print_parcels", parcels[:1])
    alice.do("hold_orders", alice.orders(1, prefix="H"), uuid=uuid)
    return {
        "orders": [str(i) for i in orders],
        "parcels": [str(i) for i in parcels],
        "files": [str(printed.result["file"])],
        "batches": [str(uuid)],
        "stores": [str(connect(alice, marketplace="tiktok"))],
    }


def aim(case: Any, known: dict[str, list[str]], draw: Any) -> None:
    """Lets a request that fits the description meet things that exist, every other time."""
    room = case.path.split("/")[3]
    if case.path_parameters and room in known and draw(st.booleans()):
        name = next(iter(case.path_parameters))
        case.path_parameters[name] = draw(st.sampled_from(known[room]))
    if room == "batches" and isinstance(case.body, dict) and case.body.get("ids") and draw(st.booleans()):
        case.body["ids"] = draw(st.lists(st.sampled_from(known["orders"] + known["parcels"]), min_size=1))
        case.body.pop("all_of", None)


def play(operation: Any, mode: GenerationMode, headers: dict[str, str], known: dict[str, list[str]]) -> set[int]:
    """Asks an operation many things, looks at each answer, and returns the statuses met."""
    statuses: set[int] = set()

    @hypothesis.given(data=st.data(), case=operation.as_strategy(generation_mode=mode))
    @SETTINGS
    def ask(data: Any, case: Any) -> None:
        if mode is GenerationMode.POSITIVE:
            aim(case, known, data.draw)
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)

    ask()
    return statuses


def test_no_request_that_fits_breaks_the_description(described: Any, known: dict[str, list[str]], alice: World) -> None:
    headers = {"Authorization": f"Bearer {door_of(alice).token}"}
    operations = [found.ok() for found in described.get_all_operations()]
    met = {one.label: play(one, GenerationMode.POSITIVE, headers, known) for one in operations}
    dull = {label for label, statuses in met.items() if not statuses & {200, 202} and "import" not in label}
    assert dull == set(), "these were never asked anything they could answer"


def test_no_request_that_does_not_fit_breaks_anything(
    described: Any, known: dict[str, list[str]], alice: World
) -> None:
    headers = {"Authorization": f"Bearer {door_of(alice).token}"}
    operations = [found.ok() for found in described.get_all_operations()]
    askable = [one for one in operations if one.path_parameters or one.query or one.body]
    met = {one.label: play(one, GenerationMode.NEGATIVE, headers, known) for one in askable}
    assert [label for label, statuses in met.items() if not statuses & {400, 404, 422}] == []


def test_every_operation_stands_behind_the_token_and_its_permission(described: Any, alice: World) -> None:
    weak = {"Authorization": f"Bearer {door_of(alice, Permission.MEMBERS).token}"}
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 20
    for operation in operations:
        parameters = {name: uuid4() if "batches" in operation.path else 1 for name in ("uuid", "id")}
        parameters = {name: value for name, value in parameters.items() if f"{{{name}}}" in operation.path}
        case = operation.Case(path_parameters=parameters)
        assert case.call().status_code == 401, operation.label
        assert case.call(headers={"Authorization": "Bearer ent_" + "0" * 48}).status_code == 401, operation.label
        if operation.method == "get":  # what is sent is looked at before it is known which permission it needs
            assert case.call(headers=weak).status_code == 403, operation.label


def test_the_description_says_what_it_is(described: Any) -> None:
    raw = described.raw_schema
    assert raw["openapi"] == "3.1.0"
    assert raw["components"]["securitySchemes"] == {"TokenAuth": {"type": "http", "scheme": "bearer"}}
    for path, methods in raw["paths"].items():
        for method, operation in methods.items():
            assert {"400", "401", "403", "422"} <= set(operation["responses"]), (method, path)
            assert operation["summary"], (method, path)
    verbs = raw["components"]["schemas"]
    assert verbs["HoldOrders"]["properties"]["verb"]["const"] == "hold_orders"
    assert set(verbs["PackOptions"]["properties"]) == {"merge"}
