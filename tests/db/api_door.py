"""A client at the REST door: a member of the cast with a token."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.cast import World

from entrepot.core.clock import now
from entrepot.core.permissions import Permission
from entrepot.core.tokens import issue_token

settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a folder that is not there


@dataclass(frozen=True)
class Door:
    """Speaks JSON with /api/v1; every call answers (status, body)."""

    token: str

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        data = b"" if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        response = Client().generic(
            method,
            f"/api/v1{path}",
            data,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"},
            query_params=query or None,
        )
        return response.status_code, orjson.loads(response.content)

    def get(self, path: str, **query: Any) -> tuple[int, Any]:
        return self.ask("GET", path, None, **query)

    def put(self, path: str, body: Any) -> tuple[int, Any]:
        return self.ask("PUT", path, body)

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        return self.ask("POST", path, body)

    def upload(self, path: str, content: bytes, name: str = "orders.csv", **form: Any) -> tuple[int, Any]:
        response = Client().post(
            f"/api/v1{path}",
            {"file": SimpleUploadedFile(name, content), **form},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        return response.status_code, orjson.loads(response.content)

    def batch(self, verb: str, ids: Sequence[int], *, uuid: Any = None, **options: Any) -> tuple[int, Any]:
        body = {"verb": verb, "ids": [str(i) for i in ids], "options": options}
        return self.put(f"/batches/{uuid or uuid4()}", body)


def door_of(world: World, *scopes: Permission) -> Door:
    """A token of the world's member; with every scope unless some are named."""
    assert world.actor.member_id is not None
    _, text = issue_token(
        organization_id=world.organization_id,
        member_id=world.actor.member_id,
        name="test",
        scopes=scopes or list(Permission),
        expires_at=None,
        actor=world.actor,
        at=now(),
    )
    return Door(text)
