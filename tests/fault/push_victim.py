"""A worker that tells a store its stock and sleeps once the marketplace has answered and nothing is written yet."""

import os
import sys
import time
from datetime import datetime
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from entrepot.parcels.push import push_store  # noqa: E402


def fall_asleep(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
    if statement.strip().startswith("UPDATE inventory_toldstock"):
        os.write(1, f"inside {os.getpid()}\n".encode())
        time.sleep(60)
    return execute(statement, params, many, context)


organization, store, marketplace, at = sys.argv[1:]
with connection.execute_wrapper(fall_asleep):
    push_store(int(organization), int(store), marketplace, clock=lambda: datetime.fromisoformat(at))
