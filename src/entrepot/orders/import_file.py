"""Import a stored file in the background: orders of a store, or SKUs.

The batch row is there from the moment somebody clicks Import, so that the page has something to show. The job hands
over to the importers, which keep it up to date. Any file may come again: what is there already stays unchanged.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from entrepot.connections.stores import store_by_id
from entrepot.core import files, queue, sql
from entrepot.core.batch import open_batch
from entrepot.core.permissions import Actor, Permission, system_actor
from entrepot.core.report import Report
from entrepot.core.scope import organization_scope
from entrepot.inventory.import_stock import import_skus
from entrepot.marketplaces.order_file import FileRefused
from entrepot.marketplaces.registry import order_file
from entrepot.orders.importing import VERB, import_orders
from entrepot.orders.pairing import forget_unknown_skus

SKUS_VERB = "import_skus"
TASK = "import_order_file"


@dataclass(frozen=True, slots=True)
class FileImport:
    """What to import. `kind` is "orders" (into `store_id`) or "skus" (`currency` is that of declared values)."""

    kind: str
    file_id: int
    filename: str
    rows: int
    store_id: int | None = None
    currency: str = "USD"
    mapping: Mapping[str, str] = field(default_factory=dict)

    @property
    def verb(self) -> str:
        return VERB if self.kind == "orders" else SKUS_VERB


def queue_import(*, organization_id: int, wanted: FileImport, actor: Actor, at: datetime, uuid: UUID) -> UUID:
    """Notes the batch and hands it to the worker. The same UUID and file again change nothing.

    Raises:
        NotAllowed: orders need IMPORT, SKUs CATALOG, and stock in a SKU file STOCK.
        SameUuidOtherBody: the UUID stands for another file, or for this one into another store or by other columns.
    """
    actor.require(Permission.IMPORT if wanted.kind == "orders" else Permission.CATALOG)
    if wanted.kind == "skus" and wanted.mapping.get("on_hand"):
        actor.require(Permission.STOCK)
    with organization_scope(organization_id):
        opened = open_batch(organization_id, uuid, wanted.verb, [], asdict(wanted), actor, at, status="queued")
        if isinstance(opened, Report):
            return uuid
        queue.defer(
            TASK,
            queue="imports",
            organization_id=organization_id,
            uuid=str(uuid),
            member_id=actor.member_id,
            wanted=asdict(wanted),
        )
    return uuid


def run(request: Mapping[str, Any], *, at: datetime, give_up: bool = True) -> None:
    """What the worker does. Safe to run twice: a finished import is left alone, a broken-off one is started again.

    `give_up`: an error now is the last one, so the batch says that it failed.
    """
    organization_id, uuid = int(request["organization_id"]), UUID(request["uuid"])
    wanted = FileImport(**request["wanted"])
    if not _make_room(organization_id, uuid, at):
        return
    actor = system_actor(organization_id).named(request["member_id"])  # the permission was checked when it was asked
    try:
        _import(organization_id, uuid, wanted, actor, at)
    except FileRefused as refused:
        _fail(organization_id, uuid, wanted, actor, at, f"{refused.code}: {refused.sentence}")
    except Exception:
        if give_up:
            _fail(organization_id, uuid, wanted, actor, at, "broken:")
        raise
    finally:
        with organization_scope(organization_id):
            sql.run(
                "DELETE FROM core_batch WHERE organization_id = %s AND uuid = %s", [organization_id, waiting_uuid(uuid)]
            )


def waiting_uuid(uuid: UUID) -> UUID:
    """Under which the waiting row stands while the file is being read and the importer has not opened its own yet."""
    return uuid5(uuid, "waiting")


def _import(organization_id: int, uuid: UUID, wanted: FileImport, actor: Actor, at: datetime) -> None:
    with organization_scope(organization_id):
        stored = files.find(organization_id, wanted.file_id)
        store = store_by_id(organization_id, wanted.store_id) if wanted.store_id else None
    if stored is None or not stored[2].exists():
        raise FileRefused("gone", "The file is not there any more. Choose it again.")
    reader, mapping = order_file(), dict(wanted.mapping)
    if wanted.kind == "skus":
        import_skus(
            organization_id=organization_id,
            drafts=reader.skus(stored[2], currency=wanted.currency, mapping=mapping, filename=wanted.filename),
            actor=actor,
            at=at,
            uuid=uuid,
            options=asdict(wanted),
            on_paired=forget_unknown_skus,
        )
        return
    assert store is not None
    import_orders(
        organization_id=organization_id,
        store=store,
        drafts=reader.orders(
            stored[2], time_zone=store.time_zone, currency=store.currency, mapping=mapping, filename=wanted.filename
        ),
        actor=actor,
        at=at,
        uuid=uuid,
        options=asdict(wanted),
    )


def _make_room(organization_id: int, uuid: UUID, at: datetime) -> bool:
    """The importers open the batch row themselves, so the one that is there steps aside under another UUID: the waiting
    one until the import is over, one whose worker died for good."""
    with organization_scope(organization_id):
        found = sql.rows(
            "SELECT status FROM core_batch WHERE organization_id = %s AND uuid = %s FOR NO KEY UPDATE",
            [organization_id, uuid],
        )
        status = found[0][0] if found else "queued"
        if status in ("done", "failed", "undone"):
            return False
        if status == "queued":
            sql.run(
                "UPDATE core_batch SET uuid = %s, status = 'running' WHERE organization_id = %s AND uuid = %s",
                [waiting_uuid(uuid), organization_id, uuid],
            )
        else:
            sql.run(
                """
                UPDATE core_batch SET uuid = %s, status = 'failed', error = 'restarted:', finished_at = %s
                WHERE organization_id = %s AND uuid = %s
                """,
                [uuid4(), at, organization_id, uuid],
            )
    return True


def _fail(organization_id: int, uuid: UUID, wanted: FileImport, actor: Actor, at: datetime, error: str) -> None:
    """`error` is "code: sentence"; what was taken in before stays, and the result says how much."""
    with organization_scope(organization_id):
        open_batch(organization_id, uuid, wanted.verb, [], asdict(wanted), actor, at)
        sql.run(
            """
            UPDATE core_batch SET status = 'failed', error = %s, finished_at = %s
            WHERE organization_id = %s AND uuid = %s
            """,
            [error, at, organization_id, uuid],
        )
