"""Fitted models with their evidence, and the history of what each customer was worth.

The current value of a customer stands in crm's summary row; here stand month ends and refits.
Money is in minor units of the tenant's currency.
"""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from rules.models import RuleVersion
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class ModelFit(TenantModel):
    """One fit of the value model on a tenant's orders, and how right it was on the holdout."""

    as_of = models.DateField()
    fitted_at = models.DateTimeField(auto_now_add=True)
    is_current = models.BooleanField(default=False)
    customers = models.IntegerField()
    repeaters = models.IntegerField()
    chosen = models.CharField(max_length=20)
    why = models.TextField()
    warnings = models.JSONField(default=list)
    model = models.JSONField(help_text="value.engine.FittedModel.to_json()")
    evidence = models.JSONField(help_text="value.engine.Evidence.to_json()")
    seconds = models.FloatField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], condition=Q(is_current=True), name="one_current_fit")
        ]
        indexes = [models.Index(fields=["tenant", "-fitted_at", "id"], name="fit_newest")]

    def __str__(self) -> str:
        return f"{self.chosen} as of {self.as_of}"


class ValueSnapshot(TenantModel):
    """What one customer was worth at a month's end, on a day asked for, or under both models of a refit."""

    class Occasion(models.TextChoices):
        MONTH_END = "month_end", "month end"
        ASKED = "asked", "a day asked for"
        REFIT = "refit", "model refitted"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="value_history")
    fit = TenantForeignKey(ModelFit, null=True, on_delete=models.PROTECT, related_name="snapshots")
    taken_on = models.DateField()
    occasion = models.CharField(max_length=10, choices=Occasion)
    portfolio_id = models.UUIDField()
    value = models.BigIntegerField(null=True)
    value_low = models.BigIntegerField(null=True)
    value_high = models.BigIntegerField(null=True)
    alive = models.FloatField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "taken_on"],
                condition=~Q(occasion="refit"),
                name="snapshot_once_a_day",
            ),
            # At a refit the same day is valued twice: under the old model and under the new one.
            models.UniqueConstraint(
                fields=["tenant", "customer", "taken_on", "fit"],
                condition=Q(occasion="refit"),
                name="snapshot_once_a_refit",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "taken_on", "portfolio_id"], name="snapshot_of_portfolio"),
        ]


class KindDecision(TenantModel):
    """A customer became of another kind: by which rule of which version, and what it looked at."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="kind_decisions")
    before = models.CharField(max_length=16, null=True)  # noqa: DJ001  (empty: of no kind)
    kind = models.CharField(max_length=16, null=True)  # noqa: DJ001
    version = TenantForeignKey(
        RuleVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: no rule says anything",
    )
    rule_id = models.CharField(max_length=120, blank=True)
    facts = models.JSONField(default=dict, help_text="what the rule looked at, and what it found")
    decided_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "customer", "-decided_at", "id"], name="kind_decision_newest")
        ]

    def __str__(self) -> str:
        return f"{self.before} to {self.kind}"


class EquityPoint(TenantModel):
    """The sum of one portfolio's snapshots of one day, so that history is read without reading customers."""

    taken_on = models.DateField()
    portfolio_id = models.UUIDField()
    customers = models.IntegerField(help_text="those with a value")
    value = models.BigIntegerField()
    variance = models.FloatField(help_text="of the sum, by chance alone; squared minor units")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "portfolio_id", "taken_on"], name="equity_point_once_a_day"
            )
        ]
        indexes = [models.Index(fields=["tenant", "taken_on"], name="equity_points_of_day")]
