"""A file of old consents on its way into the ledger."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member, StoredFile


class ConsentUpload(TenantModel):
    """Its file and its error file expire, and an erasure empties them: nothing personal stands in this row."""

    class State(models.TextChoices):
        MAPPING = "mapping", "columns to be mapped"
        CHECKING = "checking", "being checked"
        CHECKED = "checked", "checked, waiting for a go"
        RUNNING = "running", "running"
        DONE = "done", "done"
        STOPPED = "stopped", "stopped"

    name = models.CharField(max_length=200, help_text="of the file")
    state = models.CharField(max_length=8, choices=State, default=State.MAPPING)
    file = TenantForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, related_name="+")
    error_file = TenantForeignKey(StoredFile, null=True, on_delete=models.SET_NULL, related_name="+")
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField(help_text="the file's column names, in order")
    mapping = models.JSONField(default=dict, help_text="our field -> column, and what holds for every row")
    counts = models.JSONField(default=dict, help_text="rows, by what they are worth and what became of them")
    job = TenantForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-created_at", "id"], name="consent_upload_newest")]

    def __str__(self) -> str:
        return self.name
