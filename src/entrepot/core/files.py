"""Files of an organization: bytes in the home under their SHA-256, a row that names them and says who may fetch them.

Bytes are written before the row is committed, so a rollback or a crash would leave bytes that no row names. A mark in
`pending/` stands there from before the first byte until the commit; the sweeper looks after marks that are a day old.
"""

import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction

from entrepot.core import sql
from entrepot.core.permissions import Actor, Permission
from entrepot.core.scope import organization_scope

FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file; `path` may be gone when the home was cleared by hand."""

    name: str
    content_type: str
    path: Path


def path_of(organization_id: int, sha256: str) -> Path:
    return Path(settings.FILES_ROOT) / str(organization_id) / sha256[:2] / sha256


def store(
    organization_id: int, name: str, content_type: str, data: bytes, at: datetime, *, permission: Permission
) -> int:
    """Writes the bytes and a row; returns the file's id. Whoever fetches it needs `permission`."""
    sha256 = hashlib.sha256(data).hexdigest()
    mark = _pending() / f"{organization_id}.{sha256}.{os.urandom(6).hex()}"
    mark.touch(mode=0o600)
    _write(path_of(organization_id, sha256), mark, data)
    row = sql.rows(
        """
        INSERT INTO core_storedfile (organization_id, name, content_type, sha256, size, permission, created_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id
        """,
        [organization_id, name[:255], content_type, sha256, len(data), permission.value, at],
    )
    transaction.on_commit(lambda: mark.unlink(missing_ok=True))
    return int(row[0][0])


def find(organization_id: int, file_id: int) -> tuple[str, str, Path] | None:
    """(name, content type, path) of a file of this organization, for the house's own work."""
    rows = sql.rows(
        "SELECT name, content_type, sha256 FROM core_storedfile WHERE organization_id = %s AND id = %s",
        [organization_id, file_id],
    )
    return (rows[0][0], rows[0][1], path_of(organization_id, rows[0][2])) if rows else None


def fetch(actor: Actor, file_id: int) -> Kept | None:
    """A file of the actor's organization, for handing it out. None when there is none.

    Raises:
        NotAllowed: it takes the permission of what made it (a label: to print; an order file: to import).
    """
    rows = sql.rows(
        "SELECT name, content_type, sha256, permission FROM core_storedfile WHERE organization_id = %s AND id = %s",
        [actor.organization_id, file_id],
    )
    if not rows:
        return None
    name, content_type, sha256, permission = rows[0]
    actor.require(Permission(permission))
    return Kept(name, content_type, path_of(actor.organization_id, sha256))


def sweep(*, at: datetime) -> int:
    """Removes bytes that were written more than a day ago for a row that never came; returns how many files."""
    limit, removed = (at - FORGOTTEN).timestamp(), 0
    for mark in sorted(_pending().iterdir()):
        with suppress(FileNotFoundError):  # another sweeper, or the commit, was quicker
            if mark.stat().st_mtime < limit:
                organization_id, sha256 = mark.name.split(".")[:2]
                removed += _remove_orphan(int(organization_id), sha256, limit)
                mark.unlink()
    return removed


def _pending() -> Path:
    folder = Path(settings.FILES_ROOT) / "pending"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _write(path: Path, mark: Path, data: bytes) -> None:
    """A new name, then a rename: never half a file. Bytes that are there already become young again, for the sweeper."""
    with suppress(FileNotFoundError):
        os.utime(path)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = mark.with_name(f"{mark.name}.part")
    fresh.write_bytes(data)
    fresh.rename(path)


def _remove_orphan(organization_id: int, sha256: str, limit: float) -> int:
    """Takes the bytes aside before it looks at their age: whoever stores the same bytes now either made them young
    already, or does not find them and writes them anew."""
    with organization_scope(organization_id):
        named = sql.rows(
            "SELECT 1 FROM core_storedfile WHERE organization_id = %s AND sha256 = %s LIMIT 1",
            [organization_id, sha256],
        )
    path = path_of(organization_id, sha256)
    if named or not path.exists():
        return 0
    aside = path.with_name(f"{path.name}.swept")
    path.rename(aside)
    if aside.stat().st_mtime >= limit:
        aside.rename(path)
        return 0
    aside.unlink()
    return 1
