"""The columns that somebody chose by hand for a store's files: kept at every door, taken at every door."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from entrepot.connections.mappings import has_mappings, recall_mapping, remember_mapping
from entrepot.core.scope import organization_scope
from entrepot.marketplaces.registry import order_file


def remembered_columns(organization_id: int, store_id: int, path: Path) -> dict[str, str] | None:
    """What was chosen for an order file of this store with this header; None if nothing was, or not for this file.

    Raises:
        FileRefused: the file cannot be read at all.
    """
    with organization_scope(organization_id):
        if not has_mappings(organization_id=organization_id, store_id=store_id):
            return None  # as nearly always: the file need not be looked at
    header = order_file().preview(path).header
    with organization_scope(organization_id):
        known = recall_mapping(organization_id=organization_id, store_id=store_id, header=header)
    return known if known and all(not text or text in header for text in known.values()) else None


def keep_columns(organization_id: int, store_id: int, path: Path, mapping: Mapping[str, str], at: datetime) -> None:
    """Keeps them for the store's next file with this header.

    Raises:
        FileRefused: the file cannot be read at all.
    """
    header = order_file().preview(path, mapping=mapping).header
    with organization_scope(organization_id):
        remember_mapping(organization_id=organization_id, store_id=store_id, header=header, mapping=mapping, at=at)
