"""The stages of an order, as one literal table: what each act needs and where it leads."""

from enum import StrEnum


class Stage(StrEnum):
    UNPAID = "unpaid"
    TO_REVIEW = "to_review"
    TO_PACK = "to_pack"
    PACKED = "packed"
    SHIPPED = "shipped"
    ON_HOLD = "on_hold"
    FOLLOWED = "followed"  # somebody else ships it for the store: we only watch
    CANCELLED = "cancelled"


class EndedBy(StrEnum):
    """Who cancelled an order for good while its goods lay in a parcel or had left."""

    NOBODY = ""
    MARKETPLACE = "marketplace"
    US = "us"  # we accepted the buyer's wish


class Act(StrEnum):
    REVIEW = "review"
    HOLD = "hold"
    RELEASE = "release"
    PACK = "pack"
    UNPACK = "unpack"
    SHIP = "ship"
    CANCEL = "cancel"


OPEN_STAGES = (Stage.UNPAID, Stage.TO_REVIEW, Stage.TO_PACK, Stage.ON_HOLD)

TRANSITIONS: dict[Act, dict[Stage, Stage]] = {
    Act.REVIEW: {Stage.TO_REVIEW: Stage.TO_PACK},
    Act.HOLD: {Stage.TO_REVIEW: Stage.ON_HOLD, Stage.TO_PACK: Stage.ON_HOLD},
    Act.RELEASE: {Stage.ON_HOLD: Stage.TO_REVIEW},
    Act.PACK: {Stage.TO_PACK: Stage.PACKED},
    Act.UNPACK: {Stage.PACKED: Stage.TO_PACK},
    Act.SHIP: {Stage.PACKED: Stage.SHIPPED},
    Act.CANCEL: {
        Stage.UNPAID: Stage.CANCELLED,
        Stage.TO_REVIEW: Stage.CANCELLED,
        Stage.TO_PACK: Stage.CANCELLED,
        Stage.ON_HOLD: Stage.CANCELLED,
        Stage.FOLLOWED: Stage.CANCELLED,
    },
}


def allowed(act: Act) -> list[str]:
    """The stages from which an act is possible, for messages and for the second wall in the UPDATE."""
    return [stage.value for stage in TRANSITIONS[act]]
