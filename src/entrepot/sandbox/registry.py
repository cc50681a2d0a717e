"""Which marketplaces are played. A new twin is one line here."""

from entrepot.sandbox.twin import Twin
from entrepot.sandbox.twins.aliexpress import AliExpress
from entrepot.sandbox.twins.amazon import Amazon
from entrepot.sandbox.twins.lazada import Lazada
from entrepot.sandbox.twins.shopify import Shopify
from entrepot.sandbox.twins.tiktok import TikTok


def all_twins() -> dict[str, Twin]:
    twins: list[Twin] = [TikTok(), Shopify(), AliExpress(), Amazon(), Lazada()]
    return {twin.name: twin for twin in twins}
