import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from bench.storm.processes import Processes
from bench.storm.seller import Seller
from bench.storm.verdict import Verdict, compare


def main() -> int:
    parser = argparse.ArgumentParser(description="See the docstring of the package.")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("SEED", "7")))
    parser.add_argument("--orders", type=int, default=int(os.environ.get("ORDERS", "1000")))
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--patience", type=int, default=600, help="seconds for everything to come to rest")
    parser.add_argument("--only", default="", help="marketplaces, separated by commas; all without it")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the run")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="storm-"))
    processes = Processes(home, given.seed)
    try:
        verdict = storm(given, processes)
    finally:
        processes.stop()
        if not given.keep:
            shutil.rmtree(home, ignore_errors=True)
    for sentence in verdict.faults[:40]:
        print("  ✗", sentence)
    print(
        f"seed {given.seed}: {verdict.orders} orders the same on both sides, {verdict.confirmations} confirmations, "
        f"kills {processes.kills}, {len(verdict.faults)} differences"
    )
    return 1 if verdict.faults else 0


def storm(given: Any, processes: Processes) -> Verdict:
    draw = random.Random(given.seed)
    processes.start_sandbox()
    processes.start_house()
    os.environ["ENTREPOT_HOME"] = str(processes.home / "house")
    os.environ["ENTREPOT_SANDBOX"] = processes.sandbox_url
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.settings")
    from bench.storm import house

    with house.inside() as organization:
        shops = house.connect_all(organization, processes.sandbox_url, given.only.split(",") if given.only else [])
        seller = Seller(processes.web_url, house.token(organization))
        for marketplace in sorted({name for name, _ in shops}):
            hook = {"marketplace": marketplace, "url": f"{processes.web_url}/hooks/{marketplace}/"}
            control(processes, "webhooks", hook)
        control(processes, "faults", {"knob": "hang_seconds", "value": 6})
        begun = time.monotonic()
        _blow(given, draw, processes, seller, shops)
        control(processes, "faults", {"clear": True})
        _come_to_rest(given, processes, seller, organization)
        print(
            f"{time.monotonic() - begun:.0f} s; faults played: {json.dumps(state(processes).get('faults_played'))}\n"
            f"done {seller.done}; refused {seller.refused}",
            flush=True,
        )
        ledger = httpx.get(f"{processes.sandbox_url}/control/ledger", timeout=120, trust_env=False).json()
        return compare(ledger, house.orders(organization), house.told(organization), house.untold(organization))


def _blow(given: Any, draw: random.Random, processes: Processes, seller: Seller, shops: list[tuple[str, str]]) -> None:
    """Orders come in rounds; the seller works; faults change; somebody is killed now and then."""
    # Amazon may be asked for a list once in three minutes, Lazada for half an order a second.
    slow = {"amazon": 0.1, "lazada": 0.2}
    shares = {shop: slow.get(shop[0], 1.0) for shop in shops}
    each = {
        shop: max(1, round(given.orders * share / sum(shares.values()) / given.rounds))
        for shop, share in shares.items()
    }
    killing = sorted(draw.sample(range(given.rounds * 3), min(given.kills, given.rounds * 3)))
    for number in range(given.rounds):
        control(processes, "faults", {"random": given.seed * 100 + number})
        for marketplace, shop in shops:
            wanted = {
                "marketplace": marketplace,
                "shop": shop,
                "count": each[marketplace, shop],
                "seed": given.seed * 1000 + number,
            }
            control(processes, "orders", wanted)
        for step in range(3):
            seller.work()
            if number * 3 + step in killing:
                processes.kill_one(draw)
            time.sleep(1.0)
        print(f"round {number + 1}/{given.rounds}: {seller.done}", flush=True)


def _come_to_rest(given: Any, processes: Processes, seller: Seller, organization: Any) -> None:
    """Faults are off: the seller works on until both sides have nothing more to say."""
    from bench.storm import house

    until = time.monotonic() + given.patience
    quiet, changed_at = 0, datetime.now(UTC)
    while time.monotonic() < until and quiet < 3:
        moved = seller.work()
        if again := house.reconnect(organization):
            print(f"connected again: {', '.join(again)}", flush=True)
        house.hurry(organization)
        waiting, behind = house.waiting(organization, changed_at)
        there = sum(sum(by_status.values()) for by_status in state(processes)["orders"].values())
        here = house.count(organization)
        if moved or waiting or here != there:
            changed_at = datetime.now(UTC)  # every store has to look once more
        quiet = quiet + 1 if moved == waiting == behind == 0 and here == there else 0
        print(
            f"at rest? moved {moved}, waiting {waiting}, {here} of {there} orders, {behind} stores behind", flush=True
        )
        time.sleep(3)


def control(processes: Processes, what: str, value: dict[str, Any]) -> Any:
    reply = httpx.post(f"{processes.sandbox_url}/control/{what}", json=value, timeout=120, trust_env=False)
    reply.raise_for_status()
    return reply.json()


def state(processes: Processes) -> Any:
    return httpx.get(f"{processes.sandbox_url}/control/state", timeout=30, trust_env=False).json()


if __name__ == "__main__":
    sys.exit(main())
