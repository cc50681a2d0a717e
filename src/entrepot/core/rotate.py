"""Every secret at rest under the newest key: those of our own tables, and the second steps that allauth keeps."""

from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.apps import apps

from entrepot.core import sql
from entrepot.core.scope import system_scope
from entrepot.core.secrets import SecretField, renewed


def rewrite_secrets() -> int:
    """How many were written anew. A secret that somebody changes meanwhile is left: it is under the newest key already."""
    with system_scope():
        return sum(_column(table, column) for table, column in _columns()) + _second_steps()


def _columns() -> list[tuple[str, str]]:
    return [
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, SecretField)
    ]


def _column(table: str, column: str) -> int:
    olds = [old for (old,) in sql.rows(f"SELECT DISTINCT {column} FROM {table} WHERE {column} <> ''")]
    return sql.run(
        f"UPDATE {table} t SET {column} = row.fresh FROM unnest(%s::text[], %s::text[]) AS row (old, fresh)"
        f" WHERE t.{column} = row.old",
        [olds, [renewed(old) for old in olds]],
    )


def _second_steps() -> int:
    count = 0
    for one in Authenticator.objects.select_for_update():
        if (data := _renewed(one.data)) != one.data:
            Authenticator.objects.filter(pk=one.pk).update(data=data)
            count += 1
    return count


def _renewed(value: Any) -> Any:
    """What of a step's data is a secret of ours; the rest as it stands."""
    if isinstance(value, dict):
        return {name: _renewed(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renewed(inner) for inner in value]
    try:
        return renewed(value) if isinstance(value, str) else value
    except InvalidToken:
        return value
