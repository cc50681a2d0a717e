"""Which column of a store's files holds which of our fields, remembered by the header row."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime

from entrepot.core import sql
from entrepot.core.batch import loads


def header_hash(header: Sequence[str]) -> str:
    """Equal for an equal header row: width, case and blanks around the texts do not matter, their order does."""
    words = [unicodedata.normalize("NFKC", text).strip().casefold() for text in header]
    return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


def has_mappings(*, organization_id: int, store_id: int) -> bool:
    """Whether anything at all was remembered for files of this store."""
    return bool(
        sql.rows(
            "SELECT 1 FROM connections_filemapping WHERE organization_id = %s AND store_id = %s LIMIT 1",
            [organization_id, store_id],
        )
    )


def recall_mapping(*, organization_id: int, store_id: int, header: Sequence[str]) -> dict[str, str] | None:
    """What was remembered for files of this store with this header: our field -> header text ("" for: no column)."""
    found = sql.rows(
        """
        SELECT mapping FROM connections_filemapping
        WHERE organization_id = %s AND store_id = %s AND header_hash = %s
        """,
        [organization_id, store_id, header_hash(header)],
    )
    return dict(loads(found[0][0])) if found else None


def remember_mapping(
    *, organization_id: int, store_id: int, header: Sequence[str], mapping: Mapping[str, str], at: datetime
) -> None:
    """Keeps the mapping for the next file of this store with this header; the newest counts."""
    sql.run(
        """
        INSERT INTO connections_filemapping (organization_id, store_id, header_hash, mapping, updated_at)
        VALUES (%s, %s, %s, %s::jsonb, %s)
        ON CONFLICT (organization_id, store_id, header_hash)
        DO UPDATE SET mapping = excluded.mapping, updated_at = excluded.updated_at
        """,
        [organization_id, store_id, header_hash(header), sql.dump(dict(mapping)), at],
    )


def forget_mapping(*, organization_id: int, store_id: int, header: Sequence[str]) -> None:
    sql.run(
        "DELETE FROM connections_filemapping WHERE organization_id = %s AND store_id = %s AND header_hash = %s",
        [organization_id, store_id, header_hash(header)],
    )


def store_remembering(*, organization_id: int, header: Sequence[str]) -> int | None:
    """The store in use whose files had this header last, if any."""
    found = sql.rows(
        """
        SELECT m.store_id FROM connections_filemapping m
        JOIN connections_store s ON s.organization_id = m.organization_id AND s.id = m.store_id
        WHERE m.organization_id = %(org)s AND s.organization_id = %(org)s AND m.header_hash = %(hash)s AND s.is_enabled
        ORDER BY m.updated_at DESC LIMIT 1
        """,
        {"org": organization_id, "hash": header_hash(header)},
    )
    return int(found[0][0]) if found else None
