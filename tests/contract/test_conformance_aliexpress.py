"""AliExpress does what every connector must do."""

from tests.contract.conformance import Conformance
from tests.contract.playing import Desk, Facts


class TestAliExpress(Conformance):
    facts = Facts(
        "aliexpress",
        carrier="CAINIAO_STANDARD",
        refusal="It is packed already",
        id_fields=("order_id", "id"),
        waits_out_lag=True,
    )

    def test_one_sub_order_that_fails_is_told_again_and_the_others_stay_told(self, desk: Desk) -> None:
        order = self.of_two_lines(desk)
        every_line = {line.external_id: line.quantity for line in order.lines}
        notice = desk.notice(order, "LX800000001CN", every_line)
        with desk.played.fault(self.facts.name, "partial_batch"):
            (partly,) = desk.ship(notice)
        assert partly.result.value == "retry_later"
        assert [answer.result.value for answer in desk.look_up(notice)] == ["retry_later"]
        assert [answer.result.value for answer in desk.ship(notice)] == ["already_done"]
        (shipment,) = desk.entry(order.external_id)["shipments"]
        assert {one["line_id"] for one in shipment["lines"]} == set(every_line)
