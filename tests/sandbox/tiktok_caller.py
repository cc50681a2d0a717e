"""A TikTok Shop client for tests, signed and read by the `tiktok-shop-api` package: another reading of the same documents."""

import json
import urllib.parse
from dataclasses import dataclass
from typing import Any

import attrs
from tests.sandbox.running import Front, Got
from tiktok_shop_api import Signer, operation_for, requires_shop_cipher
from tiktok_shop_api.generated import models


@dataclass
class Caller:
    sandbox: Front
    shop: str
    access: str = ""
    refresh: str = ""

    def __post_init__(self) -> None:
        app = self.sandbox.control("apps")["tiktok"]
        self.key, self.secret = app["key"], app["secret"]
        self.cipher = next(shop["cipher"] for shop in app["shops"] if shop["name"] == self.shop)

    def sign_in(self) -> "Caller":
        """Through the consent page, as a seller would."""
        got = self.consent("allow")
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(got.headers["location"]).query)["code"][0]
        data = self.token("get", auth_code=code, grant_type="authorized_code").json["data"]
        self.access, self.refresh = data["access_token"], data["refresh_token"]
        return self

    def consent(self, decision: str) -> Got:
        return self.sandbox.call(
            "POST", "/tiktok/authorize", form={"shop": self.shop, "decision": decision},
            query={"service_id": self.key, "state": "st-1", "redirect_uri": "http://house.example/back?x=1"},
        )  # fmt: skip

    def token(self, what: str, **query: str) -> Got:
        query = {"app_key": self.key, "app_secret": self.secret, **query}
        return self.sandbox.call("GET", f"/tiktok/auth/api/v2/token/{what}", query=query)

    def call(self, method: str, path: str, query: dict[str, str] | None = None, body: Any = None, **other: str) -> Got:
        """`other` overrides what is signed with: timestamp, sign, shop_cipher, token."""
        assert operation_for(method, path) is not None, f"the package knows no {method} {path}"
        signed = {**(query or {}), "app_key": self.key, "timestamp": str(self.sandbox.now_ms() // 1000)}
        if requires_shop_cipher(method, path):
            signed["shop_cipher"] = self.cipher
        token = other.pop("token", self.access)
        fixed = other.pop("sign", None)
        signed |= other
        raw = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        sign = Signer.sign(
            path=path, query=list(signed.items()), content_type="application/json", body=raw, app_secret=self.secret
        )
        return self.sandbox.call(
            method, f"/tiktok/api{path}", query={**signed, "sign": fixed or sign}, body=raw,
            headers={"x-tts-access-token": token, "Content-Type": "application/json"},
        )  # fmt: skip

    def ask(self, model: str, method: str, path: str, query: dict[str, str] | None = None, body: Any = None) -> Any:
        """The `data` of a good answer, after the package's `model` has read it and knew every field of it."""
        got = self.call(method, path, query, body)
        assert (got.status, got.json["code"]) == (200, 0), got.body
        read = getattr(models, model).from_dict(got.json)
        assert unknown_fields(read) == []
        assert read.to_dict() == got.json
        return got.json["data"]

    def orders(self, *ids: str) -> list[Any]:
        found: list[Any] = self.ask("GetOrderDetailResponse", "GET", "/order/202507/orders", {"ids": ",".join(ids)})[
            "orders"
        ]
        return found


def unknown_fields(value: Any, path: str = "") -> list[str]:
    """Fields that the documentation's models do not name, anywhere inside, and values of another type than they say."""
    if isinstance(value, list):
        return [one for n, item in enumerate(value) for one in unknown_fields(item, f"{path}[{n}]")]
    if not attrs.has(type(value)):
        return []
    found = [f"{path}.{name}" for name in value.additional_properties]
    for field in attrs.fields(type(value)):
        if field.name == "additional_properties":
            continue
        held = getattr(value, field.name)
        kind = str(field.type)
        if (isinstance(held, str) and "str" not in kind and "Literal" not in kind) or (
            isinstance(held, int) and not isinstance(held, bool) and "int" not in kind and "Literal" not in kind
        ) or (isinstance(held, bool) and "bool" not in kind):  # fmt: skip
            found.append(f"{path}.{field.name} is {held!r}, not {kind}")
        found += unknown_fields(held, f"{path}.{field.name}")
    return found
