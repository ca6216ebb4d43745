"""Rule sets, their drafts and versions, and which version is in force when.

The database holds the promise: an exclusion constraint (never two versions of one set in force at a time), and versions
that nobody can change.
"""

from datetime import datetime

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member


class Level(models.TextChoices):
    """Whose rules they are."""

    COMPANY = "company", "the company's"
    PORTFOLIO = "portfolio", "of portfolios"


class RuleSet(TenantModel):
    """Rules of one kind that are written, activated and taken back together."""

    kind = models.CharField(max_length=80, help_text="key of a registered kind: room.name")
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    level = models.CharField(max_length=10, choices=Level, default=Level.COMPANY)
    standing = models.PositiveIntegerField(
        default=0, help_text="counts the decisions on what is in force, so that nobody decides on an old view"
    )
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "kind", "name"], name="rule_set_name_once_a_kind"),
            models.CheckConstraint(condition=~Q(name=""), name="rule_set_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class RuleDraft(TenantModel):
    """What is being written. It may be incomplete."""

    id = None  # type: ignore[assignment]  # the rule set is the key
    rule_set = TenantOneToOneField(RuleSet, primary_key=True, on_delete=models.CASCADE, related_name="draft")
    content = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=1, help_text="counts edits: an edit names what it saw")
    based_on = models.PositiveIntegerField(null=True, help_text="number of the version it began from")
    edited_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    edited_by_name = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        pass

    def __str__(self) -> str:
        return f"draft of {self.rule_set_id}"


class RuleVersion(TenantModel):
    """Rules as they were when somebody wanted them in force. Never changed."""

    rule_set = TenantForeignKey(RuleSet, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    content = models.JSONField()
    reads = ArrayField(
        models.CharField(max_length=120), default=list, help_text="keys of facts and relations"
    )
    comment = models.CharField(max_length=500, blank=True)
    author = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "rule_set", "number"], name="rule_version_number_once")
        ]

    def __str__(self) -> str:
        return f"version {self.number}"


class Activation(TenantModel):
    """One version in force for one period, [from, to), or the wish that it be."""

    class State(models.TextChoices):
        WAITING = "waiting", "waits for a second person"
        AGREED = "agreed", "agreed"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "withdrawn"

    rule_set = TenantForeignKey(RuleSet, on_delete=models.PROTECT, related_name="activations")
    version = TenantForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="activations")
    period = DateTimeRangeField()
    state = models.CharField(max_length=10, choices=State)
    is_rollback = models.BooleanField(default=False)
    asked_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    asked_by_name = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    comment = models.CharField(max_length=500, blank=True, help_text="why, by who asked")
    reason = models.CharField(max_length=500, blank=True, help_text="why not, by who decided")

    class Meta(TenantModel.Meta):
        constraints = [
            ExclusionConstraint(
                name="one_version_in_force",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("rule_set", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(state="agreed"),
            ),
            models.CheckConstraint(condition=Q(period__isempty=False), name="activation_has_length"),
            models.UniqueConstraint(
                fields=["tenant", "rule_set"], condition=Q(state="waiting"), name="one_activation_waits"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "rule_set", "-asked_at"], name="activation_of_rule_set")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.state}"

    @property
    def begins(self) -> datetime:
        """A period always has a beginning; an open end is None."""
        begins = self.period.lower
        assert begins is not None
        return begins

    @property
    def ends(self) -> datetime | None:
        return self.period.upper


class DryRun(TenantModel):
    """What a draft would do to everybody, beside what is in force. Holds counts and ids, nothing of a person."""

    rule_set = TenantForeignKey(RuleSet, on_delete=models.CASCADE, related_name="dry_runs")
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    against = TenantForeignKey(RuleVersion, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(help_text="the moment for which every part answers")
    job = TenantForeignKey(Job, null=True, on_delete=models.CASCADE, related_name="+")
    result = models.JSONField(null=True, help_text="empty until the job is done")
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "rule_set", "-created_at"], name="dry_run_newest")]

    def __str__(self) -> str:
        return f"dry run of {self.rule_set_id}"
