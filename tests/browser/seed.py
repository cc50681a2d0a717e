"""About forty orders of Alice's, in several scripts, at every place of the desk."""

from dataclasses import replace
from datetime import timedelta

from tests import cast
from tests.cast import AT, draft, line

from entrepot.marketplaces.contract import Address, OrderDraft, PaymentState

PEOPLE = (
    Address(
        name="Anna Schmidt", line1="Lindenstraße 12", city="Berlin", postcode="10969", country="DE", phone="+4930555001"
    ),
    Address(
        name="王小明",
        line1="中山路 88 号 5 楼",
        district="鼓楼区",
        city="南京",
        region="江苏",
        postcode="210008",
        country="CN",
        phone="+8613800000001",
    ),
    Address(
        name="محمد الأحمد",
        line1="شارع الملك فهد ١٢",
        city="الرياض",
        postcode="11564",
        country="SA",
        phone="+966500000001",
    ),
    Address(name="สมชาย ใจดี", line1="99 ถนนสุขุมวิท", city="กรุงเทพ", postcode="10110", country="TH", phone="+66800000001"),
    Address(
        name="Наталья Иванова",
        line1="ул. Ленина, 5",
        city="Алматы",
        postcode="050000",
        country="KZ",
        phone="+77010000001",
    ),
    Address(
        name="דנה כהן", line1="רחוב הרצל 7", city="תל אביב", postcode="6688101", country="IL", phone="+972500000001"
    ),
    Address(
        name="José Núñez",
        line1="Calle Mayor 3, 2º izq.",
        city="Sevilla",
        postcode="41001",
        country="ES",
        phone="+34600000001",
    ),
    Address(
        name="Siobhán O'Neill",
        line1="4 Abbey Street",
        city="Dublin",
        postcode="D01 X2Y3",
        country="IE",
        phone="+35385000001",
    ),
)


def person(n: int) -> Address:
    """Recipient n: like nobody before, so that nothing merges by accident."""
    base = PEOPLE[n % len(PEOPLE)]
    return replace(base, phone=f"{base.phone[:-3]}{n:03}", line2=f"#{n}")


def order(n: int, **changes: object) -> OrderDraft:
    lines = [line(f"SKU-{(n * 3 + k) % cast.SKUS:02}", quantity=1 + (n + k) % 3, price=990 + 500 * k, number=str(k + 1))
             for k in range(1 + n % 3)]  # fmt: skip
    whole = draft(
        f"SO-{n:04}", *lines, n=n, recipient=person(n), buyer_name=person(n).name, total_minor=sum(
            one.quantity * one.unit_price_minor for one in lines), placed_at=AT - timedelta(hours=3 + n), paid_at=AT -
        timedelta(hours=2 + n),
    )  # fmt: skip
    return replace(whole, **changes)  # type: ignore[arg-type]


def fill() -> None:
    alice = cast.world_of(cast.ALICE)
    drafts = {n: order(n) for n in range(1, 41)}
    for n in (1, 2, 3):
        drafts[n] = order(n, payment=PaymentState.UNPAID, paid_at=None, external_status="waiting for payment")
    drafts[4] = order(4, buyer_note="Please pack it as a gift. 谢谢!")
    drafts[5] = replace(drafts[5], lines=(line("NEVER-SEEN-1", 2),))
    for n in (6, 7):  # two orders of one person: they pack into one parcel
        drafts[n + 10] = order(n + 10, recipient=person(16), buyer_id="buyer-16", shipping_choice="")
    drafts[40] = replace(drafts[40], lines=(line("SKU-SCARCE", 5),))
    alice.stock({"SKU-SCARCE": 2})
    alice.take_in(*drafts.values())
    ids = dict(zip(drafts, alice.order_ids(*(d.external_id for d in drafts.values())), strict=True))

    def some(first: int, last: int) -> list[int]:
        return [ids[n] for n in range(first, last + 1)]

    # 1-3 unpaid, 4-13 to review, 14-21 to pack, 22-23 on hold, 24-25 cancelled, 26-40 in parcels
    alice.do("review_orders", some(14, 21) + some(26, 40))
    alice.do("hold_orders", some(22, 23), reason="Waiting for the buyer's answer")
    alice.do("cancel_orders", some(24, 25), reason="The buyer asked")
    parcels = [int(i) for i in alice.do("pack_orders", some(26, 40)).result["parcels"]]
    alice.do("get_waybills", parcels[3:])
    alice.do("allocate_parcels", parcels[7:])  # the last one is short
    alice.do("ship_parcels", parcels[11:14])
