"""What the two sides say at the end, compared order by order and confirmation by confirmation."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

SHIPPING_STAGES = ("shipped", "in_transit", "delivered", "failed")


@dataclass
class Verdict:
    orders: int = 0
    confirmations: int = 0
    faults: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        self.faults.append(sentence)


def compare(
    ledger: list[dict[str, Any]],
    ours: dict[tuple[str, str], list[dict[str, Any]]],
    told: list[dict[str, Any]],
    untold: list[tuple[str, str]],
) -> Verdict:
    """`ours`: (marketplace, order number) -> rows; `told`: the current notices; `untold`: orders that left in silence."""
    verdict = Verdict()
    there = {(entry["marketplace"], entry["order_id"]): entry for entry in ledger}
    for key, entry in there.items():
        rows = ours.get(key, [])
        if len(rows) != 1:
            verdict.say(f"{key}: {len(rows)} times here")
            continue
        verdict.orders += 1
        _same(key, entry, rows[0], verdict)
    for key in ours.keys() - there.keys():
        verdict.say(f"{key}: here, but not at the marketplace")
    asked = {key for key, rows in ours.items() if any(row["asked"] for row in rows)}
    _confirmed(there, told, asked, verdict)
    for key in untold:
        verdict.say(f"{key}: left, and nobody was told")
    return verdict


def _same(key: tuple[str, str], entry: dict[str, Any], row: dict[str, Any], verdict: Verdict) -> None:
    told = entry["paid"] or key[0] != "amazon"  # of an order that is pending Amazon says no amounts
    there = Counter((line["sku"], line["quantity"], line["unit_price_minor"] * told) for line in entry["lines"])
    here = Counter((line["sku"], line["quantity"], line["price"]) for line in row["lines"])
    if there != here:
        verdict.say(f"{key}: lines differ: there {dict(there)}, here {dict(here)}")
    if told and (entry["currency"] != row["currency"] or entry["total_minor"] != row["total_minor"]):
        verdict.say(
            f"{key}: total {entry['total_minor']} {entry['currency']} there, {row['total_minor']} {row['currency']} here"
        )
    if entry["cancelled"] and row["stage"] not in ("cancelled", *SHIPPING_STAGES) and not row["asked"]:
        verdict.say(f"{key}: cancelled there, {row['stage']} here and nothing stops it")
    if not entry["cancelled"] and row["stage"] == "cancelled":
        verdict.say(f"{key}: cancelled here, {entry['status']} there")
    masked = "address_masked" in row["reasons"]
    address = entry["recipient"]
    if not masked and not entry["cancelled"] and address["country"] != row["recipient"]["country"]:
        verdict.say(f"{key}: country {address['country']} there, {row['recipient']['country']} here")
    if not masked and not entry["cancelled"] and address["postcode"] != row["recipient"]["postcode"]:
        verdict.say(f"{key}: postcode {address['postcode']} there, {row['recipient']['postcode']} here")


def _confirmed(
    there: dict[tuple[str, str], dict[str, Any]],
    told: list[dict[str, Any]],
    asked: set[tuple[str, str]],
    verdict: Verdict,
) -> None:
    """`asked`: orders whose buyer waits for our answer to a wish to cancel; their marketplace may take no number."""
    accepted = Counter(
        (notice["marketplace"], notice["order"], number)
        for notice in told
        if notice["status"] == "accepted"
        for number in notice["number"].split(
            ", "
        )  # Lazada may answer one notice with several packages, each with its own
    )
    for key, times in accepted.items():
        if times != 1:
            verdict.say(f"{key}: {times} accepted notices here")
    stand = Counter(
        (marketplace, number, shipment["number"])
        for (marketplace, number), entry in there.items()
        for shipment in entry["shipments"]
    )
    for key, times in stand.items():
        if times != 1:
            verdict.say(f"{key}: confirmed {times} times there")
        if key not in accepted:
            verdict.say(f"{key}: stands there, and no accepted notice here")
    for key in accepted.keys() - stand.keys():
        verdict.say(f"{key}: accepted here, and not there")
    verdict.confirmations = len(stand)
    for notice in told:
        key = (notice["marketplace"], notice["order"])
        entry = there.get(key)
        if notice["status"] not in ("accepted", "refused"):
            verdict.say(f"{notice['order']}: its notice is still {notice['status']}")
        elif notice["status"] == "refused" and entry is not None and not entry["cancelled"] and key not in asked:
            verdict.say(
                f"{notice['order']}: refused ({notice['why']} {notice['message']}), though {entry['status']} there"
            )
