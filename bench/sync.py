"""Sync against the bulk import: the same orders, once from ready pages, once from a file's drafts. A ratio of one run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from entrepot.cli.scratch import scratch_database

ORDERS, PAGE = 4000, 100


def run() -> dict[str, float]:
    """Orders a second of both ways and their ratio; they take turns, chunk by chunk."""
    with scratch_database("bench_sync"):
        return _measure()


def _measure() -> dict[str, float]:
    from entrepot.cli.bench import SKUS, World, make_drafts
    from entrepot.core.clock import now

    at = now()
    codes = [f"SKU-{n:05}" for n in range(SKUS)]
    world = World(codes, 10, at)
    store = _connected(world, at)
    chunk = 500
    took = {"import": 0.0, "sync": 0.0}
    for number in range(ORDERS // chunk + 1):  # the first chunk warms both sides up and does not count
        bulk = make_drafts(chunk, codes, at, f"B{number}")
        pulled = [replace(draft, updated_at=at) for draft in make_drafts(chunk, codes, at, f"P{number}")]
        for way, act in (
            ("import", lambda bulk=bulk: world.take_in(bulk)),
            ("sync", lambda pulled=pulled: _sync(world.org, store, pulled, at)),
        ):
            begun = time.perf_counter()
            act()
            if number:
                took[way] += time.perf_counter() - begun
    speeds = {way: ORDERS / seconds for way, seconds in took.items()}
    return {
        "import_orders_per_s": speeds["import"],
        "sync_orders_per_s": speeds["sync"],
        "sync_to_import": speeds["sync"] / speeds["import"],
    }


def _connected(world: Any, at: datetime) -> int:
    from entrepot.connections import pulls
    from entrepot.connections.grants import keep_grant
    from entrepot.connections.stores import create_store
    from entrepot.core.scope import organization_scope
    from entrepot.marketplaces.contract import App, Grant

    with organization_scope(world.org):
        store = create_store(
            organization_id=world.org, name="Pulled", marketplace="file", currency="USD", time_zone="UTC",
            actor=world.actor, at=at,
        )  # fmt: skip
        keep_grant(world.org, store.id, App("key", "secret"), Grant("shop", "token"), at)
        pulls.start(world.org, store.id, at)
    return store.id


def _sync(organization_id: int, store_id: int, drafts: Sequence[Any], at: datetime) -> None:
    """One run of the real sync over ready pages of 100."""
    from entrepot.orders import sync

    pages = [tuple(drafts[n : n + PAGE]) for n in range(0, len(drafts), PAGE)]
    real: Callable[..., Any] = sync.open_line
    sync.open_line = lambda *_given: _Line(pages)  # type: ignore[assignment, return-value]
    try:
        run = sync.sync_store(organization_id, store_id, why="bench", clock=lambda: at + timedelta(minutes=1))
        assert run is not None
        assert run.created == len(drafts), run
    finally:
        sync.open_line = real
        from entrepot.core import sql
        from entrepot.core.scope import organization_scope

        with organization_scope(organization_id):  # the next run begins where this one did
            sql.run(
                "UPDATE connections_sync SET watermark = %s WHERE organization_id = %s AND store_id = %s",
                [at - timedelta(minutes=1), organization_id, store_id],
            )


class _Line:
    """A line whose marketplace has its pages ready."""

    def __init__(self, pages: Sequence[Any]) -> None:
        from entrepot.marketplaces.contract import AuthForm, Capabilities, ShipBy

        self.connector, self.pages = self, pages
        self.can = Capabilities(
            auth=AuthForm.OAUTH, window_most=timedelta(days=30), lag=timedelta(0), overlap=timedelta(minutes=5),
            page_most=PAGE, get_most=PAGE, ship=ShipBy.PIECE, parcels_per_order=0, notices_per_call=1, renumber=True,
            cancel_answers=True, stock=True, webhooks=False,
        )  # fmt: skip

    their_time = None

    def ask(self, call: Any, *, again: bool) -> Any:
        return call(None, None)

    def pull(self, _wire: Any, _access: Any, window: Any, *, now: datetime) -> Any:
        from entrepot.marketplaces.contract import Page

        number = int(window.page or 0)
        following = str(number + 1) if number + 1 < len(self.pages) else ""
        return Page(self.pages[number], following)
