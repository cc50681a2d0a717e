"""Amazon does what every connector must do."""

from typing import Any

from tests.contract.conformance import Conformance
from tests.contract.playing import Facts

from entrepot.marketplaces.contract import OrderDraft, PaymentState, Result, Unreadable


class TestAmazon(Conformance):
    facts = Facts("amazon", carrier="YunExpress", signs_time=False, id_fields=("orderId",), again=Result.OK)

    def agrees(self, draft: OrderDraft | Unreadable, entry: Any) -> None:
        """Of a pending order Amazon tells no money, no address, and not whether it was paid."""
        if entry["status"] != "PENDING":
            super().agrees(draft, entry)
            return
        assert isinstance(draft, OrderDraft)
        assert (draft.payment, draft.on_hold, draft.address_masked) == (PaymentState.UNPAID, True, True)
        assert (draft.currency, draft.total_minor) == (entry["currency"], 0)
        ours = [(line.external_id, line.sku_code, line.quantity) for line in draft.lines]
        assert ours == [(one["line_id"], one["sku"], one["quantity"]) for one in entry["lines"]]
