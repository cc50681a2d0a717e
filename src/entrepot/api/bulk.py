"""PUT /skus and /stock: up to 1,000 at a time, each answered by itself."""

from typing import Annotated, Any, Self
from uuid import UUID, uuid4

from django.http import HttpRequest
from ninja import Body, Schema
from pydantic import Field, model_validator

from entrepot.api.auth import actor_of
from entrepot.api.fields import Currency, IdOut, Input, Words
from entrepot.api.problems import errors
from entrepot.api.shelf import router
from entrepot.catalog.import_skus import FACTS
from entrepot.catalog.models import GoodsClass
from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.report import Refusal
from entrepot.core.scope import organization_scope
from entrepot.inventory.count import MOST_PIECES, CodeCount, set_counts
from entrepot.inventory.import_stock import import_skus
from entrepot.inventory.receive import DEFAULT_BIN
from entrepot.marketplaces.order_file import SkuDraft
from entrepot.orders.pairing import forget_unknown_skus

MOST = 1_000
Grams = Annotated[int, Field(ge=0, le=10_000_000)]
Minor = Annotated[int, Field(ge=0, le=10**15)]
Pieces = Annotated[int, Field(ge=0, le=MOST_PIECES)]


class SkuIn(Input):
    """Facts left out stay as they are; a new SKU gets the defaults."""

    code: Annotated[str, Words(100, 1)]
    name: Annotated[str, Words(300)] | None = None
    barcode: Annotated[str, Words(60)] | None = None
    name_customs_en: Annotated[str, Words(200)] | None = None
    name_customs_zh: Annotated[str, Words(200)] | None = None
    hs_code: Annotated[str, Field(pattern=r"^[0-9]{0,12}$")] | None = None
    origin_country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] | None = None
    weight_grams: Grams | None = None
    value_minor: Minor | None = None
    currency: Currency | None = None
    goods_class: GoodsClass | None = None


class SkusIn(Input):
    items: Annotated[list[SkuIn], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_twins([item.code for item in self.items])
        return self


class SkuSaved(Schema):
    id: IdOut
    code: str
    created: bool


class SkusSaved(Schema):
    batch: UUID
    items: list[SkuSaved] = Field(description="In the asked order.")


class CountIn(Input):
    sku_code: Annotated[str, Words(100, 1)]
    bin: Annotated[str, Words(40)] = Field(default=DEFAULT_BIN, description="In the main warehouse; made when new.")
    on_hand: Pieces


class CountsIn(Input):
    uuid: UUID | None = Field(default=None, description="Made by you: the same UUID and counts again do nothing twice.")
    items: Annotated[list[CountIn], Field(min_length=1, max_length=MOST)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _refuse_twins([f"{item.sku_code} in {item.bin or DEFAULT_BIN}" for item in self.items])
        return self


class CountSaved(Schema):
    """The balance after the count. Pieces promised to parcels stay: `on_hand` is never below `allocated`."""

    sku_code: str
    bin: str
    refusal: Refusal | None
    message: str
    on_hand: int
    allocated: int
    change: int


class CountsSaved(Schema):
    batch: UUID
    items: list[CountSaved] = Field(description="In the asked order.")


@router.put("/skus", response={200: SkusSaved, **errors(413)}, summary="Create or update up to 1,000 SKUs")
def put_skus(request: HttpRequest, body: Body[SkusIn]) -> Any:
    """Listings of the same code are paired, and waiting orders lose the reason "unknown SKU"."""
    actor = actor_of(request, Permission.CATALOG)
    codes = [item.code for item in body.items]
    with organization_scope(actor.organization_id):
        before = _locked_skus(actor.organization_id, codes)
        done = import_skus(
            organization_id=actor.organization_id,
            drafts=[_draft(item, before.get(item.code, {}), row) for row, item in enumerate(body.items, 1)],
            actor=actor,
            at=now(),
            on_paired=forget_unknown_skus,
        )
        ids = _ids_of(actor.organization_id, codes)
    items = [{"id": ids[code], "code": code, "created": code not in before} for code in codes]
    return {"batch": done["batch"], "items": items}


@router.put("/stock", response={200: CountsSaved, **errors(409, 413)}, summary="Set up to 1,000 counted balances")
def put_stock(request: HttpRequest, body: Body[CountsIn]) -> Any:
    """Brings each balance to the counted pieces by a stock movement."""
    actor = actor_of(request, Permission.STOCK)
    uuid = body.uuid or uuid4()
    counts = [CodeCount(item.sku_code, item.bin, item.on_hand) for item in body.items]
    report = set_counts(organization_id=actor.organization_id, counts=counts, actor=actor, at=now(), uuid=uuid)
    return {"batch": uuid, "items": report.result["items"]}


def _refuse_twins(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"items has {name} twice")
        seen.add(name)


def _locked_skus(organization_id: int, codes: list[str]) -> dict[str, dict[str, Any]]:
    found = sql.dicts(
        f"""
        SELECT code, {", ".join(FACTS)} FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)
        ORDER BY id FOR NO KEY UPDATE
        """,
        [organization_id, codes],
    )
    return {row["code"]: row for row in found}


def _draft(item: SkuIn, before: dict[str, Any], row: int) -> SkuDraft:
    """What is known already fills what was left out, since one statement writes the same columns of all items."""
    kept = {name: value for name, value in before.items() if name != "code"}
    given = item.model_dump(exclude_none=True, exclude={"code"}, mode="json")
    return SkuDraft(item.code, row, {**kept, **given})


def _ids_of(organization_id: int, codes: list[str]) -> dict[str, int]:
    return dict(
        sql.rows(
            "SELECT code, id FROM catalog_sku WHERE organization_id = %s AND code = ANY(%s)", [organization_id, codes]
        )
    )
