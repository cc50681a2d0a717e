"""What people write for the class of goods, to the house's own words for it."""

from entrepot.marketplaces.file.cells import norm

CLASSES: dict[str, tuple[str, ...]] = {
    "general": (
        "general goods", "ordinary", "normal", "regular", "standard", "none", "no battery", "without battery", "普货",
        "普通", "普通货", "普通货物", "普通商品", "一般", "一般货物", "不带电", "无电", "无电池", "无", "allgemein",
        "ohne batterie", "général", "sans pile", "sans batterie",
    ),
    "battery": (
        "with battery", "with batteries", "batteries", "built-in battery", "contains battery", "contains batteries",
        "contains lithium battery", "lithium battery", "lithium batteries", "lithium ion battery",
        "lithium-ion batteries", "electric", "带电", "带电池", "含电", "含电池", "带电产品", "带电货物", "内置电池",
        "内置电", "内电", "配套电池", "配套电", "配电", "纯电池", "纯电", "锂电池", "电池", "mit batterie", "batterie",
        "mit akku", "akku", "avec pile", "avec batterie", "pile",
    ),
    "liquid": ("liquids", "contains liquid", "液体", "带液体", "含液体", "液体货", "flüssig", "flüssigkeit", "liquide"),
    "cosmetic": ("cosmetics", "化妆品", "彩妆", "护肤品", "kosmetik", "cosmétique", "cosmétiques"),
    "food": ("foods", "foodstuff", "食品", "lebensmittel", "aliment", "aliments"),
    "magnet": (
        "magnetic", "magnets", "with magnet", "contains magnet", "带磁", "含磁", "带磁性", "磁性", "磁铁", "magnetisch",
        "magnétique", "aimant",
    ),
}  # fmt: skip
"""The house's word for a class -> how else files say it. A parcel's marks hang on the house's word, so nothing else may
be kept; what is not here is for a person to decide."""

_BY_WORD = {norm(word): name for name, words in CLASSES.items() for word in (name, *words)}
LONGEST = 100


def goods_class(text: str) -> str:
    """One of the house's classes, or "" for what names none of them, or several."""
    return _BY_WORD.get(norm(text), "") if len(text) <= LONGEST else ""
