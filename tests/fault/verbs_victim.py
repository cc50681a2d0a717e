"""Workers that begin a verb and sleep inside it, so that a test can kill them there.

Each line on the standard input, `MODE ORGANIZATION …`, is given to a fresh child of this process; the child says
"inside PID" once its transaction has written something and not committed.
"""

import os
import sys
import time
from typing import Any
from uuid import UUID

import django

django.setup()

from django.db import connection  # noqa: E402
from tests.cast import AT, World, draft  # noqa: E402

from entrepot.core.batch import VERBS  # noqa: E402
from entrepot.core.permissions import system_actor  # noqa: E402
from entrepot.core.submit import run_queued  # noqa: E402
from entrepot.core.undo import undo_batch  # noqa: E402


def tell_and_sleep() -> None:
    os.write(1, f"inside {os.getpid()}\n".encode())
    time.sleep(60)


def fall_asleep(when: str) -> Any:
    """An execute wrapper that stops before the statement that contains `when`."""

    def wrapper(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
        if when in " ".join(statement.split()):
            tell_and_sleep()
        return execute(statement, params, many, context)

    return wrapper


def main(mode: str, organization: str, *rest: str) -> None:
    organization_id = int(organization)
    actor = system_actor(organization_id)
    if mode == "queue":
        # The first chunks are committed; it sleeps at the end of the third.
        chunks = int(rest[1])
        seen = 0

        def wrapper(execute: Any, statement: str, params: Any, many: bool, context: Any) -> Any:
            nonlocal seen
            if "UPDATE core_batch SET status" in " ".join(statement.split()):
                seen += 1
                if seen == chunks:
                    tell_and_sleep()
            return execute(statement, params, many, context)

        with connection.execute_wrapper(wrapper):
            run_queued(organization_id=organization_id, batch_id=int(rest[0]), at=AT)
        return
    with connection.execute_wrapper(fall_asleep("UPDATE core_batch SET")):
        if mode == "import":
            World(organization_id, actor).take_in(*(draft(f"V-{n}", n=n) for n in range(20)))
        elif mode == "undo":
            undo_batch(organization_id=organization_id, batch_uuid=UUID(rest[0]), actor=actor, at=AT)
        else:
            ids = [int(i) for i in rest[0].split(",")]
            VERBS[mode](organization_id=organization_id, ids=ids, actor=actor, at=AT)


for request in sys.stdin:
    child = os.fork()
    if not child:
        main(*request.split())
        os._exit(0)
    os.waitpid(child, 0)
