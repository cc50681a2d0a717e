"""Warehouses, bins, balances, movements, allocations; what stores are told of them. Balances are written together with
their movements."""

from django.db import models
from django.db.models import F, Q

from entrepot.catalog.models import Listing, Sku
from entrepot.connections.models import Store
from entrepot.core.tenancy import TenantKey, TenantModel, tenant_id


class Warehouse(TenantModel):
    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("inventory_warehouse")
    name = models.CharField(max_length=80)
    is_default = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "inventory_warehouse"
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="warehouse_name")]

    def __str__(self) -> str:
        return self.name


class Bin(TenantModel):
    """A place on the shelf. Pick lists are sorted by its code."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("inventory_bin")
    warehouse = TenantKey(Warehouse, on_delete=models.CASCADE)
    code = models.CharField(max_length=40)

    class Meta:
        db_table = "inventory_bin"
        constraints = [models.UniqueConstraint(fields=["organization_id", "warehouse_id", "code"], name="bin_code")]

    def __str__(self) -> str:
        return self.code


class Stock(TenantModel):
    """Pieces of one SKU in one bin. available = on_hand − allocated."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("inventory_stock")
    warehouse = TenantKey(Warehouse)
    bin = TenantKey(Bin)
    sku = TenantKey(Sku)
    on_hand = models.IntegerField(default=0)
    allocated = models.IntegerField(default=0)

    class Meta:
        db_table = "inventory_stock"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "sku_id", "bin_id"], name="stock_of_sku_in_bin"),
            models.CheckConstraint(
                condition=Q(allocated__gte=0) & Q(on_hand__gte=F("allocated")), name="stock_never_oversold"
            ),
        ]

    def __str__(self) -> str:
        return f"stock {self.id}: {self.on_hand}"


class Movement(TenantModel):
    """One change of `on_hand`: positive in, negative out. Append-only by grants; on_hand = Σ movements."""

    append_only = True

    pk = models.CompositePrimaryKey("organization_id", "stock_id", "id")
    id = tenant_id("inventory_movement")
    stock = TenantKey(Stock)
    quantity = models.IntegerField()
    reason = models.CharField(max_length=20)
    group_id = models.BigIntegerField(null=True)
    line_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "inventory_movement"
        indexes = [
            models.Index(
                fields=["organization_id", "group_id"], name="movement_of_group", condition=Q(group_id__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"movement {self.id}: {self.quantity:+}"


class Allocation(TenantModel):
    """Stock promised to one line of a group. What a group is (a parcel) this room does not know."""

    pk = models.CompositePrimaryKey("organization_id", "group_id", "line_id", "stock_id")
    id = tenant_id("inventory_allocation")
    stock = TenantKey(Stock)
    group_id = models.BigIntegerField()
    line_id = models.BigIntegerField()
    quantity = models.IntegerField()

    class Meta:
        db_table = "inventory_allocation"
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="allocation_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.group_id}/{self.line_id}: {self.quantity}"


class StockPush(TenantModel):
    """Whether a store is told how much there is, and how that goes. No row: it never was. Off unless an owner says so."""

    pk = models.CompositePrimaryKey("organization_id", "store_id")
    store = TenantKey(Store, on_delete=models.CASCADE)
    is_on = models.BooleanField(default=False)
    reserve = models.IntegerField(default=0)  # pieces of each SKU that the store is never told of
    on_since = models.DateTimeField(null=True)  # what was told before counts as not told
    next_run_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)  # the name of the turn that has the lease
    success_at = models.DateTimeField(null=True)  # the last run without trouble
    told_at = models.DateTimeField(null=True)  # the last time a number was taken
    failures = models.IntegerField(default=0)
    trouble = models.CharField(max_length=20, default="", blank=True)
    message = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "inventory_stockpush"
        constraints = [models.CheckConstraint(condition=Q(reserve__gte=0), name="stockpush_reserve")]
        indexes = [models.Index(fields=["next_run_at"], name="stockpush_due", condition=Q(is_on=True))]

    def __str__(self) -> str:
        return f"stock push {self.pk}"


class ToldStock(TenantModel):
    """What a store was told of one listing: `asked` is written before the call, `told` when the marketplace took it: the
    highest number that may stand there."""

    pk = models.CompositePrimaryKey("organization_id", "listing_id")
    listing = TenantKey(Listing, on_delete=models.CASCADE)
    store = TenantKey(Store, on_delete=models.CASCADE)
    product = models.CharField(max_length=120, default="", blank=True)  # the marketplace's product id
    order_id = models.BigIntegerField(null=True)  # of the order that named it
    asked = models.IntegerField()
    asked_at = models.DateTimeField()
    told = models.IntegerField(null=True)  # none: nothing of ours was taken
    told_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=8, choices=[(s, s) for s in ("asked", "told", "later", "refused")])
    code = models.CharField(max_length=80, default="", blank=True)
    message = models.CharField(max_length=500, default="", blank=True)
    tries = models.IntegerField(default=0)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "inventory_toldstock"
        indexes = [models.Index(fields=["organization_id", "store_id", "status"], name="toldstock_of_store")]

    def __str__(self) -> str:
        return f"told {self.told}"
