"""Lazada's sites: one host, one currency and one clock each. An account across borders has one shop at each."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Site:
    country: str  # ISO 3166-1 alpha-2
    host: str
    currency: str
    zone: ZoneInfo


def _site(country: str, host: str, currency: str, zone: str) -> Site:
    return Site(country, f"https://{host}/rest", currency, ZoneInfo(zone))


SITES = {
    "sg": _site("SG", "api.lazada.sg", "SGD", "Asia/Singapore"),
    "my": _site("MY", "api.lazada.com.my", "MYR", "Asia/Kuala_Lumpur"),
    "th": _site("TH", "api.lazada.co.th", "THB", "Asia/Bangkok"),
    "ph": _site("PH", "api.lazada.com.ph", "PHP", "Asia/Manila"),
    "id": _site("ID", "api.lazada.co.id", "IDR", "Asia/Jakarta"),
    "vn": _site("VN", "api.lazada.vn", "VND", "Asia/Ho_Chi_Minh"),
}
DEFAULT = "sg"
COUNTRIES = {
    "singapore": "SG", "malaysia": "MY", "thailand": "TH", "philippines": "PH", "indonesia": "ID",
    "vietnam": "VN", "viet nam": "VN",
}  # fmt: skip
"""Addresses name their country in words."""


def site_of(country: str) -> Site:
    return SITES.get(country.lower(), SITES[DEFAULT])
