"""Who is the same recipient, and who only looks alike."""

import pytest

from entrepot.marketplaces.contract import Address
from entrepot.orders.recipient import missing_part, recipient_key

BASE = {
    "name": "Anna Schmidt", "line1": "Lindenstr. 12", "city": "Köln", "postcode": "50674", "country": "DE",
    "phone": "+49 221 1234567",
}  # fmt: skip


def key(store_id: int = 1, buyer_id: str = "b", **changes: str) -> str:
    return recipient_key(Address(**(BASE | changes)), store_id=store_id, buyer_id=buyer_id)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "ANNA  SCHMIDT"},
        {"line1": "Lindenstr 12"},
        {"city": "KÖLN"},
        {"city": "Koln"},
        {"phone": "0221/1234567"},
        {"country": "de"},
        {"line1": "Lindenstr.", "line2": "12"},
        {"name": "Ａｎｎａ Ｓｃｈｍｉｄｔ"},
    ],
)
def test_another_spelling_is_the_same_recipient(changes: dict[str, str]) -> None:
    assert key(**changes) == key()


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Anne Schmidt"},
        {"line1": "Lindenstr. 13"},
        {"city": "Bonn"},
        {"postcode": "50675"},
        {"country": "AT"},
        {"phone": "+49 221 1234568"},
        {"district": "Mitte"},
        {"region": "NRW"},
    ],
)
def test_another_place_or_person_is_another_recipient(changes: dict[str, str]) -> None:
    assert key(**changes) != key()


def test_another_store_or_buyer_is_another_recipient() -> None:
    assert len({key(), key(store_id=2), key(buyer_id="c")}) == 3


def test_chinese_names_are_told_apart() -> None:
    assert key(name="王小明") != key(name="李小明")


@pytest.mark.parametrize("part", ["line1", "country"])
def test_too_little_to_compare_is_no_key(part: str) -> None:
    assert key(**{part: ""}) == ""


@pytest.mark.parametrize("part", ["name", "line1", "city", "country"])
def test_the_first_missing_part_is_named(part: str) -> None:
    assert missing_part(Address(**BASE)) == ""
    assert missing_part(Address(**(BASE | {part: ""}))) == part
