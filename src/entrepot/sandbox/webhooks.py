"""Webhooks: queued in the request's transaction, delivered by a thread, tried again until they are taken."""

import http.client
import json
import threading
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from entrepot.sandbox.clock import real_ms
from entrepot.sandbox.faults import Fault, Faults
from entrepot.sandbox.store import Store

TRIES = 8
TIMEOUT_SECONDS = 5


class Hooks:
    def __init__(self, store: Store, faults: Faults) -> None:
        self._store, self._faults = store, faults
        self._wake, self._stop = threading.Event(), threading.Event()

    def urls(self) -> dict[str, str]:
        kept: dict[str, str] = self._store.setting("webhooks", {})
        return kept

    def send_to(self, marketplace: str, url: str) -> None:
        """`{shop}` in the address is the shop's name. "" sends nothing more."""
        self._store.keep("webhooks", {**self.urls(), marketplace: url})

    def queue(
        self,
        marketplace: str,
        shop: str,
        topic: str,
        value: Mapping[str, Any],
        *,
        sign: Callable[[bytes], Mapping[str, str]],
    ) -> None:
        """`sign` gives all the headers that this body travels with. Nothing is queued while there is no address."""
        if not self.urls().get(marketplace):
            return
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        drawn = self._faults.draw(marketplace, "webhook")
        headers = dict(sign(body + b" " if Fault.WEBHOOK_BAD_SIGNATURE in drawn else body))
        if Fault.WEBHOOK_RESERIALISED in drawn:
            body = json.dumps(value, indent=1).encode()
        due = real_ms() + (int(self._faults.knob("late_seconds") * 1000) if Fault.WEBHOOK_LATE in drawn else 0)
        for _ in range(2 if Fault.WEBHOOK_DUPLICATE in drawn else 1):
            lost = Fault.WEBHOOK_LOST in drawn
            self._store.rows(
                "INSERT INTO deliveries (marketplace, shop, topic, body, headers, due_real, state) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (marketplace, shop, topic, body, json.dumps(headers), None if lost else due, "lost" if lost else "waiting"),
            )  # fmt: skip
        self._wake.set()

    def start(self) -> None:
        threading.Thread(target=self._run, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            if not self.deliver_one():
                self._wake.wait(0.5)

    def deliver_one(self) -> bool:
        """Tries the delivery that is due the longest; False when none is."""
        found = self._store.rows(
            "SELECT id, marketplace, shop, body, headers, attempts FROM deliveries WHERE due_real <= ? "
            "ORDER BY due_real, id LIMIT 1",
            (real_ms(),),
        )
        if not found:
            return False
        delivery, marketplace, shop, body, headers, attempts = found[0]
        url = self.urls().get(marketplace, "").replace("{shop}", shop)
        status = _post(url, bytes(body), json.loads(headers)) if url else None
        taken = status is not None and 200 <= status < 300
        again = not taken and attempts + 1 < TRIES
        self._store.rows(
            "UPDATE deliveries SET attempts = attempts + 1, state = ?, due_real = ? WHERE id = ?",
            (
                "taken" if taken else f"refused {status}" if status else "unreachable",
                real_ms() + 1000 * 2**attempts if again else None,
                delivery,
            ),
        )
        return True

    def log(self, limit: int = 50) -> list[dict[str, Any]]:
        found = self._store.rows(
            "SELECT id, marketplace, shop, topic, attempts, state FROM deliveries ORDER BY id DESC LIMIT ?", (limit,)
        )
        return [
            dict(zip(("id", "marketplace", "shop", "topic", "attempts", "state"), row, strict=True)) for row in found
        ]


def _post(url: str, body: bytes, headers: Mapping[str, str]) -> int | None:
    """The status, or None when nobody answered."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=TIMEOUT_SECONDS)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target or "/", body=body, headers={"Content-Type": "application/json", **headers})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
