"""Who works in a tenant, where, and what their role lets them do."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class Unit(TenantModel):
    """A part of the tenant (region, store, team), in a tree."""

    name = models.CharField(max_length=120)
    parent = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    path = models.TextField(editable=False, help_text="ids from the root down to here, each ended by /")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "path"], name="unit_path_once"),
            models.UniqueConstraint(
                fields=["tenant", "parent", "name"], name="unit_name_once_below_parent", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Role(TenantModel):
    """Permissions plus a customer scope; a tenant may edit its roles."""

    class Scope(models.TextChoices):
        NONE = "none", "no customers"
        OWN_PORTFOLIO = "own_portfolio", "own portfolio"
        OWN_UNIT = "own_unit", "own unit and below"
        ALL = "all", "all customers"

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    permissions = ArrayField(models.CharField(max_length=80), default=list)
    scope = models.CharField(max_length=20, choices=Scope, default=Scope.OWN_PORTFOLIO)
    brought = ArrayField(
        models.CharField(max_length=80), null=True, editable=False,
        help_text="what the product gave this role so far; empty for a role of the tenant's own",
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="role_key_once"),
            models.UniqueConstraint(fields=["tenant", "name"], name="role_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Member(TenantModel):
    """A user inside one tenant, with a role."""

    user = models.ForeignKey("tenancy.User", on_delete=models.PROTECT, related_name="+")
    role = TenantForeignKey(Role, on_delete=models.PROTECT, related_name="members")
    unit = TenantForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="members")
    name = models.CharField(max_length=120)
    joined_at = models.DateTimeField(auto_now_add=True)
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "user"], name="member_user_once")]

    def __str__(self) -> str:
        return self.name


class Delegation(TenantModel):
    """An absent manager's delegate has the manager's scope for the stated time."""

    member = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="delegations")
    delegate = TenantForeignKey(Member, on_delete=models.PROTECT, related_name="delegated")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="delegation_has_length"),
            models.CheckConstraint(condition=~Q(member=F("delegate")), name="delegation_to_another"),
        ]
        indexes = [models.Index(fields=["tenant", "delegate", "ends_at"], name="delegation_by_delegate")]
