"""A marketplace's rules as data."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Policy:
    """A marketplace's rules as data. 0 means: no limit. `*_minor` is in minor units of the order's own currency."""

    name: str
    merges: bool = True  # may orders of one recipient share a parcel?
    max_lines_per_parcel: int = 0
    max_orders_per_parcel: int = 0
    max_value_minor: int = 0
    handling_hours: int = 48  # from payment to ship-by, when the marketplace gives no instant

    def without_merging(self) -> "Policy":
        return replace(self, merges=False)
