"""Stored files: who may fetch them, and no bytes without a row."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client
from tests.cast import AT, World, fresh_world
from tests.db.api_door import door_of

from entrepot.core import files
from entrepot.core.clock import now
from entrepot.core.members import change_member
from entrepot.core.models import User
from entrepot.core.permissions import Permission, Role

DAY = timedelta(days=1)


class Rollback(Exception):
    pass


def keep(world: World, data: bytes, permission: Permission = Permission.PRINT) -> int:
    return files.store(world.organization_id, "a.pdf", "application/pdf", data, AT, permission=permission)


def place(world: World, data: bytes) -> Path:
    return files.path_of(world.organization_id, sha256(data).hexdigest())


def roll_back(world: World, data: bytes) -> None:
    with suppress(Rollback), world.scope():
        keep(world, data)
        raise Rollback


def sweep_and_close() -> int:
    try:
        return files.sweep(at=now())
    finally:
        connections.close_all()


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    settings.FILES_ROOT = tmp_path
    return tmp_path


def age(root: Path, days: float = 2) -> None:
    """Everything in the store was written so long ago."""
    then = (now() - timedelta(days=days)).timestamp()
    for path in root.rglob("*"):
        if path.is_file():
            os.utime(path, (then, then))


def marks(root: Path) -> list[str]:
    return [path.name for path in (root / "pending").iterdir()]


def test_a_rolled_back_file_is_gone_after_a_day_and_not_before(committed: str, root: Path) -> None:
    world, data = fresh_world("Orphans"), b"rolled back"
    roll_back(world, data)
    assert place(world, data).exists()
    age(root, days=0.9)
    assert files.sweep(at=now()) == 0
    assert place(world, data).exists()
    age(root)
    assert files.sweep(at=now()) == 1
    assert not place(world, data).exists()
    assert marks(root) == []


def test_a_committed_file_leaves_no_mark_and_is_never_swept(committed: str, root: Path) -> None:
    world, data = fresh_world("Kept"), b"committed"
    with world.scope():
        keep(world, data)
    assert marks(root) == []
    age(root)
    assert files.sweep(at=now() + DAY) == 0
    assert place(world, data).read_bytes() == data


def test_bytes_that_another_row_names_outlive_a_rollback(committed: str, root: Path) -> None:
    world, data = fresh_world("Shared"), b"twice"
    with world.scope():
        keep(world, data)
    roll_back(world, data)
    age(root)
    assert files.sweep(at=now()) == 0
    assert (place(world, data).read_bytes(), marks(root)) == (data, [])


def test_an_orphan_that_is_being_stored_again_stays(committed: str, root: Path) -> None:
    """The sweeper cannot see the row, which is not committed yet; it sees that the bytes are young again."""
    world, data = fresh_world("Again"), b"again"
    roll_back(world, data)
    age(root)
    with world.scope():
        keep(world, data)
        with ThreadPoolExecutor(1) as elsewhere:
            assert elsewhere.submit(sweep_and_close).result() == 0
    assert place(world, data).read_bytes() == data
    assert marks(root) == []


def test_half_written_bytes_of_a_killed_process_are_swept(committed: str, root: Path) -> None:
    world = fresh_world("Killed")
    (root / "pending").mkdir()
    (root / "pending" / f"{world.organization_id}.{sha256(b'half').hexdigest()}.abc.part").write_bytes(b"ha")
    age(root)
    assert files.sweep(at=now()) == 0
    assert marks(root) == []


def role_of(alice: World, bob: World, role: Role) -> Client:
    assert bob.actor.member_id is not None
    change_member(
        organization_id=alice.organization_id, member_id=bob.actor.member_id, role=role, name="Bob", is_active=True,
        actor=alice.actor, at=AT,
    )  # fmt: skip
    client = Client()
    client.force_login(User.objects.get(id=bob.user_id), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize(
    ("role", "label", "upload"), [(Role.VIEWER, 403, 403), (Role.PACKER, 200, 403), (Role.CLERK, 200, 200)]
)
def test_a_file_takes_the_permission_of_what_made_it_at_both_doors(
    alice: World, bob: World, role: Role, label: int, upload: int
) -> None:
    client, door = role_of(alice, bob, role), door_of(bob)
    with alice.scope():
        ids = [keep(alice, uuid4().bytes, Permission.PRINT), keep(alice, uuid4().bytes, Permission.IMPORT)]
    assert [client.get(f"/files/{i}/").status_code for i in ids] == [label, upload]
    headers = {"Authorization": f"Bearer {door.token}"}
    assert [Client().get(f"/api/v1/files/{i}", headers=headers).status_code for i in ids] == [label, upload]


def test_a_viewer_sees_neither_the_preview_of_an_upload_nor_its_refused_rows(alice: World, bob: World) -> None:
    client = role_of(alice, bob, Role.VIEWER)
    with alice.scope():
        kept = keep(alice, b"Order ID,SKU\nO-1,A\n", Permission.IMPORT)
    assert client.get(f"/import/{kept}/").status_code == 403
    assert client.get(f"/import/result/{uuid4()}/refused/csv/").status_code == 403


def test_a_token_of_only_view_fetches_no_labels(alice: World) -> None:
    alice.do("print_parcels", alice.allocated(1))
    kept = alice.value("SELECT max(id) FROM core_storedfile WHERE organization_id = %s")
    status, body = door_of(alice, Permission.VIEW).get(f"/files/{kept}")
    assert (status, body["code"]) == (403, "not_allowed")
