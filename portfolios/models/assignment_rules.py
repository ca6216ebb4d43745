"""Whose rules a rule set is, how rules are let loose, and whom they leave alone."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from portfolios.models.portfolio import Portfolio
from rules.models import RuleSet
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel


class PortfolioRules(TenantModel):
    """A rule set is about the customers of a portfolio."""

    rule_set = TenantForeignKey(RuleSet, on_delete=models.CASCADE, related_name="portfolio_links")
    portfolio = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="rule_links")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "rule_set", "portfolio"], name="rules_once_a_portfolio")
        ]
        indexes = [models.Index(fields=["tenant", "portfolio"], name="rules_of_portfolio")]

    def __str__(self) -> str:
        return f"{self.rule_set_id} of {self.portfolio_id}"


class AssignmentPolicy(TenantModel):
    """How the company lets rules move customers: one row."""

    class Nightly(models.TextChoices):
        OFF = "off", "nothing happens by itself"
        PROPOSE = "propose", "proposals are made, somebody decides"
        AUTOMATIC = "automatic", "customers move by themselves"

    nightly = models.CharField(max_length=10, choices=Nightly, default=Nightly.OFF)
    pin_months = models.PositiveSmallIntegerField(
        default=12,
        help_text="so long rules leave alone whom somebody transferred; 0: until they are unpinned",
    )
    trouble = models.CharField(
        max_length=300, blank=True, help_text="why rules could not be asked for new customers"
    )
    trouble_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant"], name="one_assignment_policy"),
            models.CheckConstraint(condition=Q(pin_months__lte=120), name="pins_end_in_ten_years"),
        ]

    def __str__(self) -> str:
        return self.nightly


class Unpinned(TenantModel):
    """From this moment on rules may move the customer again, although somebody transferred them before."""

    id = None  # type: ignore[assignment]  # the customer is the key
    customer = TenantOneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="unpinned"
    )
    at = models.DateTimeField()
    author_name = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.customer_id} since {self.at}"
