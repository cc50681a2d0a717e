"""What nobody waits for: jobs of dead workers, batches nobody runs, tab counts to fold, bytes no row names.

Jobs of a killed worker stay "doing" for ever; nothing in the queue itself takes them up again.
"""

import asyncio
from datetime import datetime

from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager
from procrastinate.psycopg_connector import PsycopgConnector

from entrepot.core import counters, files, sql
from entrepot.core.queue import defer_batch
from entrepot.core.scope import organization_scope, system_scope

STALLED_SECONDS = 30
MANY_COUNTERS = 200


def sweep_all(*, at: datetime, stalled_seconds: float = STALLED_SECONDS) -> None:
    """`stalled_seconds`: how long a worker may be silent before its jobs are given to another."""
    asyncio.run(_retry_stalled(at, stalled_seconds))
    with system_scope():
        crowded = sql.rows(
            "SELECT organization_id FROM core_counter GROUP BY organization_id HAVING count(*) > %s", [MANY_COUNTERS]
        )
        waiting = sql.rows(
            """
            SELECT organization_id, id FROM core_batch
            WHERE status IN ('queued', 'running') AND verb NOT LIKE 'import%%' AND created_at < %s::timestamptz - interval '2 minutes'
            """,
            [at],
        )
    for (organization_id,) in crowded:
        with organization_scope(organization_id):
            counters.fold(organization_id)
    for organization_id, batch_id in waiting:
        with organization_scope(organization_id):
            defer_batch(organization_id, batch_id)
    files.sweep(at=at)


async def _retry_stalled(at: datetime, seconds: float) -> None:
    # A connector of its own: the running worker's one belongs to another event loop.
    connector = PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=1)
    await connector.open_async()
    try:
        manager = JobManager(connector)
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=seconds):
            try:
                await manager.retry_job(job, retry_at=at)
            except UniqueViolation:  # another job of its name waits already and will do its work
                await manager.finish_job(job, Status.FAILED, delete_job=True)
    finally:
        await connector.close_async()
