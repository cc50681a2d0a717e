"""Background work of orders: three lines each, safe to run twice. Time is read here and handed down."""

from typing import Any

from procrastinate.contrib.django import app

from entrepot.core.clock import now


@app.task(name="import_order_file", queue="imports", retry=3)
def import_order_file(**request: Any) -> None:
    from entrepot.orders.import_file import run

    run(request, at=now())
