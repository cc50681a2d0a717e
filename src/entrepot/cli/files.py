"""Files in: `import-orders`, `import-skus`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import click
import orjson

from entrepot.cli.answers import fail, say
from entrepot.cli.house import open_house
from entrepot.marketplaces.money import is_currency

if TYPE_CHECKING:
    from entrepot.core.permissions import Actor

FILE = click.argument("file", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
ORGANIZATION = click.option("--organization", help="Name or slug; default: the first one, made if there is none.")


@click.command("import-orders")
@FILE
@click.option("--store", "store_name", required=True, help="The store's alias; a file store is made if there is none.")
@click.option(
    "--mapping",
    default="auto",
    show_default=True,
    help="auto, or a JSON file {our field: header}. auto takes those last chosen for this store and header, if any.",
)
@click.option("--currency", default="USD", show_default=True, help="Of amounts without a currency, for a new store.")
@click.option("--time-zone", default="UTC", show_default=True, help="Of times without a zone, for a new store.")
@ORGANIZATION
@JSON
def import_orders_command(
    file: Path,
    store_name: str,
    mapping: str,
    currency: str,
    time_zone: str,
    organization: str | None,
    as_json: bool,
) -> None:
    """Take orders in from a CSV, TSV, TXT, XLSX, XLS or ODS file. The same file twice changes nothing."""
    columns = _mapping(mapping, as_json)
    currency = _currency(currency, as_json)
    if time_zone not in available_timezones():
        fail(f"There is no time zone {time_zone}. Name one like Europe/Paris.", as_json=as_json)
    if not file.is_file():
        fail(f"There is no file {file}.", as_json=as_json, code=2)
    with open_house():
        from entrepot.cli.organization import organization_and_actor
        from entrepot.connections.plan import TooManyStores
        from entrepot.connections.stores import TakesNoFiles
        from entrepot.marketplaces.order_file import FileRefused

        organization_id, actor = organization_and_actor(organization)
        try:
            result = _import_orders(file, store_name, columns, currency, time_zone, organization_id, actor, as_json)
        except TakesNoFiles as connected:
            fail(str(connected), as_json=as_json, code=2, reason="connected_store")
        except TooManyStores as full:
            fail(str(full), as_json=as_json, code=2, reason="too_many_stores", most=full.most)
        except FileRefused as error:
            fail(error.sentence, as_json=as_json, code=2, reason=error.code)
        orders = result["orders"]
        say(
            result,
            as_json,
            f"{result['rows']:,} rows: {orders['created']:,} orders created, {orders['updated']:,} updated, "
            f"{orders['unchanged']:,} unchanged, {orders['cancelled']:,} cancellations; {len(result['refused']):,} rows refused."
            + "".join(f"\n  row {row['row']}, {row['field']}: {row['reason']}" for row in result["refused"][:20]),
        )


def _import_orders(
    file: Path,
    store_name: str,
    columns: dict[str, str] | None,
    currency: str,
    time_zone: str,
    organization_id: int,
    actor: "Actor",
    as_json: bool,
) -> dict[str, Any]:
    """A store that is new is made when the file has been looked through: one that is refused leaves none behind."""
    from rich.progress import Progress

    from entrepot.connections.stores import FILE, create_store, store_named
    from entrepot.core.clock import now
    from entrepot.core.scope import organization_scope
    from entrepot.marketplaces.registry import order_file
    from entrepot.orders.columns import keep_columns, remembered_columns
    from entrepot.orders.importing import import_orders

    with organization_scope(organization_id):
        store = store_named(organization_id, store_name)
    if store is not None:
        store.require_files()
        time_zone, currency = store.time_zone, store.currency
    taken = columns
    if columns is None and store is not None:
        taken = remembered_columns(organization_id, store.id, file)
    drafts = order_file().orders(file, time_zone=time_zone, currency=currency, mapping=taken, filename=file.name)
    if store is None:
        with organization_scope(organization_id):
            store = create_store(
                organization_id=organization_id, name=store_name, marketplace=FILE, currency=currency,
                time_zone=time_zone, actor=actor, at=now(),
            )  # fmt: skip
    if columns:
        keep_columns(organization_id, store.id, file, columns, now())
    with Progress(disable=as_json, transient=True) as progress:
        bar = progress.add_task("Importing orders", total=None)
        return import_orders(
            organization_id=organization_id,
            store=store,
            drafts=drafts,
            actor=actor,
            at=now(),
            options={"file": file.name},
            on_progress=lambda done: progress.update(bar, completed=done, description=f"Importing orders: {done:,}"),
        )


@click.command("import-skus")
@FILE
@click.option("--mapping", default="auto", show_default=True, help="auto, or a JSON file {our field: header}.")
@click.option("--currency", default="USD", show_default=True, help="Of declared values without a currency.")
@ORGANIZATION
@JSON
def import_skus_command(file: Path, mapping: str, currency: str, organization: str | None, as_json: bool) -> None:
    """Take SKUs in, with customs facts and opening stock if the file has those columns."""
    columns = _mapping(mapping, as_json)
    currency = _currency(currency, as_json)
    if not file.is_file():
        fail(f"There is no file {file}.", as_json=as_json, code=2)
    with open_house():
        from entrepot.cli.organization import organization_and_actor
        from entrepot.core.clock import now
        from entrepot.inventory.import_stock import import_skus
        from entrepot.marketplaces.order_file import FileRefused
        from entrepot.marketplaces.registry import order_file
        from entrepot.orders.pairing import forget_unknown_skus

        organization_id, actor = organization_and_actor(organization)
        try:
            result = import_skus(
                organization_id=organization_id,
                drafts=order_file().skus(file, currency=currency, mapping=columns, filename=file.name),
                actor=actor,
                at=now(),
                on_paired=forget_unknown_skus,
            )
        except FileRefused as error:
            fail(error.sentence, as_json=as_json, code=2, reason=error.code)
        say(
            result,
            as_json,
            f"{result['rows']:,} rows: {result['skus']['created']:,} SKUs created, {result['skus']['updated']:,} updated, "
            f"{result['stock']:,} balances set, {result['paired']:,} listings paired; {len(result['refused']):,} rows refused."
            + "".join(f"\n  row {row['row']}, {row['field']}: {row['reason']}" for row in result["refused"][:20]),
        )


def _currency(code: str, as_json: bool) -> str:
    if not is_currency(code.upper()):
        fail(f"There is no currency {code}. Name one by its letters, like EUR.", as_json=as_json)
    return code.upper()


def _mapping(mapping: str, as_json: bool) -> dict[str, str] | None:
    if mapping == "auto":
        return None
    try:
        loaded: Any = orjson.loads(Path(mapping).read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        fail(f"The mapping {mapping} cannot be read: {error}", as_json=as_json)
    if not isinstance(loaded, dict) or not all(isinstance(value, str) for value in loaded.values()):
        fail(f"The mapping {mapping} must be an object of our fields to column headers.", as_json=as_json)
    return loaded


COMMANDS = [import_orders_command, import_skus_command]
