"""Secrets at rest: Fernet with a key file of the home; several keys while one is being replaced."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models

from entrepot.core.keyfile import read_or_make


def key_file() -> Path:
    return Path(settings.HOME) / "secrets" / "fernet_keys"


def _fernet() -> MultiFernet:
    return _of_keys(tuple(_keys()))


@lru_cache(maxsize=2)
def _of_keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _keys() -> list[str]:
    """The newest first. Read each time: a running process must follow when another one adds a key."""
    if value := os.environ.get("ENTREPOT_FERNET_KEYS"):
        return value.split(",")
    return read_or_make(key_file(), lambda: Fernet.generate_key().decode()).split()


def add_key() -> bool:
    """Puts a fresh key first. Old ones still read until every secret was written anew (`entrepot rotate-keys`).

    False: the keys stand in ENTREPOT_FERNET_KEYS, where only whoever starts Entrepot can put another one first.
    """
    if os.environ.get("ENTREPOT_FERNET_KEYS"):
        return False
    path, keys = key_file(), [Fernet.generate_key().decode(), *_keys()]
    draft = path.with_suffix(f".{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(keys) + "\n")
    draft.replace(path)  # whole or not at all: without the old keys nothing is readable
    return True


def renewed(token: str) -> str:
    """The same secret under the newest key. Raises InvalidToken where none of our keys wrote it."""
    return _fernet().rotate(token.encode()).decode() if token else ""


def encrypt(text: str) -> str:
    return _fernet().encrypt(text.encode()).decode() if text else ""


def decrypt(token: str) -> str:
    return _fernet().decrypt(token.encode()).decode() if token else ""


class SecretField(models.TextField):  # type: ignore[type-arg] # generic in the stubs only
    """Text that is encrypted in the database and plain in Python; it is never logged."""

    def from_db_value(self, value: str | None, *_: Any) -> str | None:
        return value if value is None else decrypt(value)

    def get_prep_value(self, value: Any) -> Any:
        return value if value is None else encrypt(str(value))
