"""How long kinds of data are kept, as the company says, and what was let go when."""

from django.db import models
from django.db.models import Q

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class RetentionRule(TenantModel):
    """A kind of data is kept for so many days. Without a rule in force nothing of it is let go."""

    kind = models.SlugField(max_length=40, help_text="key of tenancy.registries.retention_kinds")
    days = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)
    is_active = models.BooleanField(default=False)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind"], name="retention_kind_once"),
            models.CheckConstraint(condition=Q(days__gte=1), name="retention_days_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.days} days"


class RetentionRun(TenantModel):
    """What one night let go of one kind."""

    kind = models.SlugField(max_length=40)
    days = models.PositiveIntegerField(help_text="of the rule, that night")
    before = models.DateTimeField(help_text="older than this went")
    removed = models.PositiveBigIntegerField(default=0)
    began_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-began_at", "id"], name="retention_run_newest")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.removed}"
