"""Organizations, people and roles; batches, history, counters, files, tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from entrepot.core.permissions import Permission, Role
from entrepot.core.tenancy import ReferenceModel, TenantKey, TenantModel, tenant_id


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractUser, ReferenceModel):
    """A person who signs in by e-mail. What they may do is said per organization by `Member`."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(unique=True)
    language = models.CharField(max_length=12, default="en")
    theme = models.CharField(max_length=8, default="auto")
    compact = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, default="UTC")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    class Meta:
        db_table = "core_user"


class Organization(ReferenceModel):
    """The tenant. A cold row: nothing that changes often lives here."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    settings = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_organization"

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A person in an organization, with one role."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("core_member")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships", db_constraint=False)
    role = models.CharField(max_length=12, choices=[(role.value, role.value) for role in Role])
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_member"
        constraints = [models.UniqueConstraint(fields=["organization_id", "user"], name="member_once")]

    def __str__(self) -> str:
        return self.name


class ApiToken(TenantModel):
    """A member's key for the REST API. Only the SHA-256 of the token is stored."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("core_apitoken")
    member = TenantKey(Member, on_delete=models.CASCADE)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, db_index=True)
    scopes = ArrayField(models.CharField(max_length=40))
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "core_apitoken"
        constraints = [models.UniqueConstraint(fields=["organization_id", "digest"], name="apitoken_digest")]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class StoredFile(TenantModel):
    """Bytes kept in the home's file store, named by their SHA-256. `permission`: what fetching it takes."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("core_storedfile")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    permission = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Permission])
    created_at = models.DateTimeField()

    class Meta:
        db_table = "core_storedfile"

    def __str__(self) -> str:
        return self.name


class BatchStatus(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class Batch(TenantModel):
    """One act on many things: asked ids, progress, one outcome per id. The result window reads this row."""

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("core_batch")
    uuid = models.UUIDField()
    verb = models.CharField(max_length=40)
    actor = TenantKey(Member, null=True)
    status = models.CharField(max_length=8, choices=BatchStatus.choices, default=BatchStatus.RUNNING)
    body_hash = models.CharField(max_length=64)
    options = models.JSONField(default=dict)
    selection = models.TextField(default="", db_default="", blank=True)  # the filter the ids were found by
    asked = ArrayField(models.BigIntegerField(), default=list)
    asked_count = models.IntegerField(default=0)
    progress = models.IntegerField(default=0)
    done_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    outcomes = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    undoes = TenantKey("self", null=True)

    class Meta:
        db_table = "core_batch"
        constraints = [models.UniqueConstraint(fields=["organization_id", "uuid"], name="batch_uuid_once")]
        indexes = [
            models.Index(fields=["organization_id", "-created_at"], name="batch_recent"),
            models.Index(
                fields=["organization_id", "-created_at"],
                name="batch_recent_import",
                condition=models.Q(verb__in=["import_orders", "import_skus"]),
            ),
            # The sweeper looks for these over all organizations; there are few at any time.
            models.Index(
                fields=["created_at"], name="batch_live", condition=models.Q(status__in=["queued", "running"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.uuid}"


class Event(TenantModel):
    """History: who did what to which row, before and after, and why. Append-only by grants."""

    append_only = True
    proven = True

    # The key is the way history is read: one index less to keep for every event.
    pk = models.CompositePrimaryKey("organization_id", "subject", "subject_id", "id")
    id = tenant_id("core_event")
    subject = models.CharField(max_length=12)
    subject_id = models.BigIntegerField()
    verb = models.CharField(max_length=40)
    actor_id = models.BigIntegerField(null=True)
    batch_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.JSONField(null=True)

    class Meta:
        db_table = "core_event"
        indexes = [
            # History only grows at its end, so a range index of a few pages finds "since when".
            BrinIndex(fields=["at"], name="event_since", autosummarize=True),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.subject_id}: {self.verb}"


class Counter(TenantModel):
    """Changes of a tab's count. Only ever inserted by verbs, so no two of them wait for one row; folded by a sweeper."""

    proven = True

    pk = models.CompositePrimaryKey("organization_id", "id")
    id = tenant_id("core_counter")
    key = models.CharField(max_length=60)
    change = models.BigIntegerField()

    class Meta:
        db_table = "core_counter"
        indexes = [models.Index(fields=["organization_id", "key"], include=["change"], name="counter_key")]

    def __str__(self) -> str:
        return f"{self.key} {self.change:+}"
