"""Shopify does what every connector must do."""

from tests.contract.conformance import Conformance
from tests.contract.playing import Facts


class TestShopify(Conformance):
    facts = Facts(
        "shopify",
        carrier="4PX",
        app_extra={"shop": "{shop}"},
        refusal="packed",
        agreed_is_cancelled=False,  # the merchant cancels and refunds the order; we stop shipping it
        signs_time=False,
        waits_out_lag=True,
        id_fields=("id", "legacyResourceId"),
    )
