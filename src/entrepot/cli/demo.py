"""`demo`: the main job headless on the bundled sample, leaving labels.pdf, picklist.pdf and shipped.xlsx."""

import shutil
from pathlib import Path
from typing import Any

import click

from entrepot.cli.answers import say
from entrepot.cli.files import JSON
from entrepot.cli.scratch import scratch_database


@click.command("demo")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Where files go.")
@JSON
def demo(out: Path, as_json: bool) -> None:
    """Run the main job on the bundled sample orders, in a database of its own."""
    with scratch_database("demo"):
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, disable=as_json) as progress:
            value = _main_job(out, progress)
        lines = [f"  {name:<20} {count}" for name, count in value["stages"].items()]
        say(
            value,
            as_json,
            "\n".join(["Where everything stands:", *lines, *(f"  wrote {f}" for f in value["files"].values())]),
        )


def _main_job(out: Path, progress: Any) -> dict[str, Any]:
    from entrepot.cli import sample
    from entrepot.cli.verbs import register, waiting
    from entrepot.core import counters, files
    from entrepot.core.batch import VERBS
    from entrepot.core.clock import now
    from entrepot.core.organizations import create_organization
    from entrepot.core.permissions import system_actor
    from entrepot.core.scope import organization_scope
    from entrepot.orders.importing import import_orders

    register()
    organization_id = create_organization(name="Demo", at=now())
    actor = system_actor(organization_id)
    store = sample.shop(organization_id, store_name="Lantern & Loom", at=now())
    drafts = sample.drafts(store, at=now())
    bar = progress.add_task("Import orders", total=len(drafts))
    imported = import_orders(
        organization_id=organization_id,
        store=store,
        drafts=drafts,
        actor=actor,
        at=now(),
        on_progress=lambda done: progress.update(bar, completed=done),
    )
    out.mkdir(parents=True, exist_ok=True)
    refused: list[str] = []
    paths: dict[str, str] = {}

    def work(verb: str, title: str, **options: Any) -> Any:
        with organization_scope(organization_id):
            ids = waiting(organization_id, verb, [])
        bar = progress.add_task(title, total=len(ids))
        report = VERBS[verb](organization_id=organization_id, ids=ids, actor=actor, at=now(), **options)
        progress.update(bar, completed=len(ids))
        refused.extend(f"{outcome.name}: {outcome.sentence}" for outcome in report.refused)
        return report

    def keep(report: Any, name: str) -> None:
        with organization_scope(organization_id):
            found = files.find(organization_id, int(report.result["file"]))
        assert found is not None
        shutil.copyfile(found[2], out / name)
        paths[name] = str(out / name)

    work("review_orders", "Review")
    work("pack_orders", "Pack, merge by recipient")
    work("get_waybills", "Get waybill numbers")
    work("allocate_parcels", "Allocate stock")
    keep(work("print_parcels", "Print labels", document="label"), "labels.pdf")
    keep(work("print_parcels", "Print pick list", document="pick_list"), "picklist.pdf")
    work("ship_parcels", "Ship, deduct stock")
    paths["shipped.xlsx"] = str(_shipped(organization_id, out / "shipped.xlsx"))
    with organization_scope(organization_id):
        stages = {key: count for key, count in sorted(counters.read(organization_id).items()) if count}
    return {"imported": imported["orders"], "stages": stages, "refused": refused, "files": paths}


def _shipped(organization_id: int, path: Path) -> Path:
    """What was shipped, one row per parcel; numbers as text, so that no digit is lost."""
    from rustpy_xlsxwriter import write_worksheet

    from entrepot.core import sql
    from entrepot.core.scope import organization_scope

    with organization_scope(organization_id):
        rows = sql.dicts(
            """
            SELECT 'P-' || p.id AS "Parcel", string_agg(DISTINCT o.external_id, ', ') AS "Orders",
                p.recipient_name AS "Recipient", p.country AS "Country", v.name AS "Service",
                p.waybill_number AS "Waybill", sum(pl.quantity)::integer AS "Pieces",
                to_char(p.shipped_at, 'YYYY-MM-DD HH24:MI:SS') AS "Shipped (UTC)"
            FROM parcels_parcel p
            JOIN parcels_parcelline pl ON pl.organization_id = p.organization_id AND pl.parcel_id = p.id
            JOIN orders_order o ON o.organization_id = p.organization_id AND o.id = pl.order_id
            LEFT JOIN connections_shippingservice v ON v.organization_id = p.organization_id AND v.id = p.service_id
                AND v.organization_id = %(org)s
            WHERE p.organization_id = %(org)s AND pl.organization_id = %(org)s AND o.organization_id = %(org)s
                AND p.shipped_at IS NOT NULL
            GROUP BY p.organization_id, p.id, v.name ORDER BY p.id
            """,
            {"org": organization_id},
        )
    write_worksheet(rows, str(path), sheet_name="Shipped")
    return path


COMMANDS: list[click.Command] = [demo]
