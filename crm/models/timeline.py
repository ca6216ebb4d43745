"""One timeline a customer: a projection written by every room when something happens."""

from django.db import models

from crm.models.customer import Customer
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class TimelineEntry(TenantModel):
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=24, help_text="order, return, transfer, change, ...")
    key = models.CharField(
        max_length=120, help_text="opaque, from the room that wrote it; makes writing idempotent"
    )
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    who = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key", "customer"], name="timeline_key_once")
        ]
        indexes = [models.Index(fields=["tenant", "customer", "-at", "-id"], name="timeline_of_customer")]

    def __str__(self) -> str:
        return self.title
