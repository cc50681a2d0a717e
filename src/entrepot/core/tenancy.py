"""The shape of a tenant table, held once.

Primary key `(organization_id, id)`, `id` from a named sequence, relations on two columns. What Django cannot say
(composite foreign keys, row-level security, grants) is derived from the models by `walls.py`.
"""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.apps import apps
from django.db import models
from django.db.models.expressions import Func, Value


def sequence_of(table: str) -> str:
    return f"{table}_id_seq"


def tenant_id(table: str) -> Any:
    return models.BigIntegerField(
        editable=False,
        db_default=Func(Value(sequence_of(table)), function="nextval", output_field=models.BigIntegerField()),
    )


class TenantKey(models.ForeignObject):  # type: ignore[type-arg] # generic in the stubs only
    """A relation to a row of the same organization: a `<name>_id` column and a two-column join.

    Migrations see a plain `ForeignObject` and a plain `BigIntegerField`; the composite foreign key is built by
    `walls.py`, immediate and without SET NULL (Citus refuses both alternatives).
    """

    def __init__(
        self, to: Any, *, null: bool = False, proven: bool = False, on_delete: Any = models.PROTECT, **kwargs: Any
    ) -> None:
        """`proven`: only ever copied from a row whose own key proves it, so the database does not look a second time."""
        self.nullable, self.proven = null, proven
        kwargs.setdefault("from_fields", ["organization_id", "?"])
        kwargs.setdefault("to_fields", ["organization_id", "id"])
        kwargs.setdefault("related_name", "+")
        super().__init__(to, on_delete=on_delete, null=null, **kwargs)

    def contribute_to_class(
        self, cls: type[models.Model], name: str, private_only: bool = False, **kwargs: Any
    ) -> None:
        column = f"{name}_id"
        self.from_fields = ["organization_id", column]
        if cls.__module__ != "__fake__" and not cls._meta.abstract:
            field: models.BigIntegerField[Any, Any] = models.BigIntegerField(null=self.nullable, blank=self.nullable)
            cls.add_to_class(column, field)
        super().contribute_to_class(cls, name, private_only=private_only, **kwargs)

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignObject", args, kwargs


class TenantModel(models.Model):
    """A table whose every row belongs to one organization."""

    shape: ClassVar[str] = "tenant"
    append_only: ClassVar[bool] = False
    proven: ClassVar[bool] = False  # written only beside a row that proves the organization: no key of its own

    organization_id = models.BigIntegerField()

    class Meta:
        abstract = True


class ReferenceModel(models.Model):
    """A small, cold table that every node of a cluster holds whole: organizations and people."""

    shape: ClassVar[str] = "reference"

    class Meta:
        abstract = True


def tenant_models() -> Iterator[type[TenantModel]]:
    """Tenant models, parents before children: the order for distribution, export and (reversed) deletion."""
    pending = [model for model in apps.get_models() if issubclass(model, TenantModel)]
    placed: set[type[models.Model]] = set()
    while pending:
        ready = [model for model in pending if all(parent in placed or parent is model for parent in parents_of(model))]
        if not ready:
            raise RuntimeError(f"Tenant models refer to one another in a circle: {pending}")
        for model in ready:
            placed.add(model)
            pending.remove(model)
            yield model


def parents_of(model: type[models.Model]) -> list[type[models.Model]]:
    return [field.related_model for field in tenant_keys(model)]


def tenant_keys(model: type[models.Model]) -> list[Any]:
    """The two-column relations of a tenant model."""
    return [field for field in model._meta.get_fields() if isinstance(field, TenantKey)]
