"""TikTok Shop does what every connector must do."""

from tests.contract.conformance import Conformance
from tests.contract.playing import Facts


class TestTikTok(Conformance):
    facts = Facts(
        "tiktok",
        carrier="7117858858072016643",
        refusal="seller_reject_apply_product_has_been_packed",
        waits_out_lag=True,
    )
