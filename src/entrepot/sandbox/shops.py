"""The shops and the app registrations that exist from the start."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shop:
    """`name` is ours ("alpha", "beta"); `id` is what the marketplace calls it."""

    name: str
    id: str
    currency: str
    country: str
    title: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class App:
    key: str
    secret: str = field(repr=False)


def app_of(seed: int, marketplace: str) -> App:
    """Our registration at a marketplace: the same for the same seed."""
    key, secret = (hashlib.sha256(f"{seed} {marketplace} {part}".encode()).hexdigest() for part in ("key", "secret"))
    return App(f"{marketplace[:3]}{int(key[:10], 16)}", secret[:40])
