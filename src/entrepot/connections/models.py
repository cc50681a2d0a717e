"""Stores and what connects them to their marketplace; carrier accounts, shipping services, number pools."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from entrepot.core.secrets import SecretField
from entrepot.core.tenancy import TenantKey, TenantModel, tenant_id


class Store(TenantModel):
    """One seller account at a marketplace, under the seller's own alias."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("connections_store")
    name = models.CharField(max_length=80)
    marketplace = models.CharField(max_length=30)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64, default="UTC")
    sender = models.JSONField(default=dict)
    default_service = TenantKey("connections.ShippingService", null=True)
    is_enabled = models.BooleanField(default=True)
    handling_hours = models.IntegerField(default=48)
    clocks = models.JSONField(default=dict, db_default={})  # the owner's own hours by name of the clock
    fulfilment = models.CharField(max_length=12, default="own", db_default="own")  # who ships: see `clocks.Fulfilment`
    secrets = SecretField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "connections_store"
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="store_alias")]

    def __str__(self) -> str:
        return self.name


class FileMapping(TenantModel):
    """How a store's file columns map to our fields, remembered by the header row."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("connections_filemapping")
    store = TenantKey(Store, on_delete=models.CASCADE)
    header_hash = models.CharField(max_length=64)
    mapping = models.JSONField()
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "connections_filemapping"
        constraints = [
            models.UniqueConstraint(fields=["organization_id", "store_id", "header_hash"], name="mapping_once")
        ]

    def __str__(self) -> str:
        return self.header_hash[:8]


class CarrierAccount(TenantModel):
    """Our contract and keys at a carrier."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("connections_carrieraccount")
    carrier = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    secrets = SecretField(default="", blank=True)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "connections_carrieraccount"
        constraints = [models.UniqueConstraint(fields=["organization_id", "name"], name="carrieraccount_alias")]

    def __str__(self) -> str:
        return self.name


class ShippingService(TenantModel):
    """One product of a carrier. `numbering` says where its waybill numbers come from."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("connections_shippingservice")
    account = TenantKey(CarrierAccount)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    numbering = models.CharField(max_length=8, choices=[(n, n) for n in ("typed", "pool", "own")], default="typed")
    number_format = models.CharField(max_length=40, default="free")
    goods_classes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    max_lines = models.IntegerField(default=0)
    carrier_codes = models.JSONField(default=dict, db_default={})  # marketplace -> its own code of this carrier
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "connections_shippingservice"
        constraints = [models.UniqueConstraint(fields=["organization_id", "code"], name="service_code")]

    def __str__(self) -> str:
        return self.name


class PooledNumber(TenantModel):
    """A pre-bought waybill number. Drawn exactly once: `drawn_at` is set together with the waybill."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("connections_poolednumber")
    service = TenantKey(ShippingService, on_delete=models.CASCADE)
    number = models.CharField(max_length=40)
    drawn_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "connections_poolednumber"
        constraints = [models.UniqueConstraint(fields=["organization_id", "number"], name="pool_number_once")]
        indexes = [
            models.Index(
                fields=["organization_id", "service_id", "id"],
                name="pool_free",
                condition=models.Q(drawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return self.number


class Grant(TenantModel):
    """What the seller granted us at the marketplace. One per store; the row is locked while its token is refreshed."""

    pk = models.CompositePrimaryKey("organization_id", "store_id")
    store = TenantKey(Store, on_delete=models.CASCADE)
    account = models.CharField(max_length=200)
    app_key = models.CharField(max_length=200, default="", blank=True)
    hosts = models.JSONField(default=dict)
    extra = models.JSONField(default=dict)
    secrets = SecretField(default="", blank=True)  # JSON: app_secret, access_token, refresh_token
    expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=8, default="ok", choices=[(s, s) for s in ("pending", "ok", "expired", "revoked")]
    )
    granted_at = models.DateTimeField()
    refreshed_at = models.DateTimeField()

    class Meta:
        db_table = "connections_grant"
        indexes = [models.Index(fields=["account"], name="grant_of_account")]  # a webhook names only the account

    def __str__(self) -> str:
        return self.account


class Sync(TenantModel):
    """Where the pull of a store stands: the frozen window, how far we have seen, who pulls now, what went wrong."""

    pk = models.CompositePrimaryKey("organization_id", "store_id")
    store = TenantKey(Store, on_delete=models.CASCADE)
    watermark = models.DateTimeField()  # everything the marketplace changed before it is here
    window_since = models.DateTimeField(null=True)
    window_until = models.DateTimeField(null=True)
    window_page = models.TextField(default="", blank=True)
    wanted = ArrayField(models.CharField(max_length=200), default=list, blank=True)  # orders that a webhook named
    every_seconds = models.IntegerField(default=300)
    next_run_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    success_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    trouble = models.CharField(max_length=20, default="", blank=True)
    message = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "connections_sync"
        indexes = [models.Index(fields=["next_run_at"], name="sync_due")]

    def __str__(self) -> str:
        return f"sync {self.pk}"


class Pull(TenantModel):
    """One run of a pull, for the log on the store's page."""

    pk = models.CompositePrimaryKey("organization_id", "store_id", "id")
    id = tenant_id("connections_pull")
    store = TenantKey(Store, on_delete=models.CASCADE)
    why = models.CharField(max_length=10)  # timer, button, webhook, consent
    since = models.DateTimeField()
    until = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    pages = models.IntegerField(default=0)
    created = models.IntegerField(default=0)
    updated = models.IntegerField(default=0)
    unchanged = models.IntegerField(default=0)
    unreadable = models.IntegerField(default=0)
    trouble = models.CharField(max_length=20, default="", blank=True)
    message = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "connections_pull"

    def __str__(self) -> str:
        return f"pull {self.pk}"


class Budget(TenantModel):
    """How many calls of an operation a store may still make: a token bucket that all workers share."""

    pk = models.CompositePrimaryKey("organization_id", "store_id", "operation")
    store = TenantKey(Store, on_delete=models.CASCADE)
    operation = models.CharField(max_length=60)
    tokens = models.FloatField()
    filled_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "connections_budget"

    def __str__(self) -> str:
        return f"{self.operation}: {self.tokens:.1f}"
