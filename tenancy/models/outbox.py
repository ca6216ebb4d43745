"""What happened, written with the rows that changed, and the steps that must follow."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class OutboxEvent(TenantModel):
    """One announcement. The payload holds ids and counts, never personal data."""

    name = models.CharField(max_length=80, help_text="<room>.<noun>_<past verb>")
    payload = models.JSONField(default=dict)
    occurred_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "name", "occurred_at"], name="event_by_name")]

    def __str__(self) -> str:
        return self.name


class OutboxStep(TenantModel):
    """One thing to do because of an event; done at least once, its effects exactly once."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"
        PARKED = "parked", "parked"

    event = TenantForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="steps")
    handler = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "event", "handler"], name="step_once_an_event")
        ]
        # The sweep (definer function) looks across tenants for what is due.
        indexes = [
            models.Index(fields=["due_at"], name="step_due", condition=models.Q(state="waiting")),
            models.Index(fields=["tenant", "state"], name="step_parked", condition=models.Q(state="parked")),
            models.Index(
                fields=["tenant", "handler", "id"], name="step_of_batch", condition=models.Q(state="waiting")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.handler} of {self.event_id}"
