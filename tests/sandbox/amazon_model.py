"""Whether a JSON value fits a definition of Amazon's own Swagger 2 models (tests/contract/specs/amazon, Apache-2.0)."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

SPECS = Path(__file__).parents[1] / "contract" / "specs" / "amazon"

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@cache
def model(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text())
    return loaded


def misfits(name: str, definition: str, value: Any) -> list[str]:
    """What in `value` breaks `definition` of the model file `name`, one sentence each; [] when it fits.

    Stricter than Swagger in one point: a field that the model does not name is a misfit, because a twin must not invent
    fields.
    """
    found: list[str] = []
    _check(model(name), model(name)["definitions"][definition], value, definition, found)
    return found


def _check(root: dict[str, Any], schema: dict[str, Any], value: Any, at: str, found: list[str]) -> None:
    if "$ref" in schema:
        schema = root["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type", "object" if "properties" in schema else None)
    if kind and (not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean")):
        found.append(f"{at}: {value!r} is not of type {kind}")
        return
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{at}: {value!r} is not one of {schema['enum']}")
    if schema.get("format") == "date-time" and not _instant(value):
        found.append(f"{at}: {value!r} is no instant with a zone")
    if isinstance(value, list):
        _check_list(root, schema, value, at, found)
    if isinstance(value, dict):
        _check_object(root, schema, value, at, found)


def _check_list(root: dict[str, Any], schema: dict[str, Any], value: list[Any], at: str, found: list[str]) -> None:
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        found.append(f"{at}: {len(value)} items")
    for n, one in enumerate(value):
        _check(root, schema.get("items", {}), one, f"{at}[{n}]", found)


def _check_object(
    root: dict[str, Any], schema: dict[str, Any], value: dict[str, Any], at: str, found: list[str]
) -> None:
    properties = schema.get("properties")
    found.extend(f"{at}: {name} is missing" for name in schema.get("required", ()) if name not in value)
    for name, one in value.items():
        if properties is not None and name in properties:
            _check(root, properties[name], one, f"{at}.{name}", found)
        elif properties is not None and "additionalProperties" not in schema:
            found.append(f"{at}: the model has no field {name}")


def _instant(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
