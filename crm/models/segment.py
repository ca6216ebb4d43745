"""Segments: a condition with a name, who is in it now, who came and went, and how many there were each day."""

from django.db import models
from django.db.models import Q

from crm.models.customer import Customer
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Segment(TenantModel):
    """A saved condition. `version` counts its definitions; who is in it are rows of SegmentMember."""

    class Mode(models.TextChoices):
        LIVE = "live", "live"
        FROZEN = "frozen", "frozen"

    name = models.CharField(max_length=120)
    description = models.CharField(max_length=400, blank=True)
    mode = models.CharField(max_length=6, choices=Mode, default=Mode.LIVE)
    condition = models.JSONField(help_text="the tree as rules.language.parse reads it")
    version = models.PositiveIntegerField(default=1)
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    defined_at = models.DateTimeField(help_text="when this version's condition was saved")
    filled_at = models.DateTimeField(
        null=True,
        help_text="since when its members are those of its condition; frozen: the day of its members",
    )
    archived_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=Q(archived_at__isnull=True), name="segment_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="segment_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentVersion(TenantModel):
    """One definition of a segment, kept for ever: what, from when, by whom."""

    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    mode = models.CharField(max_length=6, choices=Segment.Mode)
    condition = models.JSONField()
    comment = models.CharField(max_length=200, blank=True)
    author = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "segment", "number"], name="segment_version_once")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class SegmentMember(TenantModel):
    """A customer is in a segment."""

    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="members")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "segment", "customer"], name="segment_member_once")
        ]
        indexes = [models.Index(fields=["tenant", "customer", "segment"], name="segments_of_customer")]


class SegmentChange(TenantModel):
    """A customer came into a segment or left it. `batch` is what the event of the change names."""

    class Cause(models.TextChoices):
        FACTS = "facts", "what we know of them changed"
        DEFINITION = "definition", "the segment was defined anew"
        REFRESH = "refresh", "the segment was refreshed by hand"

    batch = models.UUIDField()
    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="changes")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    entered = models.BooleanField(help_text="False: left")
    cause = models.CharField(max_length=10, choices=Cause)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "segment", "-at", "id"], name="segment_change_newest"),
            models.Index(fields=["tenant", "batch"], name="segment_change_batch"),
            models.Index(fields=["tenant", "customer", "-at"], name="segment_change_of_customer"),
        ]


class SegmentSize(TenantModel):
    """How many were in a segment at the end of a day; today's row is its size now."""

    segment = TenantForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes")
    day = models.DateField(help_text="in the tenant's time zone")
    customers = models.IntegerField()
    entered = models.IntegerField(default=0)
    left = models.IntegerField(default=0)
    value = models.BigIntegerField(
        null=True, help_text="their lifetime value, minor units; worked out at night"
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "segment", "day"], name="segment_size_once_a_day")
        ]
