"""Answers that were given to a POST with an Idempotency-Key, kept for a day."""

from django.db import models

from tenancy.db.models import TenantModel


class IdempotencyRecord(TenantModel):
    """One answer. While the request runs its row is uncommitted, and a second one with the same key waits."""

    actor = models.CharField(max_length=60, help_text="member:<id> or token:<id>")
    key = models.CharField(max_length=200)
    route = models.CharField(max_length=500, help_text="method and path")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of route, query and body")
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "actor", "key"], name="idempotency_key_once")
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="idempotency_by_age")]

    def __str__(self) -> str:
        return self.key
