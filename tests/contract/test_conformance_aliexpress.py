"""AliExpress does what every connector must do."""

from tests.contract.conformance import Conformance
from tests.contract.playing import Facts


class TestAliExpress(Conformance):
    facts = Facts(
        "aliexpress", carrier="CAINIAO_STANDARD", refusal="It is packed already", id_fields=("order_id", "id")
    )
