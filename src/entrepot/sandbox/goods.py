"""Sixty things to sell: SB-0001 to SB-0060. Titles, weights and prices never change."""

from dataclasses import dataclass
from typing import Final

_NAMES: Final = (
    "Paper lantern, 30 cm", "Linen apron", "Walnut spoon", "Brass incense holder", "Ceramic teacup", "Wool scarf",
    "Beeswax candle", "Cotton tote bag", "Enamel pin, fox", "Leather key fob", "Bamboo steamer", "Silk eye mask",
    "Glass vase, small", "Oak picture frame", "Felt slippers", "Copper measuring cup", "Stoneware bowl", "Jute doormat",
    "Origami paper, 200 sheets", "Calligraphy brush", "Rice paper notebook", "Cork coaster set", "Cast-iron trivet",
    "Linen napkins, 4 pieces", "Woven basket", "Wooden comb", "Tea towel, indigo", "Chopsticks, 2 pairs",
    "Bookmark, brass", "Ceramic soap dish",
)  # fmt: skip
_SPECIAL: Final = {
    "battery": ("Lantern with LED and battery", "Rechargeable reading lamp", "Electric milk frother", "Power bank, 10 Ah",
                "Bluetooth speaker, walnut", "Night light, moon"),
    "liquid": ("Sandalwood oil, 30 ml", "Ink, black, 50 ml", "Room spray, cedar", "Hand cream, camellia", "Soy sauce, 150 ml",
               "Perfume, osmanthus"),
    "bundle": ("Tea ceremony set", "Writing desk set", "Kitchen starter set", "Candle trio", "Picnic set", "Bath set"),
}  # fmt: skip
_COLOURS: Final = ("Red", "Indigo", "Natural", "Black", "Moss", "Sand")

RATES: Final = {
    "USD": (100, 2), "EUR": (92, 2), "GBP": (79, 2), "CAD": (137, 2), "SGD": (134, 2), "MYR": (440, 2), "PHP": (5800, 2),
    "THB": (3500, 2), "VND": (2_540_000, 0), "IDR": (1_580_000, 0), "JPY": (15_000, 0), "CNY": (720, 2),
}  # fmt: skip
"""Currency -> (units per 100 US dollars, digits after the point)."""


@dataclass(frozen=True, slots=True)
class Good:
    code: str
    title: str
    variation: str
    weight_g: int
    usd_cents: int
    traits: tuple[str, ...] = ()  # battery, liquid, bundle


def _make() -> tuple[Good, ...]:
    names = [(name, ()) for name in _NAMES]
    special = [(name, (trait,)) for trait, some in _SPECIAL.items() for name in some]
    goods = []
    for n in range(60):
        name, traits = [*names, *special][n % (len(names) + len(special))]
        goods.append(
            Good(
                f"SB-{n + 1:04}",
                name,
                _COLOURS[n % len(_COLOURS)],
                40 + (n * 137) % 1400,
                390 + (n * 523) % 5200,
                traits,
            )
        )
    return tuple(goods)


GOODS: Final = _make()
BY_CODE: Final = {good.code: good for good in GOODS}


def digits(currency: str) -> int:
    """Digits after the point of an amount."""
    return RATES[currency][1]


def price_minor(good: Good, currency: str) -> int:
    """The price of one piece in minor units of the currency."""
    per_hundred, after_point = RATES[currency]
    return max(1, good.usd_cents * per_hundred // 100 // (100 if after_point == 0 else 1))


def decimal(minor: int, currency: str) -> str:
    """12345 USD -> "123.45"; 500 JPY -> "500"."""
    places = digits(currency)
    if places == 0:
        return str(minor)
    return f"{minor // 10**places}.{minor % 10**places:0{places}}"
