"""Codes, access tokens and refresh tokens: lifetimes, single use, expiry and revocation."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from entrepot.sandbox.store import Store


class Kind(StrEnum):
    CODE = "code"
    ACCESS = "access"
    REFRESH = "refresh"


class State(StrEnum):
    GOOD = "good"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Token:
    token: str
    kind: Kind
    marketplace: str
    shop: str
    expires: int | None  # virtual ms; None: does not expire
    state: State
    extra: dict[str, Any]


class Tokens:
    def __init__(self, store: Store, seed: int) -> None:
        self._store, self._seed = store, seed

    def issue(
        self,
        kind: Kind,
        marketplace: str,
        shop: str,
        *,
        now_ms: int,
        seconds: int | None,
        prefix: str = "",
        **extra: Any,
    ) -> Token:
        """A new token. `extra` is the twin's own (redirect address, scope …); `seconds` None: it does not expire."""
        number = self._store.next("token")
        secret = hashlib.sha256(f"{self._seed} {number} {kind} {marketplace} {shop}".encode()).hexdigest()
        expires = None if seconds is None else now_ms + seconds * 1000
        token = Token(f"{prefix}{secret[:48]}", kind, marketplace, shop, expires, State.GOOD, extra)
        self._store.rows(
            "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?)",
            (token.token, kind.value, marketplace, shop, expires, State.GOOD.value, json.dumps(extra)),
        )
        return token

    def shops(self) -> list[tuple[str, str]]:
        """(marketplace, shop) of those that let somebody in."""
        found = self._store.rows(
            "SELECT DISTINCT marketplace, shop FROM tokens WHERE kind <> ? ORDER BY 1, 2", (Kind.CODE.value,)
        )
        return [(row[0], row[1]) for row in found]

    def look(self, kind: Kind, marketplace: str, text: str, *, now_ms: int) -> Token:
        """The token and its state now; UNKNOWN when there never was one of this kind there."""
        found = self._store.rows("SELECT * FROM tokens WHERE token = ?", (text,))
        if not found or found[0][1] != kind.value or found[0][2] != marketplace:
            return Token(text, kind, marketplace, "", None, State.UNKNOWN, {})
        _, _, _, shop, expires, state, extra = found[0]
        if state == State.GOOD.value and expires is not None and expires <= now_ms:
            state = State.EXPIRED.value
        return Token(text, kind, marketplace, shop, expires, State(state), json.loads(extra))

    def use(self, token: Token) -> None:
        """A code or a single-use refresh token is spent."""
        self._set(token.token, State.USED)

    def expire(self, token: Token) -> None:
        self._set(token.token, State.EXPIRED)

    def end(self, marketplace: str, shop: str, kinds: tuple[Kind, ...], state: State) -> int:
        """Every good token of these kinds of a shop gets this state; how many there were."""
        marks = ", ".join("?" * len(kinds))
        return len(
            self._store.rows(
                f"UPDATE tokens SET state = ? WHERE marketplace = ? AND shop = ? AND state = 'good' AND kind IN ({marks}) "
                "RETURNING token",
                (state.value, marketplace, shop, *(kind.value for kind in kinds)),
            )
        )

    def _set(self, text: str, state: State) -> None:
        self._store.rows("UPDATE tokens SET state = ? WHERE token = ?", (state.value, text))
