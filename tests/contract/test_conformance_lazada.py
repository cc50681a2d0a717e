"""Lazada does what every connector must do; its numbers are its own, so telling has scenarios of its own."""

import pytest
from tests.contract.conformance import Conformance
from tests.contract.playing import Desk, Facts

from entrepot.marketplaces.contract import OrderDraft, Result


class TestLazada(Conformance):
    facts = Facts("lazada", carrier="", id_fields=("order_id",), signs_time=False)  # it forgives two hours

    def test_a_whole_order_is_told_once(self, desk: Desk, order: OrderDraft) -> None:
        """It answers with the number it gave the parcel."""
        notice = desk.notice(order, "OURS1")
        (first,) = desk.ship(notice)
        assert first.result is Result.OK
        (again,) = desk.ship(notice)
        assert (again.result, again.message, again.remote_id) == (Result.ALREADY_DONE, first.message, first.remote_id)
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert shipment["number"] == first.message
        assert {one["line_id"] for one in shipment["lines"]} == {line.external_id for line in order.lines}
        (after,) = desk.get(order.external_id)
        assert after.numbers == (first.message,)

    def test_an_order_leaves_in_two_parcels(self, desk: Desk) -> None:
        order = self.of_two_lines(desk)
        head, *tail = order.lines
        parts = ({head.external_id: 1}, {line.external_id: 1 for line in tail})
        notices = [desk.notice(order, f"OURS{n}", lines) for n, lines in enumerate(parts)]
        told = [answer for notice in notices for answer in desk.ship(notice)]
        assert [answer.result for answer in told] == [Result.OK, Result.OK]
        shipments = {one["number"]: {i["line_id"] for i in one["lines"]} for one in
                     desk.entry(order.external_id)["shipments"]}  # fmt: skip
        assert shipments == {answer.message: set(lines) for answer, lines in zip(told, parts, strict=True)}

    def test_an_order_on_hold_is_not_told(self, desk: Desk) -> None:
        pytest.skip("Lazada has no status of that kind")

    @pytest.mark.parametrize("fault", ["drop_after", "error_after"])
    def test_yes_without_an_answer_is_looked_up_and_not_told_twice(
        self, desk: Desk, order: OrderDraft, fault: str
    ) -> None:
        """The first of two steps was taken: asked again, the parcel is packed but not ready, and goes on from there."""
        notice = desk.notice(order, "OURS1")
        with desk.played.fault(self.facts.name, fault):
            (lost,) = desk.ship(notice)
        assert lost.result is Result.UNKNOWN
        desk.played.jump(300)
        (found,) = desk.look_up(notice)
        assert (found.result, found.retry_at) == (Result.RETRY_LATER, None)
        assert [answer.result for answer in desk.ship(notice)] == [Result.OK]
        assert [answer.result for answer in desk.look_up(notice)] == [Result.OK]
        assert len(desk.entry(order.external_id)["shipments"]) == 1

    def test_a_notice_that_never_arrived_is_told_again(self, desk: Desk, order: OrderDraft) -> None:
        notice = desk.notice(order, "OURS1")
        assert [(one.result, one.retry_at) for one in desk.look_up(notice)] == [(Result.RETRY_LATER, None)]
        assert [answer.result for answer in desk.ship(notice)] == [Result.OK]
        assert [answer.result for answer in desk.look_up(notice)] == [Result.OK]
