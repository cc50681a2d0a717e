"""POST /imports/orders and /imports/skus: a file as sellers export it, taken in at once."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import orjson
from django.http import HttpRequest
from ninja import File, Form, Router, Schema, UploadedFile
from pydantic import Field

from entrepot.api.auth import actor_of
from entrepot.api.fields import Currency, Input, Words, id_of
from entrepot.api.problems import Problem, errors, invalid
from entrepot.connections.stores import StoreFacts, TakesNoFiles, store_by_id, store_named
from entrepot.core import sql
from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope
from entrepot.inventory.import_stock import import_skus
from entrepot.marketplaces.order_file import ORDER_FIELDS, SKU_FIELDS, FileRefused, Preview
from entrepot.marketplaces.registry import order_file
from entrepot.orders.columns import keep_columns, remembered_columns
from entrepot.orders.importing import import_orders
from entrepot.orders.pairing import forget_unknown_skus

router = Router(tags=["imports"])
MOST_ROWS = 5_000
MOST_BYTES = 20 * 1024 * 1024
MappingText = Annotated[
    str,
    Words(20_000),
    Field(
        description='JSON object, our field → the column\'s heading: {"order_id": "Order number"}. Without it, columns '
        "are recognised by their headings.",
        examples=['{"order_id": "Order number", "quantity": "Pieces", "sku": "Article"}'],
    ),
]


class RefusedRowOut(Schema):
    row: int
    field: str
    reason: str


class OrderCounts(Schema):
    created: int
    updated: int
    unchanged: int
    cancelled: int


class OrderImport(Schema):
    """What became of the file. `batch` can be asked for at `GET /batches/{uuid}`."""

    batch: UUID
    rows: int
    orders: OrderCounts
    lines: int
    refused: list[RefusedRowOut]


class SkuCounts(Schema):
    created: int
    updated: int


class SkuImport(Schema):
    """What became of the file. `stock` counts changed balances, `paired` the listings that found their SKU."""

    batch: UUID
    rows: int
    skus: SkuCounts
    stock: int
    paired: int
    refused: list[RefusedRowOut]


class OrderForm(Input):
    store: Annotated[str, Words(80)] = Field(default="", description="The store's name. Either this or `store_id`.")
    store_id: Annotated[str, Words(19)] = Field(default="", description="The store's id.")
    mapping: MappingText = ""
    uuid: UUID | None = Field(default=None, description="Made by you: the same UUID and file again do nothing twice.")


class SkuForm(Input):
    currency: Currency = Field(default="USD", description="Of values in a file without a currency column.")
    mapping: MappingText = ""


@router.post(
    "/imports/orders",
    response={200: OrderImport, **errors(409, 413)},
    summary="Import an order file (CSV, TSV, XLSX, XLS, ODS; at most 5,000 rows)",
)
def post_orders(request: HttpRequest, form: Form[OrderForm], file: File[UploadedFile]) -> Any:
    """Orders already here are updated when the file says something new; the same file twice changes nothing."""
    actor = actor_of(request, Permission.IMPORT)
    mapping = _mapping(form.mapping, ORDER_FIELDS)
    with organization_scope(actor.organization_id):
        store = _store(actor.organization_id, form)
    with _on_disk(file) as (path, digest), _refusals():
        columns = mapping or remembered_columns(actor.organization_id, store.id, path)
        _count(order_file().preview(path, mapping=columns, filename=file.name or ""))
        drafts = order_file().orders(
            path, time_zone=store.time_zone, currency=store.currency, mapping=columns, filename=file.name or ""
        )
        if mapping:
            keep_columns(actor.organization_id, store.id, path, mapping, now())
        result = import_orders(
            organization_id=actor.organization_id,
            store=store,
            drafts=drafts,
            actor=actor,
            at=now(),
            uuid=form.uuid,
            options={"store": str(store.id), "sha256": digest},
        )
        _refuse_unfinished(actor.organization_id, UUID(result["batch"]))
        return result


@router.post(
    "/imports/skus",
    response={200: SkuImport, **errors(413)},
    summary="Import a SKU file, with opening stock if it has such a column",
)
def post_skus(request: HttpRequest, form: Form[SkuForm], file: File[UploadedFile]) -> Any:
    """Creates or updates SKUs; a column the file does not have stays as it is. On-hand columns need `stock` too."""
    actor = actor_of(request, Permission.CATALOG)
    mapping = _mapping(form.mapping, SKU_FIELDS)
    with _on_disk(file) as (path, _), _refusals():
        preview = order_file().preview_skus(path, mapping=mapping, filename=file.name or "")
        _count(preview)
        if "on_hand" in preview.mapping:
            actor.require(Permission.STOCK)
        return import_skus(
            organization_id=actor.organization_id,
            drafts=order_file().skus(path, currency=form.currency, mapping=mapping, filename=file.name or ""),
            actor=actor,
            at=now(),
            on_paired=forget_unknown_skus,
        )


def _refuse_unfinished(organization_id: int, uuid: UUID) -> None:
    """An import that broke off, or that a twin of this request is still doing, has no answer yet.

    Raises:
        Problem: it is not done.
    """
    with organization_scope(organization_id):
        found = sql.rows(
            "SELECT status FROM core_batch WHERE organization_id = %s AND uuid = %s", [organization_id, uuid]
        )
    if found[0][0] != "done":
        raise Problem(
            409,
            "not_finished",
            "The import of this UUID still runs or broke off. Look at the batch; if it does not move, send the file "
            "under a new UUID: orders that are here already stay unchanged.",
            "uuid",
        )


def _store(organization_id: int, form: OrderForm) -> StoreFacts:
    if bool(form.store) == bool(form.store_id):
        raise invalid("Give either the store's name or its id.", "store")
    if form.store:
        found = store_named(organization_id, form.store)
    else:
        try:
            found = store_by_id(organization_id, id_of(form.store_id))
        except ValueError as error:
            raise invalid(str(error), "store_id") from error
    if found is None:
        raise invalid("There is no such store in your organization.", "store", "unknown_store")
    try:
        found.require_files()
    except TakesNoFiles as refused:
        raise invalid(str(refused), "store", "connected_store") from refused
    return found


def _mapping(given: str, fields: tuple[str, ...]) -> dict[str, str] | None:
    if not given:
        return None
    try:
        mapping = orjson.loads(given)
    except orjson.JSONDecodeError as error:
        raise invalid("The mapping is not JSON.", "mapping") from error
    if not isinstance(mapping, dict) or not all(isinstance(column, str) for column in mapping.values()):
        raise invalid("The mapping must be a JSON object of texts: our field → the column's heading.", "mapping")
    if unknown := [name for name in mapping if name not in fields]:
        raise invalid(f"Unknown fields in the mapping: {', '.join(unknown)[:200]}.", "mapping")
    return mapping


def _count(preview: Preview) -> None:
    if preview.row_count > MOST_ROWS:
        raise Problem(
            413,
            "too_many_rows",
            f"The file has {preview.row_count:,} rows; at most {MOST_ROWS:,} are taken here. Split the file, or import "
            "it on the Import page, which has no such limit.",
            "file",
        )


@contextmanager
def _on_disk(file: UploadedFile) -> Iterator[tuple[Path, str]]:
    """The upload as a file of a name of our own, with its SHA-256; gone afterwards."""
    if (file.size or 0) > MOST_BYTES:
        raise Problem(413, "too_large", f"The file may hold at most {MOST_BYTES // 1024**2} MB.", "file")
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(prefix="entrepot-import-") as kept:
        for chunk in file.chunks():
            digest.update(chunk)
            kept.write(chunk)
        kept.flush()
        yield Path(kept.name), digest.hexdigest()


@contextmanager
def _refusals() -> Iterator[None]:
    """A file that cannot be read is the client's problem, told in the reader's own words."""
    try:
        yield
    except FileRefused as refused:
        raise invalid(refused.sentence, "file", refused.code) from refused
