"""The thing that gets one label, what is in it, and its five independent facts."""

from django.db import models
from django.db.models import Q

from entrepot.connections.models import ShippingService, Store
from entrepot.core.tenancy import TenantKey, TenantModel, tenant_id
from entrepot.orders.models import OrderLine
from entrepot.parcels.states import OPEN_STAGES, Stage, Supply


class Parcel(TenantModel):
    """A parcel. People call it P-<id>. Its address is a copy, so that a late change on the order can be seen."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    proven = True  # its lines hang on order lines of the same organization
    id = tenant_id("parcels_parcel")
    store = TenantKey(Store, proven=True)  # its orders' store
    stage = models.CharField(max_length=12, choices=[(stage.value, stage.value) for stage in Stage])
    supply = models.CharField(max_length=8, choices=[(s.value, s.value) for s in Supply], default="", blank=True)
    service = TenantKey(ShippingService, null=True)
    waybill_number = models.CharField(max_length=40, default="", blank=True)
    attempts = models.IntegerField(default=0)
    deadline_at = models.DateTimeField()
    recipient = models.JSONField(default=dict)
    recipient_name = models.CharField(max_length=200, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    city = models.CharField(max_length=120, default="", blank=True)
    recipient_key = models.CharField(max_length=32, default="", blank=True)
    order_count = models.IntegerField(default=1)
    line_count = models.IntegerField(default=1)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0)
    packed_at = models.DateTimeField()
    shipped_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # a person said where it is, though its order was cancelled
    intercept_at = models.DateTimeField(null=True)  # since when it is to be caught on the road

    class Meta:
        db_table = "parcels_parcel"
        constraints = [
            models.CheckConstraint(
                condition=Q(shipped_at__isnull=True)
                | Q(stage__in=[Stage.SHIPPED, Stage.IN_TRANSIT, Stage.DELIVERED, Stage.FAILED]),
                name="parcel_shipped_once",
            )
        ]
        indexes = [
            models.Index(fields=["organization_id", "stage", "supply", "deadline_at", "id"], name="parcel_desk"),
            models.Index(
                fields=["organization_id", "store_id", "stage", "deadline_at", "id"],
                name="parcel_desk_of_store",
                condition=Q(stage__in=OPEN_STAGES),
            ),
            models.Index(
                fields=["organization_id", "id"],
                name="parcel_to_intercept",
                condition=Q(intercept_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"P-{self.id}"


class ParcelLine(TenantModel):
    """How many pieces of an order line lie in a parcel. Merge and split are moves of these rows."""

    pk = models.CompositePrimaryKey("organization_id", "parcel_id", "order_line_id")
    id = tenant_id("parcels_parcelline")
    parcel = TenantKey(Parcel, on_delete=models.CASCADE)
    order_line = TenantKey(OrderLine)
    order_id = models.BigIntegerField()
    quantity = models.IntegerField()

    class Meta:
        db_table = "parcels_parcelline"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="parcelline_positive"),
        ]
        indexes = [
            models.Index(fields=["organization_id", "order_id"], name="parcelline_of_order"),
        ]

    def __str__(self) -> str:
        return f"line {self.id}: {self.quantity}"


class WaybillStatus(models.TextChoices):
    APPLYING = "applying"
    OBTAINED = "obtained"
    FAILED = "failed"
    VOIDED = "voided"


class Waybill(TenantModel):
    """One attempt to get a number from a carrier. At most one per parcel is current."""

    pk = models.CompositePrimaryKey("organization_id", "parcel_id", "attempt")
    id = tenant_id("parcels_waybill")
    parcel = TenantKey(Parcel, on_delete=models.CASCADE)
    service = TenantKey(ShippingService, proven=True)  # the one its parcel gets in the same transaction
    attempt = models.IntegerField(default=1)
    status = models.CharField(max_length=8, choices=WaybillStatus.choices)
    is_current = models.BooleanField(default=True)
    number = models.CharField(max_length=40, default="", blank=True)
    input_hash = models.CharField(max_length=32, default="", blank=True)
    message = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "parcels_waybill"
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "parcel_id"], name="waybill_current", condition=Q(is_current=True)
            ),
            models.UniqueConstraint(
                fields=["organization_id", "number", "service_id"],
                name="waybill_live_number",
                condition=Q(status="obtained"),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class NoticeStatus(models.TextChoices):
    DUE = "due"  # to be told
    SENDING = "sending"  # a worker is telling it; its lease says until when
    UNKNOWN = "unknown"  # told without an answer: to be looked up before it is told again
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DISMISSED = "dismissed"  # a person said: leave it; the trace stays
    WITHDRAWN = "withdrawn"  # undone before it was told


class ShippingNotice(TenantModel):
    """What we tell a marketplace about one order in one parcel, and its answer. At most one is current."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("parcels_shippingnotice")
    store = TenantKey(Store)
    parcel = TenantKey(Parcel, on_delete=models.CASCADE)
    order_id = models.BigIntegerField()
    order_number = models.CharField(max_length=200)
    number = models.CharField(max_length=40)
    carrier = models.CharField(max_length=60, default="", blank=True)
    carrier_name = models.CharField(max_length=80, default="", blank=True)
    lines = models.JSONField(default=list)  # [[marketplace's line id, pieces], …]
    is_whole = models.BooleanField(default=True)
    is_virtual = models.BooleanField(default=False)  # told before the goods left
    replaces = models.CharField(max_length=40, default="", blank=True)
    replaces_carrier = models.CharField(max_length=60, default="", blank=True)
    is_current = models.BooleanField(default=True)
    status = models.CharField(max_length=9, choices=NoticeStatus.choices, default=NoticeStatus.DUE)
    why = models.CharField(max_length=20, default="", blank=True)
    code = models.CharField(max_length=80, default="", blank=True)
    message = models.CharField(max_length=500, default="", blank=True)
    remote_id = models.CharField(max_length=120, default="", blank=True)
    tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    actor_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "parcels_shippingnotice"
        constraints = [
            models.UniqueConstraint(
                fields=["organization_id", "parcel_id", "order_id"],
                name="notice_current",
                condition=Q(is_current=True),
            )
        ]
        indexes = [
            models.Index(fields=["organization_id", "order_id"], name="notice_of_order"),
            models.Index(fields=["organization_id", "parcel_id"], name="notice_of_parcel"),
            models.Index(
                fields=["organization_id", "store_id", "due_at", "id"],
                name="notice_due",
                condition=Q(status__in=["due", "sending", "unknown"]),
            ),
            models.Index(
                fields=["organization_id", "id"], name="notice_refused", condition=Q(status="refused", is_current=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.number}"


class PrintMark(TenantModel):
    """That a document of a parcel was printed: how often, when, by whom. `id` is the parcel's."""

    pk = models.CompositePrimaryKey("organization_id", "id", "document")
    id = models.BigIntegerField()
    document = models.CharField(max_length=12)
    times = models.IntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_by_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "parcels_printmark"

    def __str__(self) -> str:
        return f"{self.id} {self.document} × {self.times}"
