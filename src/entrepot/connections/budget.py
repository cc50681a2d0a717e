"""The rate budget of a store at its marketplace: one token bucket per operation, shared by all workers."""

from datetime import datetime, timedelta

from django.db import connection

from entrepot.core import sql
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.contract import Bucket

PATIENCE = timedelta(seconds=2)
"""A shorter wait is slept through; a longer one is told to the caller, so that no worker is held."""


def take(organization_id: int, store_id: int, operation: str, bucket: Bucket, at: datetime) -> timedelta:
    """Takes one call out of the budget and returns how long to wait before making it.

    Calls are given out in advance, so workers that come together queue up behind one another. A wait beyond `PATIENCE`
    takes nothing: the caller comes again later.
    """
    alone = not connection.in_atomic_block  # inside a refresh the tokens' commit must not be hurried
    with organization_scope(organization_id):
        if alone:
            sql.run("SET LOCAL synchronous_commit = off")  # a lost take costs a throttled call, nothing else
        ((tokens, blocked_until),) = sql.rows(
            """
            INSERT INTO connections_budget AS b (organization_id, store_id, operation, tokens, filled_at)
            VALUES (%(org)s, %(store)s, %(operation)s, %(burst)s::float - 1, %(at)s)
            ON CONFLICT (organization_id, store_id, operation) DO UPDATE SET
                tokens = least(%(burst)s::float, b.tokens
                    + greatest(0, extract(epoch FROM %(at)s::timestamptz - b.filled_at)) * %(rate)s::float) - 1,
                filled_at = greatest(b.filled_at, %(at)s::timestamptz)
            RETURNING tokens, blocked_until
            """,
            {
                "org": organization_id,
                "store": store_id,
                "operation": operation,
                "burst": bucket.burst,
                "rate": bucket.per_second,
                "at": at,
            },
        )
        wait = timedelta(seconds=max(0.0, -tokens / bucket.per_second))
        if blocked_until and blocked_until > at:
            wait = max(wait, blocked_until - at)
        if wait > PATIENCE:
            sql.run(
                "UPDATE connections_budget SET tokens = tokens + 1 "
                "WHERE organization_id = %s AND store_id = %s AND operation = %s",
                [organization_id, store_id, operation],
            )
        return wait


def block(organization_id: int, store_id: int, operation: str, until: datetime) -> None:
    """The marketplace said: no such call before `until`."""
    with organization_scope(organization_id):
        sql.run(
            """
            UPDATE connections_budget SET blocked_until = greatest(coalesce(blocked_until, %s), %s)
            WHERE organization_id = %s AND store_id = %s AND operation = %s
            """,
            [until, until, organization_id, store_id, operation],
        )
