"""Whose rows this code may see: one organization, every organization (the system's own work), or none.

Row-level security reads what is set here. It is the second wall; the first is the explicit `organization_id` in each
statement. Outside a scope and outside a transaction nothing of any organization is visible.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.db import connection, transaction

APP_ROLE = "entrepot_app"
SYSTEM_ROLE = "entrepot_system"
SETTING = "app.organization_id"


@dataclass(frozen=True, slots=True)
class Scope:
    organization_id: int | None = None
    system: bool = False


_current: ContextVar[Scope | None] = ContextVar("entrepot_scope", default=None)


def set_local_sql(scope: Scope | None = None) -> str:
    """The statement that puts a transaction into `scope` (default: the current one); "" outside any scope."""
    scope = scope or _current.get()
    if scope is None:
        return ""
    if scope.system:
        return f"SET LOCAL ROLE {SYSTEM_ROLE}"
    return f"SET LOCAL {SETTING} = '{int(scope.organization_id or 0)}'"


@contextmanager
def _enter(scope: Scope) -> Iterator[None]:
    before = _current.get()
    token = _current.set(scope)
    inside = connection.in_atomic_block
    if inside:
        with connection.cursor() as cursor:
            cursor.execute(set_local_sql(scope))
    try:
        yield
    finally:
        _current.reset(token)
        if inside and connection.in_atomic_block and not connection.needs_rollback:
            with connection.cursor() as cursor:
                if scope.system:
                    cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")
                cursor.execute(set_local_sql(before or Scope(organization_id=0)))


@contextmanager
def organization_scope(organization_id: int) -> Iterator[None]:
    """One transaction in which only this organization's rows exist."""
    with _enter(Scope(organization_id=organization_id)), transaction.atomic():
        yield


@contextmanager
def system_scope() -> Iterator[None]:
    """One transaction over every organization: sign-in, token lookup, sweepers, checks. Never for a request's own work."""
    with _enter(Scope(system=True)), transaction.atomic():
        yield
