"""How the consents of a company stand, measured by night: what can be proved, what is worth nothing, and why."""

from django.db import models

from privacy.models.consent import EVERY_CHANNEL
from privacy.models.purpose import Channel
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Job


class ConsentMeasure(TenantModel):
    """One measurement of the whole ledger; `taken_at` is empty while its job runs."""

    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="consent_measures")
    as_of = models.DateTimeField(help_text="what is recorded later is not in it")
    taken_at = models.DateTimeField(null=True)
    customers = models.PositiveIntegerField(default=0, help_text="who ever said anything")
    consents = models.PositiveIntegerField(
        default=0, help_text="not stopped, by customer, purpose and channel"
    )
    provable = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "job"], name="one_measure_a_job")]
        indexes = [
            models.Index(
                fields=["tenant", "-taken_at"],
                name="measure_newest",
                condition=models.Q(taken_at__isnull=False),
            )
        ]


class ConsentCount(TenantModel):
    """How many customers stand so, for one purpose and channel. `part`: of which part of the job; 0 in the end."""

    class State(models.TextChoices):
        GRANTED = "granted", "provable"
        CLAIMED = "claimed", "worth nothing"
        PAUSED = "paused", "paused"
        STOPPED = "stopped", "stopped"

    measure = TenantForeignKey(ConsentMeasure, on_delete=models.CASCADE, related_name="counts")
    part = models.PositiveIntegerField(default=0)
    purpose = models.CharField(max_length=40, help_text="key, or *")
    channel = models.CharField(max_length=12, choices=[(EVERY_CHANNEL, "every channel"), *Channel.choices])
    state = models.CharField(max_length=8, choices=State)
    code = models.CharField(
        max_length=28, blank=True, help_text="why it is worth nothing, or by what stopped"
    )
    method = models.CharField(max_length=18, blank=True)
    source = models.CharField(max_length=120, blank=True)
    customers = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=[
                    "tenant",
                    "measure",
                    "part",
                    "purpose",
                    "channel",
                    "state",
                    "code",
                    "method",
                    "source",
                ],
                name="consent_count_once",
            )
        ]
