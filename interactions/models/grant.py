"""What was given to a customer on the spot, within somebody's authority or by somebody who may."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from rules.models import RuleVersion
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Grant(TenantModel):
    class Kind(models.TextChoices):
        CREDIT = "credit", "credit"
        FREE_DELIVERY = "free_delivery", "free delivery"
        REPLACEMENT = "replacement", "replacement"
        DISCOUNT = "discount", "discount"
        GIFT = "gift", "gift"

    class State(models.TextChoices):
        ASKED = "asked", "waits for a yes"
        GIVEN = "given", "given"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "taken back"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="grants")
    kind = models.CharField(max_length=13, choices=Kind)
    amount = models.BigIntegerField(help_text="what it costs us, in minor units of the company's currency")
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=9, choices=State)
    member = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="grants")
    interaction = TenantForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="grants")
    asked_of = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="asked_grants",
        help_text="who is asked; empty: whoever may approve",
    )  # fmt: skip
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="decided_grants")
    decision_words = models.CharField(max_length=300, blank=True)
    rule_version = TenantForeignKey(RuleVersion, null=True, on_delete=models.PROTECT, related_name="+")
    rule = models.CharField(max_length=40, blank=True, help_text="id of the rule in the version")
    limits = models.JSONField(
        default=dict, help_text="the limits that were looked at, and what was left of each"
    )
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="grant_key_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="grant_costs_something"),
        ]
        indexes = [
            models.Index(fields=["tenant", "customer", "-asked_at", "-id"], name="grant_of_customer"),
            models.Index(fields=["tenant", "member", "-asked_at"], name="grant_of_member"),
            models.Index(
                fields=["tenant", "asked_at", "id"], name="grant_waiting", condition=Q(state="asked")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
