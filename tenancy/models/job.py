"""Long work with progress: a job is a list of parts; a part is one transaction."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models.member import Member


class Job(TenantModel):
    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    rows_total = models.BigIntegerField(null=True)
    rows_done = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    slot = models.CharField(max_length=80, null=True, help_text="one job of a kind for each slot, ever")  # noqa: DJ001
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(help_text="when the sweep looks at it again")
    cancel_asked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "slot"], name="job_slot_once")]
        indexes = [
            models.Index(fields=["tenant", "-created_at", "id"], name="job_newest"),
            models.Index(
                fields=["due_at"], name="job_due", condition=models.Q(state__in=["queued", "running"])
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def has_stopped(self) -> bool:
        """Before its end: it failed, or somebody called it off. It may be resumed."""
        return self.state in (self.State.FAILED, self.State.CANCELLED)


class JobPart(TenantModel):
    """A range of the work. Parts of one phase may run side by side; phases follow each other."""

    job = TenantForeignKey(Job, on_delete=models.CASCADE, related_name="parts")
    phase = models.PositiveSmallIntegerField(default=0)
    number = models.PositiveIntegerField()
    arguments = models.JSONField(default=dict)
    rows = models.BigIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "job", "phase", "number"], name="job_part_once")
        ]

    def __str__(self) -> str:
        return f"part {self.phase}.{self.number}"


class Schedule(TenantModel):
    """Work that returns: what, and when it is due next."""

    kind = models.CharField(max_length=60)
    due_at = models.DateTimeField()
    local_hour = models.PositiveSmallIntegerField(default=2, help_text="in the tenant's time zone")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="schedule_kind_once")]
        indexes = [models.Index(fields=["due_at"], name="schedule_due")]

    def __str__(self) -> str:
        return self.kind
