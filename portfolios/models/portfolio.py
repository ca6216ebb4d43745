"""Who answers for whom, at every instant of history.

The database holds the promise: an exclusion constraint (never two) and a deferred constraint trigger
(never none, no gap), both in migration 0001.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from crm.models import Customer
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member, Unit


class Portfolio(TenantModel):
    """The group of customers one manager answers for. The house portfolio has no manager."""

    name = models.CharField(max_length=120)
    manager = TenantForeignKey(
        Member, null=True, blank=True, on_delete=models.PROTECT, related_name="portfolios"
    )
    unit = TenantForeignKey(Unit, null=True, blank=True, on_delete=models.PROTECT, related_name="portfolios")
    is_house = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_to = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="closing_into_it",
        help_text="while many customers move out before it closes: where to; nobody comes in meanwhile",
    )  # fmt: skip

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="portfolio_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_house=True), name="one_house_portfolio"
            ),
            models.CheckConstraint(
                condition=Q(is_house=True) | Q(manager__isnull=False) | Q(closed_at__isnull=False),
                name="portfolio_has_manager",
            ),
            models.CheckConstraint(
                condition=Q(is_house=False) | Q(closed_at__isnull=True), name="house_stays_open"
            ),
            models.CheckConstraint(
                condition=Q(closing_to__isnull=True) | Q(is_house=False, closed_at__isnull=True),
                name="closing_comes_before_closed",
            ),
        ]
        indexes = [models.Index(fields=["tenant", "manager"], name="portfolio_of_manager")]

    def __str__(self) -> str:
        return self.name


class Transfer(TenantModel):
    """One decision to move customers: by whom, when and why."""

    to = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="transfers_in")
    reason = models.CharField(max_length=300)
    author = models.CharField(max_length=60, help_text="member:<id>, token:<id> or system")
    author_name = models.CharField(max_length=120, blank=True)
    at = models.DateTimeField()
    customers = models.IntegerField(
        default=0,
        help_text="how many were to move; by rule in parts, somebody may be elsewhere when their turn comes",
    )
    pins = models.BooleanField(
        default=True, help_text="somebody chose these customers: rules leave them alone"
    )

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-at", "id"], name="transfer_newest")]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="transfer_has_reason")]

    def __str__(self) -> str:
        return self.reason


class Assignment(TenantModel):
    """One customer in one portfolio for one period, [from, to)."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    portfolio = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="assignments")
    period = DateTimeRangeField()
    transfer = TenantForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="assignments")
    reason = models.CharField(max_length=300)

    class Meta(TenantModel.Meta):
        constraints = [
            ExclusionConstraint(
                name="one_portfolio_at_a_time",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    ("customer", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            )
        ]
        indexes = [
            models.Index(
                fields=["tenant", "portfolio", "customer"],
                name="assignment_open",
                condition=Q(period__endswith=None),
            ),
            models.Index(
                fields=["tenant", "portfolio", "customer"],
                name="assignment_ended",
                condition=Q(period__endswith__isnull=False),
            ),
            models.Index(
                fields=["tenant", "transfer", "customer"],
                name="assignment_of_transfer",
                condition=Q(transfer__isnull=False),
            ),
        ]
