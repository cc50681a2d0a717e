"""What the buyers bought, as the marketplace said it and as we see it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KeyTextTransform

from entrepot.catalog.models import Listing
from entrepot.connections.models import Store
from entrepot.core.tenancy import TenantKey, TenantModel, tenant_id
from entrepot.orders.states import OPEN_STAGES, Stage


class Order(TenantModel):
    """One order of one store. `external_status` is the marketplace's word, verbatim; `stage` is ours."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("orders_order")
    store = TenantKey(Store)
    external_id = models.CharField(max_length=200)
    external_status = models.CharField(max_length=80, default="", blank=True)
    stage = models.CharField(max_length=12, choices=[(stage.value, stage.value) for stage in Stage])
    hold_reason = models.CharField(max_length=300, default="", blank=True)
    held_until = models.DateTimeField(null=True)
    cancellation_asked_at = models.DateTimeField(null=True)
    review_reasons = ArrayField(models.CharField(max_length=30), default=list, blank=True)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0)
    buyer_id = models.CharField(max_length=120, default="", blank=True)
    buyer_name = models.CharField(max_length=200, default="", blank=True)
    buyer_note = models.TextField(default="", blank=True)
    shipping_choice = models.CharField(max_length=120, default="", blank=True)
    recipient = models.JSONField(default=dict)
    recipient_name = models.CharField(max_length=200, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    city = models.CharField(max_length=120, default="", blank=True)
    recipient_key = models.CharField(max_length=32, default="", blank=True)
    line_count = models.IntegerField(default=0)
    content_hash = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    remote_updated_at = models.DateTimeField(null=True)  # the marketplace's time of the version we have
    answer_by_at = models.DateTimeField(null=True)  # the buyer's wish to cancel must be answered by then
    told_at = models.DateTimeField(null=True)  # since when its marketplace is told numbers of ours
    rejected_wish_at = models.DateTimeField(null=True)  # the buyer's wish of then was answered with no; see `update`
    ended_at = models.DateTimeField(null=True)  # since when it is cancelled for good, wherever its goods are
    ended_by = models.CharField(max_length=11, default="", db_default="", blank=True)  # see `states.EndedBy`
    pay_by_at = models.DateTimeField(null=True)  # unpaid until then, the marketplace cancels it
    ship_by_at = models.DateTimeField(null=True)  # the marketplace's own instant; null: it names none
    ready_at = models.DateTimeField(null=True)  # since when it awaits collection: all of it is told and accepted
    collect_by_at = models.DateTimeField(null=True)  # in transit until then; null: that clock does not run
    held_there_at = models.DateTimeField(null=True)  # since when its marketplace holds it, whatever its stage is here
    shipped_there_at = models.DateTimeField(null=True)  # since when its marketplace says that all of it has left
    altered_at = models.DateTimeField(null=True)  # its marketplace changed it after a person had reviewed it
    cancel_request_id = models.CharField(max_length=80, default="", db_default="", blank=True)
    handles = models.JSONField(default=dict, db_default={})  # what calls about this order must name
    numbers = ArrayField(models.CharField(max_length=80), default=list, db_default=[], blank=True)
    # Lines of which more is packed than is wanted still: a parcel with one of them must not go. See `remains`.
    surplus_lines = ArrayField(models.BigIntegerField(), default=list, db_default=[], blank=True)

    class Meta:
        db_table = "orders_order"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "store_id", "external_id"], name="order_of_store")
        ]
        indexes = [
            models.Index(fields=["organization_id", "stage", "deadline_at", "id"], name="order_desk"),
            models.Index(
                fields=["organization_id", "store_id", "stage", "deadline_at", "id"],
                name="order_desk_of_store",
                condition=Q(stage__in=OPEN_STAGES),
            ),
            models.Index(fields=["organization_id", "placed_at", "id"], name="order_all"),
            models.Index(
                fields=["organization_id", "held_until"],
                name="order_held_until",
                condition=Q(held_until__isnull=False),
            ),
            models.Index(
                fields=["organization_id", "stage"],
                name="order_asked_to_cancel",
                condition=Q(cancellation_asked_at__isnull=False),
            ),
            models.Index(
                fields=["organization_id", "id"],
                name="order_ended",
                condition=Q(ended_at__isnull=False, stage__in=[Stage.PACKED, Stage.SHIPPED]),
            ),
            models.Index(
                fields=["organization_id", "stage"],
                name="order_with_reasons",
                include=["review_reasons"],
                condition=Q(stage=Stage.TO_REVIEW) & ~Q(review_reasons=[]),
            ),
            # The number that people read, where it is another than the marketplace's own ("#1001").
            models.Index(
                F("organization_id"),
                KeyTextTransform("name", "handles"),
                name="order_by_shown_number",
                condition=Q(handles__name__isnull=False),
            ),
            models.Index(fields=["organization_id", "buyer_id"], name="order_by_buyer", condition=~Q(buyer_id="")),
            models.Index(
                fields=["organization_id", "answer_by_at", "id"],
                name="order_to_answer",
                condition=Q(answer_by_at__isnull=False),
            ),
            models.Index(
                fields=["organization_id", "collect_by_at"],
                name="order_to_collect",
                condition=Q(collect_by_at__isnull=False, stage=Stage.SHIPPED),
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(TenantModel):
    """One line. Never `packed` + `cancelled` above `quantity`: the database refuses."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("orders_orderline")
    order = TenantKey(Order, on_delete=models.CASCADE)
    external_id = models.CharField(max_length=80)
    listing = TenantKey(Listing, null=True)
    sku_code = models.CharField(max_length=120, default="", blank=True)
    title = models.CharField(max_length=300, default="", blank=True)
    variation = models.CharField(max_length=200, default="", blank=True)
    quantity = models.IntegerField()
    cancelled = models.IntegerField(default=0)  # of them no parcel holds a piece, and none ever will
    cancelled_there = models.IntegerField(default=0, db_default=0)  # by the newest version of its marketplace
    taken_back = models.IntegerField(default=0, db_default=0)  # by documents
    packed = models.IntegerField(default=0)
    unit_price_minor = models.BigIntegerField(default=0)

    class Meta:
        db_table = "orders_orderline"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "order_id", "external_id"], name="line_of_order"),
            models.CheckConstraint(
                condition=Q(cancelled__gte=0, packed__gte=0) & Q(quantity__gte=F("packed") + F("cancelled")),
                name="line_never_packed_twice",
            ),
        ]
        indexes = [models.Index(fields=["organization_id", "listing_id"], name="line_of_listing")]

    def __str__(self) -> str:
        return f"{self.sku_code} × {self.quantity}"


class OrderPayload(TenantModel):
    """Every version of an order as it came, verbatim. Append-only by grants."""

    append_only = True

    pk = models.CompositePrimaryKey("organization_id", "order_id", "id")
    id = tenant_id("orders_orderpayload")
    order = TenantKey(Order, on_delete=models.CASCADE)
    raw = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "orders_orderpayload"

    def __str__(self) -> str:
        return f"payload {self.id}"


class Cancellation(TenantModel):
    """A document that takes back lines of earlier orders (a negative invoice)."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("orders_cancellation")
    store = TenantKey(Store)
    external_id = models.CharField(max_length=200)
    placed_at = models.DateTimeField()
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField(default=0)
    raw = models.JSONField()
    content_hash = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orders_cancellation"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "store_id", "external_id"], name="cancellation_of_store")
        ]

    def __str__(self) -> str:
        return self.external_id


class CancellationLine(TenantModel):
    """What one line of a cancellation took back: `order_line` is what it matched, none when nothing fits."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("orders_cancellationline")
    cancellation = TenantKey(Cancellation, on_delete=models.CASCADE)
    order_line = TenantKey(OrderLine, null=True)
    sku_code = models.CharField(max_length=120)
    quantity = models.IntegerField()
    unit_price_minor = models.BigIntegerField(default=0)
    why = models.CharField(max_length=40)

    class Meta:
        db_table = "orders_cancellationline"
        indexes = [
            models.Index(fields=["organization_id", "cancellation_id"], name="cancellation_lines"),
            models.Index(fields=["organization_id", "order_line_id"], name="cancellation_of_line"),
        ]

    def __str__(self) -> str:
        return f"{self.sku_code} × {self.quantity}"


class UnreadableOrder(TenantModel):
    """An order of a marketplace that we could not read: kept as it came, listed, asked for again."""

    pk = models.CompositePrimaryKey("organization_id", "store_id", "external_id")
    store = TenantKey(Store, on_delete=models.CASCADE)
    external_id = models.CharField(max_length=200)
    reason = models.CharField(max_length=500)
    raw = models.JSONField()
    tries = models.IntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    next_try_at = models.DateTimeField()

    class Meta:
        db_table = "orders_unreadableorder"

    def __str__(self) -> str:
        return f"{self.external_id}: {self.reason}"


class CancelAnswer(TenantModel):
    """Our answer to a buyer's wish to cancel, and what the marketplace said to it. One per order, the latest."""

    pk = models.CompositePrimaryKey("organization_id", "order_id")
    order = TenantKey(Order, on_delete=models.CASCADE)
    store = TenantKey(Store)
    request_id = models.CharField(max_length=80, default="", blank=True)
    accept = models.BooleanField()
    reason = models.CharField(max_length=80, default="", blank=True)
    asked_at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=[(s, s) for s in ("due", "sending", "done", "refused")])
    message = models.CharField(max_length=500, default="", blank=True)
    tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    actor_id = models.BigIntegerField(null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "orders_cancelanswer"
        indexes = [
            models.Index(
                fields=["organization_id", "store_id", "due_at"],
                name="cancelanswer_due",
                condition=Q(status__in=["due", "sending"]),
            )
        ]

    def __str__(self) -> str:
        return f"{'yes' if self.accept else 'no'}: {self.status}"


class OrderSearch(TenantModel):
    """The words an order is found by. Trigram search goes through the function `order_search_ids` (see walls.py)."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    proven = True
    id = models.BigIntegerField()  # the order's id, written in the order's own transaction
    words = models.TextField()

    class Meta:
        db_table = "orders_ordersearch"

    def __str__(self) -> str:
        return self.words[:40]
