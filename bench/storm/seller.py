"""The seller of the storm: works through the REST API, and asks again with the same UUID when the web was killed."""

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx

ROUND = (
    ("orders", {"stage": "to_review"}, "review_orders"),
    ("orders", {"stage": "to_pack"}, "pack_orders"),
    ("parcels", {"stage": "to_process"}, "get_waybills"),
    ("parcels", {"stage": "waybill"}, "allocate_parcels"),
    ("parcels", {"stage": "to_print", "supply": "in_stock"}, "ship_parcels"),
)
AT_ONCE = 200


@dataclass
class Seller:
    web: str
    token: str
    done: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)

    def work(self) -> int:
        """One round over the desk; returns how many items moved."""
        moved = 0
        for what, query, verb in ROUND:
            found = self._ask("GET", f"/api/v1/{what}", params={**query, "limit": AT_ONCE})["items"]
            ids = [item["id"] for item in found if not item.get("cancellation_asked_at")]
            if ids:
                answer = self._ask("PUT", f"/api/v1/batches/{uuid4()}", json={"verb": verb, "ids": ids, "options": {}})
                moved += answer["done_count"]
                self.done[verb] = self.done.get(verb, 0) + answer["done_count"]
                for outcome in answer["outcomes"]:
                    if outcome["refusal"]:
                        self.refused[outcome["refusal"]] = self.refused.get(outcome["refusal"], 0) + 1
        return moved

    def _ask(self, method: str, path: str, **rest: Any) -> Any:
        for _ in range(120):
            try:
                reply = httpx.request(
                    method, self.web + path, headers={"Authorization": f"Bearer {self.token}"}, timeout=30,
                    trust_env=False, **rest,
                )  # fmt: skip
                if reply.status_code < 500:
                    reply.raise_for_status()
                    return reply.json()
            except httpx.TransportError:
                pass
            time.sleep(0.5)
        raise TimeoutError(f"{method} {path} got no answer for a minute")
