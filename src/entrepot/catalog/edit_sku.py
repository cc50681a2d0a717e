"""Edit a SKU: name, customs facts, goods class; take it out of use and back."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from entrepot.core import history, sql
from entrepot.core.history import Change, Subject
from entrepot.core.permissions import Actor, Permission

COLUMNS = (
    "code", "name", "barcode", "name_customs_en", "name_customs_zh", "hs_code", "origin_country", "weight_grams",
    "value_minor", "currency", "goods_class", "is_active",
)  # fmt: skip


class CodeTaken(Exception):
    """Another SKU of the organization has this code already."""


def edit_sku(*, organization_id: int, sku_id: int, values: Mapping[str, Any], actor: Actor, at: datetime) -> bool:
    """Sets the named `COLUMNS` and returns whether anything changed. False too when there is no such SKU.

    Raises:
        NotAllowed: the actor may not change the catalogue.
        CodeTaken: another SKU has this code.
    """
    actor.require(Permission.CATALOG)
    found = sql.dicts(
        f"SELECT {', '.join(COLUMNS)} FROM catalog_sku WHERE organization_id = %s AND id = %s FOR NO KEY UPDATE",
        [organization_id, sku_id],
    )
    if not found:
        return False
    before = found[0]
    after = {**before, **{name: value for name, value in values.items() if name in COLUMNS}}
    changed = [name for name in COLUMNS if before[name] != after[name]]
    if not changed:
        return False
    if sql.rows(
        "SELECT 1 FROM catalog_sku WHERE organization_id = %s AND code = %s AND id <> %s",
        [organization_id, after["code"], sku_id],
    ):
        raise CodeTaken
    sets = ", ".join(f"{name} = %({name})s" for name in COLUMNS)
    sql.run(
        f"UPDATE catalog_sku SET {sets}, updated_at = %(at)s WHERE organization_id = %(org)s AND id = %(id)s",
        {**after, "at": at, "org": organization_id, "id": sku_id},
    )
    history.record(
        organization_id=organization_id,
        subject=Subject.SKU,
        verb="edit_sku",
        changes=[Change(sku_id, {name: before[name] for name in changed}, {name: after[name] for name in changed})],
        actor_id=actor.member_id,
        batch_id=None,
        at=at,
    )
    return True
