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


@lru_cache(maxsize=1)
def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in _keys()])


def _keys() -> list[str]:
    if value := os.environ.get("ENTREPOT_FERNET_KEYS"):
        return value.split(",")
    return read_or_make(key_file(), lambda: Fernet.generate_key().decode()).split()


def add_key() -> None:
    """Puts a fresh key first. Old ones still read until every secret was written anew (`entrepot rotate-keys`)."""
    path = key_file()
    path.write_text("\n".join([Fernet.generate_key().decode(), *_keys()]) + "\n")
    _fernet.cache_clear()


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
