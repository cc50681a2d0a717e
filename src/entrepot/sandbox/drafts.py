"""Orders as people make them, drawn from a seed; each twin turns a draft into its own document."""

import random
from dataclasses import dataclass
from typing import Final

from entrepot.sandbox.goods import GOODS, Good, price_minor
from entrepot.sandbox.people import Person, person

KINDS: Final = {
    "plain": 44, "repeat": 10, "bundle": 6, "battery": 6, "liquid": 5, "gift": 4, "note": 6, "cod": 3, "unpaid": 4,
    "hold": 3, "ask_cancel": 3, "cancel": 2, "change_address": 2, "masked": 2,
    "pays_late": 3, "platform_label": 0, "no_package": 0,
}  # fmt: skip
"""What an order is like, with weights. `repeat`: a buyer who ordered before. `hold`: a fraud check. `ask_cancel`, `cancel`
and `change_address` happen by themselves some time later, as `pays_late` pays; `unpaid` never pays. `masked`: the address
is hidden at first, where that is real. Only when asked for: `platform_label` (the marketplace ships), `no_package`
(packages are made by shipping)."""

NOTES: Final = (
    "Please leave with the neighbour at number 7", "It's a birthday present, no invoice in the box please 🎁",
    "请尽快发货，谢谢！", "ギフト包装をお願いします", "Bitte nicht vor dem 3. liefern – bin im Urlaub",
    "Llamar antes de entregar", "Gate code 4#71\nDog is friendly", "من فضلك اتصل قبل التسليم",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DraftLine:
    good: Good
    quantity: int
    price_minor: int  # of one piece, in the shop's currency


@dataclass(frozen=True, slots=True)
class Draft:
    kinds: tuple[str, ...]
    buyer: Person
    moved: Person  # where a change of address goes: the same buyer elsewhere
    lines: tuple[DraftLine, ...]
    currency: str
    shipping_minor: int
    note: str
    later_seconds: int  # when `ask_cancel`, `cancel`, `change_address`, `pays_late` happen, after the order was made

    @property
    def total_minor(self) -> int:
        return self.shipping_minor + sum(line.quantity * line.price_minor for line in self.lines)


def make_draft(seed: int, number: int, currency: str, kinds: tuple[str, ...] = ()) -> Draft:
    """The `number`-th order of this seed. `kinds` fixes what it is like; otherwise that is drawn."""
    draw = random.Random(f"order {seed} {number}")  # noqa: S311 - made-up orders, not secrets
    kinds = kinds or (draw.choices(list(KINDS), list(KINDS.values()))[0],)
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise ValueError(f"There are no orders of kind {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}.")
    back = draw.randint(1, 4) if "repeat" in kinds and number > 4 else 0
    buyer = person(seed, number - back)
    lines = tuple(
        DraftLine(good, draw.choices((1, 2, 3, 10), (70, 20, 8, 2))[0], price_minor(good, currency))
        for good in _goods(draw, kinds)
    )
    return Draft(
        kinds=kinds,
        buyer=buyer,
        moved=person(seed, number - back, moved=True),
        lines=lines,
        currency=currency,
        shipping_minor=draw.choice((0, 0, 1)) * price_minor(GOODS[0], currency) // 2,
        note=draw.choice(NOTES) if {"note", "gift"} & set(kinds) else "",
        later_seconds=draw.randint(5 * 60, 3 * 3600),
    )


def _goods(draw: random.Random, kinds: tuple[str, ...]) -> list[Good]:
    """One to three different goods; at least one of the wanted sort."""
    wanted = [good for good in GOODS if set(kinds) & set(good.traits)]
    first = draw.choice(wanted) if wanted else draw.choice([good for good in GOODS if not good.traits])
    others = [good for good in draw.sample(GOODS, 3) if good != first and not good.traits]
    return [first, *others[: draw.choices((0, 1, 2), (60, 28, 12))[0]]]
