"""What lies on our shelf, what is offered in a store, and which is which."""

from django.db import models

from entrepot.connections.models import Store
from entrepot.core.tenancy import TenantKey, TenantModel, tenant_id


class GoodsClass(models.TextChoices):
    GENERAL = "general"
    BATTERY = "battery"
    LIQUID = "liquid"
    COSMETIC = "cosmetic"
    FOOD = "food"
    MAGNET = "magnet"


class Sku(TenantModel):
    """A thing on our shelf, with its customs facts. Weights in grams, values in minor units of `currency`."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("catalog_sku")
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=300, default="", blank=True)
    barcode = models.CharField(max_length=60, default="", blank=True)
    name_customs_en = models.CharField(max_length=200, default="", blank=True)
    name_customs_zh = models.CharField(max_length=200, default="", blank=True)
    hs_code = models.CharField(max_length=12, default="", blank=True)
    origin_country = models.CharField(max_length=2, default="", blank=True)
    weight_grams = models.IntegerField(default=0)
    value_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3, default="USD")
    goods_class = models.CharField(max_length=12, choices=GoodsClass.choices, default=GoodsClass.GENERAL)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_sku"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "code"], name="sku_code"),
            models.CheckConstraint(
                condition=models.Q(weight_grams__gte=0, value_minor__gte=0), name="sku_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Listing(TenantModel):
    """What a store offers under its own code."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("catalog_listing")
    store = TenantKey(Store)
    code = models.CharField(max_length=120)
    title = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_listing"
        constraints = [models.UniqueConstraint(fields=["organization_id", "store_id", "code"], name="listing_code")]

    def __str__(self) -> str:
        return self.code


class Pairing(TenantModel):
    """Listing → SKU × quantity. Several rows of one listing make a bundle."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("catalog_pairing")
    listing = TenantKey(Listing, on_delete=models.CASCADE)
    sku = TenantKey(Sku)
    quantity = models.IntegerField(default=1)
    is_automatic = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "catalog_pairing"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "listing_id", "sku_id"], name="pairing_once"),
            models.CheckConstraint(condition=models.Q(quantity__gt=0), name="pairing_positive"),
        ]
        indexes = [models.Index(fields=["organization_id", "sku_id"], name="pairing_by_sku")]

    def __str__(self) -> str:
        return f"pairing {self.id} × {self.quantity}"
