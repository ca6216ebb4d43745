"""What the next manager reads when a customer comes to them."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from portfolios.models import Portfolio, Transfer
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class HandOver(TenantModel):
    """Needs, promises, cases and what was refused, as they stood when the customer was transferred."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="hand_overs")
    transfer = TenantForeignKey(Transfer, on_delete=models.PROTECT, related_name="hand_overs")
    to = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="hand_overs")
    content = models.JSONField(help_text="chapters of lines in words; ids lead to what is still there")
    words = models.TextField(blank=True, help_text="what the former manager adds")
    written_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "transfer", "customer"], name="hand_over_once")
        ]
        indexes = [
            models.Index(
                fields=["tenant", "to", "-written_at"],
                name="hand_over_unread",
                condition=Q(read_at__isnull=True),
            ),
            models.Index(fields=["tenant", "customer", "-written_at"], name="hand_over_of_customer"),
        ]

    def __str__(self) -> str:
        return str(self.customer_id)
