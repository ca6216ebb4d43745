"""Companies that use the installation. `Tenant` and `Membership` are global; everything else is not."""

from django.core.validators import RegexValidator
from django.db import models

from tenancy.db.ids import new_id
from tenancy.db.models import TenantModel


class Tenant(models.Model):
    """Only what is needed to find a company before it is active."""

    class State(models.TextChoices):
        ACTIVE = "active", "active"
        CLOSED = "closed", "closed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(max_length=40, unique=True, validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$")])
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """Index: which tenants a user may enter, and as which member. Kept by tenancy.services.members."""

    user = models.ForeignKey("tenancy.User", on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    member_id = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="one_membership_a_tenant")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.tenant_id}"


class TenantProfile(TenantModel):
    """What a tenant states about itself: money, calendar, thresholds. One row a tenant."""

    country = models.CharField(max_length=2)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=64)
    fiscal_year_starts = models.PositiveSmallIntegerField(default=1, help_text="month, 1 to 12")
    margin_rate = models.DecimalField(
        max_digits=5, decimal_places=4, default="0.3000",
        help_text="margin as a share of revenue where an order has no cost",
    )  # fmt: skip
    lapsed_after_days = models.PositiveIntegerField(default=180)
    lost_after_days = models.PositiveIntegerField(default=540)
    lost_below_alive = models.DecimalField(max_digits=4, decimal_places=3, default="0.100")
    discount_rate = models.DecimalField(
        max_digits=5, decimal_places=4, default="0.1000", help_text="a year, for lifetime value"
    )
    rules_need_second_person = models.BooleanField(
        default=False, help_text="rules come into force when a second person agrees"
    )
    demo_note = models.JSONField(default=list, blank=True, help_text="what in this tenant is invented")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_profile_a_tenant")]
