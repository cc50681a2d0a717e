"""The deciding functions, held to their promises on anything Hypothesis can think of."""

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import AT, draft, line

from entrepot.inventory.allocate import Demand, Free
from entrepot.inventory.allocate import decide as allocate
from entrepot.marketplaces.policy import Policy
from entrepot.orders.take_back import Candidate, Why
from entrepot.orders.take_back import decide as take_back
from entrepot.parcels.pack import Line, Packable
from entrepot.parcels.pack import decide as pack

demands = st.lists(
    st.builds(
        Demand, group=st.integers(1, 6), line=st.integers(1, 40), sku_id=st.integers(1, 4), quantity=st.integers(1, 6)
    ),
    max_size=20,
    unique_by=lambda d: (d.group, d.line),
)
shelves = st.dictionaries(st.integers(1, 4), st.lists(st.integers(0, 12), min_size=1, max_size=3), max_size=4).map(
    lambda by_sku: {sku: [Free(sku * 10 + n, pieces) for n, pieces in enumerate(pile)] for sku, pile in by_sku.items()}
)


@settings(max_examples=300, deadline=None)
@given(demands, shelves)
def test_allocating_never_promises_more_than_is_free_and_serves_groups_whole_and_in_turn(wanted, free) -> None:
    plan = allocate(wanted, free)
    took: Counter[int] = Counter()
    for taken in plan.taken:
        assert taken.quantity > 0
        took[taken.stock_id] += taken.quantity
    there = {entry.stock_id: entry.pieces for pile in free.values() for entry in pile}
    assert all(pieces <= there[stock] for stock, pieces in took.items())
    served = {taken.group for taken in plan.taken}
    assert served | set(plan.missing) == {d.group for d in wanted}
    assert served & set(plan.missing) == set()
    for d in wanted:
        given_to = sum(t.quantity for t in plan.taken if (t.group, t.line) == (d.group, d.line))
        assert given_to == (d.quantity if d.group in served else 0)
        assert all(t.stock_id // 10 == d.sku_id for t in plan.taken if (t.group, t.line) == (d.group, d.line))
    # Earlier groups first, and maximal: replaying them in turn, each one is served exactly when it fits.
    left: Counter[int] = Counter()
    for sku, pile in free.items():
        left[sku] = sum(entry.pieces for entry in pile)
    needs: dict[int, Counter[int]] = defaultdict(Counter)
    for d in wanted:
        needs[d.group][d.sku_id] += d.quantity
    for group, need in needs.items():
        short = {sku: pieces - left[sku] for sku, pieces in need.items() if left[sku] < pieces}
        assert plan.missing.get(group, {}) == short
        if not short:
            left -= need


orders = st.lists(
    st.builds(
        Packable,
        id=st.integers(1, 10_000),
        number=st.just("O"),
        store_id=st.just(1),
        recipient_key=st.sampled_from(["", "a", "b"]),
        currency=st.sampled_from(["USD", "EUR"]),
        shipping_choice=st.sampled_from(["", "fast"]),
        deadline_at=st.integers(0, 5).map(lambda n: AT + timedelta(hours=n)),
        total_minor=st.integers(0, 900),
        lines=st.integers(1, 5).map(lambda n: tuple(Line(k, k + 1) for k in range(n))),
    ),
    max_size=15,
    unique_by=lambda order: order.id,
)
policies = st.builds(
    Policy,
    name=st.just("any"),
    merges=st.booleans(),
    max_lines_per_parcel=st.sampled_from([0, 1, 3, 7]),
    max_orders_per_parcel=st.sampled_from([0, 1, 2]),
    max_value_minor=st.sampled_from([0, 500, 1500]),
)


@settings(max_examples=300, deadline=None)
@given(orders, policies)
def test_packing_puts_every_piece_into_exactly_one_parcel_within_the_limits(some, policy) -> None:
    boxes = pack(some, policy)
    inside = Counter((order.id, piece.id, piece.quantity) for box in boxes for order, piece in box.lines)
    assert inside == Counter((order.id, piece.id, piece.quantity) for order in some for piece in order.lines)
    for box in boxes:
        assert box.lines
        assert [order.id for order in box.orders] == list(dict.fromkeys(order.id for order, _ in box.lines))
        together = {(o.recipient_key, o.store_id, o.currency, o.shipping_choice) for o in box.orders}
        assert len(together) == 1
        if len(box.orders) > 1:
            assert policy.merges
            assert box.orders[0].recipient_key
        if policy.max_lines_per_parcel:
            assert len(box.lines) <= policy.max_lines_per_parcel
        if policy.max_orders_per_parcel:
            assert len(box.orders) <= policy.max_orders_per_parcel
        if policy.max_value_minor and len(box.orders) > 1:
            assert sum(order.total_minor for order in box.orders) <= policy.max_value_minor


def test_thirty_one_lines_at_a_limit_of_fifteen_make_fifteen_fifteen_and_one() -> None:
    order = Packable(1, "O", 1, "a", "USD", "", AT, 0, tuple(Line(n, 1) for n in range(31)))
    assert [len(box.lines) for box in pack([order], Policy("any", max_lines_per_parcel=15))] == [15, 15, 1]


candidates = st.lists(
    st.builds(
        Candidate,
        line_id=st.integers(1, 1000),
        order_id=st.integers(1, 5),
        placed_at=st.integers(-5, 5).map(lambda n: AT + timedelta(hours=n)),
        price=st.sampled_from([100, 200]),
        free=st.integers(0, 4),
        held=st.integers(0, 3),
        stage=st.sampled_from(["to_review", "packed", "shipped"]),
    ),
    max_size=6,
    unique_by=lambda c: c.line_id,
)
documents = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from([100, 200]), st.sampled_from(["buyer-1", ""])), max_size=4
)


@settings(max_examples=300, deadline=None)
@given(candidates, documents)
def test_taking_back_never_takes_more_than_was_bought_and_answers_for_every_piece(some, asked) -> None:
    papers = [
        draft(f"M-{n}", line(quantity=quantity, price=price), buyer_id=buyer, placed_at=AT)
        for n, (quantity, price, buyer) in enumerate(asked)
    ]
    pool = {("buyer-1", "SKU-00"): [replace(candidate) for candidate in some]}
    matches = take_back(papers, pool)
    by_line: Counter[int] = Counter()
    for match in matches:
        assert match.quantity > 0
        if match.line_id is not None:
            by_line[match.line_id] += match.quantity
    bought = {c.line_id: c.free + c.held for c in some}
    assert all(pieces <= bought[line_id] for line_id, pieces in by_line.items())
    later = {c.line_id for c in some if c.placed_at > AT}
    assert later & set(by_line) == set()
    for n, (quantity, price, buyer) in enumerate(asked):
        mine = [match for match in matches if match.document == f"M-{n}"]
        assert sum(match.quantity for match in mine) == quantity
        assert all((match.why is Why.NO_BUYER) == (not buyer) for match in mine)
        for match in mine:
            if match.why is Why.SAME_PRICE:
                assert {c.price for c in some if c.line_id == match.line_id} == {price}
