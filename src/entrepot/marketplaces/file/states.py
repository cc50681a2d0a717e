"""Status words of exports, in the languages sellers meet, to what they mean for us. Compared through `cells.norm`."""

from functools import cache, lru_cache

from entrepot.marketplaces.contract import PaymentState
from entrepot.marketplaces.file.cells import norm

UNPAID = (
    "unpaid", "pending", "pending payment", "awaiting payment", "authorized", "authorised", "voided", "expired",
    "on hold", "on-hold", "waiting for payment", "to pay", "not paid", "no", "failed", "checkout-draft",
    "wc-pending", "wc-on-hold", "partially paid", "partially_paid", "待付款", "未付款", "等待买家付款",
    "待支付", "未支付", "部分付款", "belum bayar", "belum dibayar", "chờ thanh toán", "chưa thanh toán",
    "unbezahlt", "offen", "non payé", "en attente de paiement", "no pagado", "pendiente de pago", "未入金",
    "入金待ち", "결제대기", "미결제", "ยังไม่ชำระเงิน",
)  # fmt: skip
PAID = (
    "paid", "yes", "true", "completed", "complete", "captured", "settled", "processing", "wc-processing",
    "wc-completed", "已付款", "已支付", "买家已付款", "等待卖家发货", "lunas", "sudah bayar", "đã thanh toán",
    "bezahlt", "payé", "payée", "pagado", "入金済み", "支払済み", "결제완료", "to ship", "awaiting shipment",
    "ready to ship", "ready_to_ship", "unshipped", "待发货", "perlu dikirim", "siap dikirim", "chờ giao hàng",
    "chờ lấy hàng", "in progress", "open",
)  # fmt: skip
REFUNDED = (
    "refunded", "fully refunded", "wc-refunded", "已退款", "退款成功", "erstattet", "remboursé", "reembolsado",
    "返金済み", "환불완료", "dikembalikan",
)  # fmt: skip
PARTLY_REFUNDED = (
    "partially refunded", "partially_refunded", "部分退款", "teilweise erstattet",
)  # fmt: skip
CANCELLED = (
    "cancelled", "canceled", "cancel", "wc-cancelled", "voided", "已取消", "交易关闭", "交易取消", "订单关闭",
    "已关闭", "dibatalkan", "batal", "đã hủy", "đã huỷ", "storniert", "abgebrochen", "annulé", "annulée",
    "cancelado", "cancelada", "annullato", "キャンセル", "キャンセル済み", "취소", "취소완료", "ยกเลิกแล้ว",
    "ยกเลิก",
)  # fmt: skip
SHIPPED = (
    "shipped", "fulfilled", "completed", "complete", "delivered", "in transit", "shipping", "dispatched",
    "wc-completed", "to receive", "已发货", "卖家已发货", "等待买家确认收货", "待收货", "交易成功", "已完成",
    "已签收", "dikirim", "selesai", "đang giao", "đã giao", "đã giao hàng", "hoàn thành", "hoàn tất",
    "đã hoàn tất", "versendet", "verschickt", "zugestellt", "expédié", "expédiée", "livré", "enviado",
    "entregado", "spedito", "発送済み", "発送済", "배송중", "배송완료", "จัดส่งแล้ว",
)  # fmt: skip
PARTLY_SHIPPED = (
    "partial", "partially shipped", "partially fulfilled", "partially_fulfilled", "部分发货",
    "teilweise versendet",
)  # fmt: skip


@cache
def words(which: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(norm, which))


@lru_cache(maxsize=4096)
def payment_of(word: str) -> PaymentState | None:
    """What a payment word says; None for one we do not know."""
    text = norm(word)
    if text in words(REFUNDED):
        return PaymentState.REFUNDED
    if text in words(PAID) or text in words(PARTLY_REFUNDED):
        return PaymentState.PAID
    return PaymentState.UNPAID if text in words(UNPAID) else None


def says(word: str, which: tuple[str, ...]) -> bool:
    return bool(word) and norm(word) in words(which)
