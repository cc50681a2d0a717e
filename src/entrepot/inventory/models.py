"""Warehouses, bins, balances, movements, allocations. Balances are written together with their movements."""

from django.db import models
from django.db.models import F, Q

from entrepot.catalog.models import Sku
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
