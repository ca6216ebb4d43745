"""Who changed what, and who looked at whom. Append-only; personal text lives in the companion table."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from tenancy.db.fields import TenantOneToOneField
from tenancy.db.models import TenantModel


class AuditEntry(TenantModel):
    """One change of one row, written by a trigger, or one batch, written by its service."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=60, help_text="member:<id>, token:<id> or system")
    action = models.CharField(max_length=40, help_text="insert, update, delete, or a batch's verb")
    table = models.CharField(max_length=63)
    row_id = models.UUIDField(null=True)
    fields = ArrayField(models.CharField(max_length=63), default=list)
    note = models.JSONField(default=dict, help_text="counts and ids of a batch; nothing personal")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "-at", "id"], name="audit_newest"),
            models.Index(fields=["tenant", "table", "row_id", "-at"], name="audit_of_row"),
        ]


class AuditDifference(TenantModel):
    """Old and new values of one audit entry; append-only, but erasure (the definer) may take them out."""

    id = None  # type: ignore[assignment]  # the entry is the key
    entry = TenantOneToOneField(
        AuditEntry, primary_key=True, on_delete=models.CASCADE, related_name="difference"
    )
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        pass


class AccessEntry(TenantModel):
    """One look at one customer's data, or one export of many."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True, help_text="the customer; empty for an export of many")
    view = models.CharField(max_length=60, help_text="service card, record, export, ...")
    purpose = models.CharField(max_length=200, blank=True)
    allowed = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "subject_id", "-at"], name="access_of_subject"),
            models.Index(fields=["tenant", "-at", "id"], name="access_newest"),
        ]
