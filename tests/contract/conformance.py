"""What every connector must do, told as scenarios against the running sandbox: subclass `Conformance` with its `facts`."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from typing import Any, ClassVar

import pytest
from tests.contract.playing import SECOND, Desk, Facts, Played, sandbox, spoiled
from tests.contract.wires import DirectWire

from entrepot.marketplaces.contract import (
    Answer,
    AuthForm,
    CallFailed,
    CancelAnswer,
    EventKind,
    OrderDraft,
    PaymentState,
    Request,
    Result,
    ShipBy,
    StockLevel,
    Trouble,
    Unreadable,
    Why,
)


class Conformance:
    facts: ClassVar[Facts]

    @pytest.fixture(scope="class")
    @classmethod
    def played(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
        home: Path = tmp_path_factory.mktemp("sandbox")
        with sandbox(home) as running:
            yield running

    @pytest.fixture(scope="class")
    @classmethod
    def authorized(cls, played: Played) -> Iterator[Desk]:
        desk = Desk(played, cls.facts).authorize()
        yield desk
        desk.close()

    @pytest.fixture
    def desk(self, authorized: Desk) -> Desk:
        """Each test a while after the one before: rate budgets of the marketplace are full again."""
        authorized.played.control("faults", clear=True)
        authorized.played.jump(600)
        authorized.stay_authorized()
        return authorized

    @pytest.fixture
    def order(self, desk: Desk) -> OrderDraft:
        (draft,) = desk.get(*desk.make(1, "plain"))
        return draft

    def of_two_lines(self, desk: Desk) -> OrderDraft:
        """A plain order that can leave in two parcels."""
        return self.drawn(desk, lambda draft: len(draft.lines) > 1)

    def drawn(self, desk: Desk, fits: Callable[[OrderDraft], bool]) -> OrderDraft:
        """The first plain order of that kind; the sandbox draws what orders hold."""
        most = min(desk.connector.can.get_most, 50)
        for _ in range(0, 50, most):
            for draft in desk.get(*desk.make(most, "plain")):
                if fits(draft):
                    return draft
        raise AssertionError("None of fifty plain orders fits: does the twin's order keep every line of its draft?")

    # -- consent

    def test_a_seller_lets_us_in_and_the_grant_names_the_account(self, desk: Desk) -> None:
        grant = desk.access.grant
        assert grant.account
        assert grant.access_token
        assert grant.access_token not in repr(grant)
        assert grant.expires_at is None or grant.expires_at > desk.now

    def test_a_seller_who_says_no_gives_nothing(self, desk: Desk) -> None:
        self.goes_to_a_page(desk)
        with pytest.raises(CallFailed) as caught:
            desk.exchange(desk.ask("deny"))
        assert caught.value.trouble is Trouble.AUTH_REVOKED

    def goes_to_a_page(self, desk: Desk) -> None:
        if desk.connector.can.auth is AuthForm.KEYS:
            pytest.skip(f"{self.facts.name} is let in by keys: there is no page to say no on, and no code")

    def test_a_code_works_once(self, played: Played, desk: Desk) -> None:
        self.goes_to_a_page(desk)
        other = Desk(played, self.facts, "beta")
        answer = other.ask("allow")
        assert len(other.exchange(answer)) >= 1
        with pytest.raises(CallFailed) as caught:
            other.exchange(answer)
        assert caught.value.trouble is Trouble.AUTH_REVOKED
        other.close()

    def test_an_ended_token_is_refreshed_and_works_again(self, desk: Desk) -> None:
        if desk.connector.can.auth is AuthForm.KEYS and desk.access.grant.expires_at is None:
            pytest.skip(f"{self.facts.name} is let in by keys that do not expire")
        desk.played.control("tokens", marketplace=self.facts.name, shop=desk.shop, act="expire")
        with pytest.raises(CallFailed) as caught:
            desk.glance()
        assert caught.value.trouble is Trouble.AUTH_EXPIRED
        before = desk.access.grant
        desk.refresh()
        after = desk.access.grant
        assert (after.account, after.extra) == (before.account, before.extra)
        assert after.access_token != before.access_token
        assert desk.glance() is not None

    def test_a_grant_that_was_taken_back_is_dead_for_good(self, played: Played, desk: Desk) -> None:
        other = Desk(played, self.facts, "beta").authorize()
        played.control("tokens", marketplace=self.facts.name, shop="beta", act="revoke")
        with pytest.raises(CallFailed) as first:
            other.glance()
        assert first.value.trouble in (Trouble.AUTH_EXPIRED, Trouble.AUTH_REVOKED)
        with pytest.raises(CallFailed) as second:
            other.refresh()
        assert second.value.trouble is Trouble.AUTH_REVOKED
        other.close()

    # -- pulling

    def test_a_window_is_pulled_to_its_end_and_says_what_the_marketplace_says(self, desk: Desk) -> None:
        begin = desk.now
        made = desk.make(desk.connector.can.page_most + 7)
        desk.settle()
        pages = list(desk.pages(begin - SECOND, desk.until))
        assert len(pages) >= 2
        found = {order.external_id: order for page in pages for order in page.orders}
        assert set(made) <= set(found)
        ledger = desk.ledger()
        for order_id in made:
            self.agrees(found[order_id], ledger[order_id])

    def agrees(self, draft: OrderDraft | Unreadable, entry: Any) -> None:
        assert isinstance(draft, OrderDraft), draft
        assert (draft.currency, draft.total_minor) == (entry["currency"], entry["total_minor"])
        assert draft.cancelled is entry["cancelled"]
        if not draft.cancelled:
            assert (draft.payment is PaymentState.PAID) is entry["paid"], entry["status"]
        ours = {line.external_id: (line.sku_code, line.quantity, line.unit_price_minor) for line in draft.lines}
        theirs = {one["line_id"]: (one["sku"], one["quantity"], one["unit_price_minor"]) for one in entry["lines"]}
        assert ours == theirs
        if not draft.address_masked and not draft.on_hold and draft.payment is PaymentState.PAID:
            person = entry["recipient"]
            recipient = draft.recipient
            assert (recipient.name, recipient.line1) == (person["name"], person["line1"])
            assert (recipient.city, recipient.postcode) == (person["city"], person["postcode"])
            assert recipient.country == person["country"]
            assert digits(recipient.phone)[-6:] == digits(person["phone"])[-6:]  # they split it in several ways
        assert draft.placed_at.tzinfo is not None
        assert draft.updated_at is not None
        assert len(draft.raw) == 1

    def test_overlapping_windows_bring_no_second_version(self, desk: Desk) -> None:
        begin = desk.now
        made = desk.make(5, "plain")
        desk.settle()
        middle = desk.until
        desk.played.jump(60)
        first = desk.pull(begin - SECOND, middle)
        second = desk.pull(begin - SECOND, desk.until)
        versions = {
            (order.external_id, order.updated_at) for order in [*first, *second] if isinstance(order, OrderDraft)
        }
        of_made = sorted(order_id for order_id, _ in versions if order_id in made)
        assert of_made == sorted(made)

    def test_a_page_that_comes_twice_brings_the_same_versions(self, desk: Desk) -> None:
        begin = desk.now
        made = desk.make(3, "plain")
        desk.settle()
        with desk.played.fault(self.facts.name, "duplicate_page"):
            found = desk.pull(begin - SECOND, desk.until)
        versions = {(order.external_id, order.updated_at) for order in found if isinstance(order, OrderDraft)}
        assert sorted(order_id for order_id, _ in versions if order_id in made) == sorted(made)

    def test_orders_that_move_while_a_window_is_read_come_with_the_next_and_hide_no_others(self, desk: Desk) -> None:
        begin, size = desk.now, desk.connector.can.page_most
        made: set[str] = set()
        for _ in range(3):  # not all at one instant
            made |= set(desk.make(size - 2, "plain"))
            desk.played.jump(1)
        desk.settle()
        middle = desk.until
        with desk.played.fault(self.facts.name, "orders_move"):
            first = {order.external_id for order in desk.pull(begin - SECOND, middle)}
        desk.settle()
        later = {order.external_id for order in desk.pull(middle - SECOND, desk.until)}
        assert made & later  # some did move away
        assert made <= first | later

    def test_a_change_comes_with_a_later_window(self, desk: Desk) -> None:
        (order_id,) = desk.make(1, "plain")
        desk.settle()
        begin = desk.now
        desk.act(order_id, "cancel")
        desk.settle()
        changed = [order for order in desk.pull(begin - SECOND, desk.until) if order.external_id == order_id]
        assert [isinstance(order, OrderDraft) and order.cancelled for order in changed][-1:] == [True]

    def test_words_that_nobody_knows_break_no_pull(self, desk: Desk) -> None:
        begin = desk.now
        made = desk.make(4, "plain")
        desk.act(made[0], "cancel")
        desk.settle()
        with desk.played.fault(self.facts.name, "enum_drift"):
            found = {order.external_id: order for order in desk.pull(begin - SECOND, desk.until)}
        assert {type(found[order_id]) for order_id in made} == {OrderDraft}
        first = found[made[0]]
        assert isinstance(first, OrderDraft)
        assert first.cancelled

    def test_one_unreadable_order_does_not_stop_the_page(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        begin = desk.now
        made = desk.make(3, "plain")
        desk.settle()
        send = desk.wire.send

        def spoil(request: Request) -> Answer:
            answer = send(request)
            return Answer(answer.status, answer.headers, spoiled(answer.content, made[1], self.facts.id_fields))

        monkeypatch.setattr(desk.wire, "send", spoil)
        found = {order.external_id: order for order in desk.pull(begin - SECOND, desk.until)}
        assert [type(found[order_id]) for order_id in made] == [OrderDraft, Unreadable, OrderDraft]
        broken = found[made[1]]
        assert isinstance(broken, Unreadable)
        assert broken.reason
        assert "spoiled" in str(broken.raw)

    def test_orders_are_got_by_number_and_what_does_not_exist_is_absent(self, desk: Desk) -> None:
        made = desk.make(3, "plain")
        found = desk.get(*made, self.facts.absent_id)
        assert sorted(order.external_id for order in found) == sorted(made)

    def test_an_endless_list_comes_to_an_end(self, desk: Desk) -> None:
        begin = desk.now
        made = desk.make(2, "plain")
        desk.settle()
        with desk.played.fault(self.facts.name, "endless_page"):
            trouble, found = None, set(made)
            try:
                found = {order.external_id for order in desk.pull(begin - SECOND, desk.until)}
            except CallFailed as failure:
                trouble = failure.trouble
        assert trouble in (None, Trouble.PROTOCOL)  # the same token again, or their list has no token that could lie
        assert set(made) <= found

    # -- trouble

    def test_being_throttled_says_until_when(self, desk: Desk) -> None:
        with desk.played.fault(self.facts.name, "throttle"), pytest.raises(CallFailed) as caught:
            desk.glance()
        assert caught.value.trouble is Trouble.THROTTLED
        assert caught.value.retry_at is not None
        assert caught.value.retry_at > desk.now

    @pytest.mark.parametrize("fault", ["ok_error", "error_before", "gateway", "drop_before"])
    def test_their_trouble_is_passing_for_a_reader(self, desk: Desk, fault: str) -> None:
        with desk.played.fault(self.facts.name, fault), pytest.raises(CallFailed) as caught:
            desk.glance()
        assert caught.value.trouble is Trouble.TRANSIENT

    def test_a_clock_that_is_off_is_named(self, desk: Desk) -> None:
        if not self.facts.signs_time:
            pytest.skip(f"{self.facts.name} does not look at our clock")
        with desk.played.fault(self.facts.name, "clock_skew"), pytest.raises(CallFailed) as caught:
            desk.glance()
        assert caught.value.trouble is Trouble.CLOCK_SKEW

    # -- telling

    def test_a_whole_order_is_told_once(self, desk: Desk, order: OrderDraft) -> None:
        (first,) = desk.ship(desk.notice(order, "LX100000001CN"))
        assert first.result is Result.OK, first
        (again,) = desk.ship(desk.notice(order, "LX100000001CN"))
        assert again.result is self.facts.again, again
        (other,) = desk.ship(desk.notice(order, "LX100000002CN"))
        assert (other.result, other.why) == (Result.REJECTED, Why.SHIPPED_ELSEWHERE)
        assert other.message == "LX100000001CN"
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert shipment["number"] == "LX100000001CN"
        assert {one["line_id"]: one["quantity"] for one in shipment["lines"]} == {
            line.external_id: line.quantity for line in order.lines
        }
        assert shipment.get("times_told", 1) == 1
        (after,) = desk.get(order.external_id)
        assert after.numbers == ("LX100000001CN",)

    def test_an_order_leaves_in_two_parcels(self, desk: Desk) -> None:
        if desk.connector.can.ship is ShipBy.ORDER:
            pytest.skip(f"{self.facts.name} takes whole orders only")
        order = self.of_two_lines(desk)
        head, *tail = order.lines
        first = desk.notice(order, "LX200000001CN", {head.external_id: head.quantity})
        rest = desk.notice(order, "LX200000002CN", {line.external_id: line.quantity for line in tail})
        assert [answer.result for answer in desk.ship(first)] == [Result.OK]
        assert [answer.result for answer in desk.ship(rest)] == [Result.OK]
        assert [answer.result for answer in desk.ship(first, rest)] == [self.facts.again] * 2
        told = {one["number"]: {i["line_id"]: i["quantity"] for i in one["lines"]} for one in
                desk.entry(order.external_id)["shipments"]}  # fmt: skip
        assert told == {
            "LX200000001CN": {head.external_id: head.quantity},
            "LX200000002CN": {line.external_id: line.quantity for line in tail},
        }

    def test_two_parcels_of_one_order_are_told_in_one_call(self, desk: Desk) -> None:
        if desk.connector.can.ship is ShipBy.ORDER or desk.connector.can.notices_per_call < 2:
            pytest.skip(f"{self.facts.name} takes one notice of an order at a time")
        order = self.of_two_lines(desk)
        head, *tail = order.lines
        first = desk.notice(order, "LX210000001CN", {head.external_id: head.quantity})
        rest = desk.notice(order, "LX210000002CN", {line.external_id: line.quantity for line in tail})
        assert [answer.result for answer in desk.ship(first, rest)] == [Result.OK, Result.OK]
        assert {one["number"] for one in desk.entry(order.external_id)["shipments"]} == {
            "LX210000001CN",
            "LX210000002CN",
        }

    def test_pieces_of_a_line_leave_apart(self, desk: Desk) -> None:
        if desk.connector.can.ship is not ShipBy.PIECE:
            pytest.skip(f"{self.facts.name} does not ship single pieces of a line")
        order = self.drawn(desk, lambda draft: any(line.quantity > 1 for line in draft.lines))
        line = next(line for line in order.lines if line.quantity > 1)
        (answer,) = desk.ship(desk.notice(order, "LX220000001CN", {line.external_id: 1}))
        assert answer.result is Result.OK
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert [(one["line_id"], one["quantity"]) for one in shipment["lines"]] == [(line.external_id, 1)]

    def test_good_orders_are_told_though_one_of_the_batch_was_cancelled(self, desk: Desk) -> None:
        made = desk.make(3, "plain")
        drafts = {order.external_id: order for order in desk.get(*made)}
        desk.act(made[1], "cancel")
        notices = [desk.notice(drafts[order_id], f"LX30000000{n}CN") for n, order_id in enumerate(made)]
        answers = [answer for notice in self.calls(desk, notices) for answer in desk.ship(*notice)]
        assert [answer.key for answer in answers] == [notice.key for notice in notices]
        assert [answer.result for answer in answers] == [Result.OK, Result.REJECTED, Result.OK]
        assert answers[1].why is Why.STATE_CHANGED
        assert [len(desk.entry(order_id)["shipments"]) for order_id in made] == [1, 0, 1]

    def calls(self, desk: Desk, notices: list[Any]) -> list[list[Any]]:
        most = desk.connector.can.notices_per_call or len(notices)
        return [notices[start : start + most] for start in range(0, len(notices), most)]

    def test_an_order_on_hold_is_not_told(self, desk: Desk) -> None:
        (order,) = desk.get(*desk.make(1, "hold"))
        assert order.on_hold
        (answer,) = desk.ship(desk.notice(order, "LX400000001CN"))
        assert (answer.result, answer.why) == (Result.REJECTED, Why.STATE_CHANGED)
        assert desk.entry(order.external_id)["shipments"] == []

    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_yes_without_an_answer_is_looked_up_and_not_told_twice(
        self, desk: Desk, order: OrderDraft, fault: str
    ) -> None:
        notice = desk.notice(order, "LX500000001CN" if fault == "drop_after" else "LX500000002CN")
        with desk.played.fault(self.facts.name, fault):
            (lost,) = desk.ship(notice)
        assert lost.result is Result.UNKNOWN
        desk.played.jump(300)
        (found,) = desk.look_up(notice)
        assert found.result is Result.OK, found
        (again,) = desk.ship(notice)
        assert again.result is self.facts.again
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert shipment.get("times_told", 1) == 1

    def test_an_answer_that_comes_too_late_is_looked_up(self, desk: Desk, order: OrderDraft) -> None:
        notice = desk.notice(order, "LX510000001CN")
        impatient = DirectWire(timeout=1.0)
        desk.played.control("faults", knob="hang_seconds", value=3)
        with desk.played.fault(self.facts.name, "timeout_after"):
            (lost,) = desk.connector.ship(impatient, desk.access, [notice], now=desk.now)
        impatient.close()
        assert lost.result is Result.UNKNOWN
        desk.played.jump(300)
        (found,) = desk.look_up(notice)
        if found.result is Result.RETRY_LATER:  # telling takes several steps there, and the first one was taken
            assert [told.result for told in desk.ship(notice)] == [Result.OK]
            (found,) = desk.look_up(notice)
        assert found.result is Result.OK
        assert len(desk.entry(order.external_id)["shipments"]) == 1

    def test_a_stale_reading_never_tells_twice(self, desk: Desk, order: OrderDraft) -> None:
        notice = desk.notice(order, "LX520000001CN")
        assert [told.result for told in desk.ship(notice)] == [Result.OK]
        with desk.played.fault(self.facts.name, "stale_read"):
            (again,) = desk.ship(notice)
        desk.played.jump(300)
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert shipment.get("times_told", 1) == 1
        assert [told.result for told in desk.ship(notice)] == [self.facts.again]
        if again.result is Result.REJECTED and not self.facts.waits_out_lag:
            pytest.skip(f"{self.facts.name} refuses a second telling while reading lags: {again.message}")
        assert again.result in (Result.ALREADY_DONE, Result.RETRY_LATER, self.facts.again), again

    def test_a_notice_that_never_arrived_is_told_again(self, desk: Desk, order: OrderDraft) -> None:
        notice = desk.notice(order, "LX600000001CN")
        (found,) = desk.look_up(notice)
        assert (found.result, found.retry_at) == (Result.RETRY_LATER, None)
        (told,) = desk.ship(notice)
        assert told.result is Result.OK
        (other,) = desk.look_up(desk.notice(order, "LX600000002CN"))
        assert (other.result, other.why, other.message) == (Result.REJECTED, Why.SHIPPED_ELSEWHERE, "LX600000001CN")

    def test_a_told_number_is_corrected(self, desk: Desk, order: OrderDraft) -> None:
        if not desk.connector.can.renumber:
            pytest.skip(f"{self.facts.name} takes no second number")
        assert desk.ship(desk.notice(order, "LX700000001CN"))[0].result is Result.OK
        right = desk.notice(order, "LX700000002CN", replaces="LX700000001CN", replaces_carrier=self.facts.carrier)
        for expected in (Result.OK, Result.ALREADY_DONE):
            (answer,) = desk.connector.renumber(desk.wire, desk.access, [right], now=desk.now)
            assert answer.result is expected
        assert [one["number"] for one in desk.entry(order.external_id)["shipments"]] == ["LX700000002CN"]

    # -- cancelling

    def asked(self, desk: Desk) -> OrderDraft:
        """An order whose buyer asks to cancel, as a pull brings it."""
        if not desk.connector.can.cancel_answers:
            pytest.skip(f"{self.facts.name} takes no answers to cancellations")
        (order_id,) = desk.make(1, "plain")
        desk.settle()
        begin = desk.now
        desk.act(order_id, "ask_cancel")
        desk.settle()
        found = [order for order in desk.pull(begin - SECOND, desk.until) if order.external_id == order_id]
        order = found[-1]
        assert isinstance(order, OrderDraft)
        assert order.cancel_asked_at is not None
        return order

    @pytest.mark.parametrize("accept", [True, False])
    def test_a_wish_to_cancel_is_answered_once(self, desk: Desk, accept: bool) -> None:
        order = self.asked(desk)
        reason = "" if accept else self.facts.refusal
        answer = CancelAnswer(f"c{accept}", order.external_id, order.cancel_request_id, accept, reason, order.handles)
        results = [desk.connector.answer_cancellations(desk.wire, desk.access, [answer], now=desk.now)[0] for _ in "12"]
        assert [found.result for found in results] == [Result.OK, Result.ALREADY_DONE]
        is_cancelled = accept and self.facts.agreed_is_cancelled
        assert desk.entry(order.external_id)["cancelled"] is is_cancelled
        (after,) = desk.get(order.external_id)
        # Whether or not their order has ended with it: what we agreed to cancel ends here, and nobody is asked to release it.
        assert (after.cancelled, after.on_hold, after.cancel_asked_at) == (accept, False, None)
        if accept:
            (told,) = desk.ship(desk.notice(after, "LX800000001CN", dict.fromkeys([after.lines[0].external_id], 1)))
            assert (told.result, told.why) == (Result.REJECTED, Why.STATE_CHANGED)

    # -- stock

    def test_stock_is_set_once(self, desk: Desk, order: OrderDraft) -> None:
        if not desk.connector.can.stock:
            pytest.skip(f"{self.facts.name} takes no stock")
        line = order.lines[0]
        level = StockLevel("s1", line.listing_id, line.sku_code, 37, handles=order.handles)
        first, again = (desk.connector.set_stock(desk.wire, desk.access, [level], now=desk.now)[0] for _ in "12")
        assert first.result is Result.OK, first
        assert again.result in (Result.ALREADY_DONE, Result.OK)
        unknown = StockLevel("s2", line.listing_id, "NO-SUCH-SKU", 1, handles=order.handles)
        (missing,) = desk.connector.set_stock(desk.wire, desk.access, [unknown], now=desk.now)
        assert missing.result is Result.REJECTED

    # -- being told

    def test_webhooks_are_believed_only_when_signed(self, desk: Desk) -> None:
        if not desk.connector.can.webhooks:
            pytest.skip(f"{self.facts.name} has no webhooks")
        with heard() as (url, deliveries):
            desk.played.control("webhooks", marketplace=self.facts.name, url=url)
            (order_id,) = desk.make(1, "plain")
            told, account = self.about(desk, order_id, deliveries, url)
            desk.played.control("webhooks", marketplace=self.facts.name, url="")
        assert told >= 1
        assert account == {desk.access.grant.account}

    def about(self, desk: Desk, order_id: str, deliveries: "Queue[Any]", url: str) -> tuple[int, set[str]]:
        """How many good deliveries named the order, and for which accounts."""
        told, accounts = 0, set()
        while told == 0:
            try:
                headers, body = deliveries.get(timeout=10)
            except Empty:
                raise AssertionError(f"No webhook about {order_id} came") from None
            assert desk.connector.verify(desk.app, url=url, headers=headers, body=body)
            assert not desk.connector.verify(desk.app, url=url, headers=headers, body=body + b" ")
            assert not desk.connector.verify(desk.app, url=url, headers={}, body=body)
            for event in desk.connector.events(headers=headers, body=body):
                if event.kind is EventKind.ORDER and order_id in event.order_ids:
                    told += 1
                    accounts.add(event.account)
        return told, accounts


def digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


class heard:
    """A place where webhooks are delivered: (its address, what came)."""

    def __enter__(self) -> tuple[str, "Queue[Any]"]:
        came: Queue[Any] = Queue()

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                came.put(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()
        return f"http://127.0.0.1:{self.server.server_port}/hook", came

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
