"""The stages of a parcel, as one literal table. Waybill, print marks, notices and allocation are facts of their own."""

from enum import StrEnum


class Stage(StrEnum):
    TO_PROCESS = "to_process"
    WAYBILL = "waybill"
    TO_PRINT = "to_print"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNPACKED = "unpacked"


class Act(StrEnum):
    WAYBILL = "waybill"
    VOID = "void"
    RENEW = "renew"
    ALLOCATE = "allocate"
    DEALLOCATE = "deallocate"
    PRINT = "print"
    SHIP = "ship"
    RECALL = "recall"
    UNPACK = "unpack"


OPEN_STAGES = (Stage.TO_PROCESS, Stage.WAYBILL, Stage.TO_PRINT)

TRANSITIONS: dict[Act, dict[Stage, Stage]] = {
    Act.WAYBILL: {Stage.TO_PROCESS: Stage.WAYBILL},
    Act.RENEW: {Stage.TO_PROCESS: Stage.WAYBILL, Stage.WAYBILL: Stage.WAYBILL, Stage.TO_PRINT: Stage.TO_PRINT},
    Act.VOID: {Stage.WAYBILL: Stage.TO_PROCESS, Stage.TO_PRINT: Stage.TO_PROCESS},
    Act.ALLOCATE: {Stage.WAYBILL: Stage.TO_PRINT, Stage.TO_PRINT: Stage.TO_PRINT},
    Act.DEALLOCATE: {Stage.TO_PRINT: Stage.WAYBILL},
    Act.PRINT: {
        Stage.WAYBILL: Stage.WAYBILL,
        Stage.TO_PRINT: Stage.TO_PRINT,
        Stage.SHIPPED: Stage.SHIPPED,
    },
    Act.SHIP: {Stage.TO_PRINT: Stage.SHIPPED},
    Act.RECALL: {Stage.SHIPPED: Stage.TO_PRINT},
    Act.UNPACK: {Stage.TO_PROCESS: Stage.UNPACKED, Stage.WAYBILL: Stage.UNPACKED, Stage.TO_PRINT: Stage.UNPACKED},
}


class Supply(StrEnum):
    """What the shelf says about a parcel. A parcel none of whose lines is paired needs nothing (D-33)."""

    NONE = ""
    IN_STOCK = "in_stock"
    SHORT = "short"


def allowed(act: Act) -> list[str]:
    return [stage.value for stage in TRANSITIONS[act]]
