"""Files of an organization: bytes in the home under their SHA-256, a row that names them."""

import hashlib
import os
from datetime import datetime
from pathlib import Path

from django.conf import settings

from entrepot.core import sql


def path_of(organization_id: int, sha256: str) -> Path:
    return Path(settings.FILES_ROOT) / str(organization_id) / sha256[:2] / sha256


def store(organization_id: int, name: str, content_type: str, data: bytes, at: datetime) -> int:
    """Writes the bytes (safely: a new name, then a rename) and a row; returns the file's id."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = path_of(organization_id, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        fresh.write_bytes(data)
        fresh.rename(path)
    row = sql.rows(
        """
        INSERT INTO core_storedfile (organization_id, name, content_type, sha256, size, created_at)
        VALUES (%s, %s, %s, %s, %s, %s) RETURNING id
        """,
        [organization_id, name[:255], content_type, sha256, len(data), at],
    )
    return int(row[0][0])


def find(organization_id: int, file_id: int) -> tuple[str, str, Path] | None:
    """(name, content type, path) of a file of this organization."""
    rows = sql.rows(
        "SELECT name, content_type, sha256 FROM core_storedfile WHERE organization_id = %s AND id = %s",
        [organization_id, file_id],
    )
    return (rows[0][0], rows[0][1], path_of(organization_id, rows[0][2])) if rows else None
