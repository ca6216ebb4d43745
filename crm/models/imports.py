"""An upload on its way to becoming customers or orders."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member, StoredFile


class Import(TenantModel):
    class Kind(models.TextChoices):
        CUSTOMERS = "customers", "customers"
        ORDERS = "orders", "orders"

    class State(models.TextChoices):
        MAPPING = "mapping", "columns to be mapped"
        CHECKING = "checking", "being checked"
        CHECKED = "checked", "checked, waiting for a go"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.MAPPING)
    file = TenantForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    error_file = TenantForeignKey(StoredFile, null=True, on_delete=models.PROTECT, related_name="+")
    encoding = models.CharField(max_length=20)
    delimiter = models.CharField(max_length=1)
    header = models.JSONField(help_text="the file's column names, in order")
    mapping = models.JSONField(default=dict, help_text="our field -> the file's column, and options")
    job = TenantForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    counts = models.JSONField(
        default=dict, help_text="read, created, updated, unchanged, rejected, anonymous, ..."
    )
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-created_at", "id"], name="import_newest")]

    def __str__(self) -> str:
        return f"import of {self.kind}"


class ImportRow(TenantModel):
    """A row that was rejected, with its reason. Rows that were taken leave no copy here."""

    import_run = TenantForeignKey(Import, on_delete=models.CASCADE, related_name="rejected")
    number = models.PositiveBigIntegerField(help_text="line in the file, the header being 1")
    reason = models.CharField(max_length=300)
    raw = models.TextField(help_text="the row as it stood in the file")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "import_run", "number"], name="import_row_once")
        ]


class ImportChunk(TenantModel):
    """Checked rows waiting to be loaded, compressed: those of one part of the file that belong to one bucket.

    An order, a product, a customer is in exactly one bucket, so that a bucket is loaded whole or not at all.
    """

    import_run = TenantForeignKey(Import, on_delete=models.CASCADE, related_name="chunks")
    kind = models.CharField(max_length=10, help_text="lines, bad, products, customers, matches, touched")
    bucket = models.PositiveIntegerField()
    part = models.PositiveIntegerField()
    content = models.BinaryField(help_text="lines in COPY's text format, deflated")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "import_run", "kind", "bucket", "part"], name="import_chunk_once"
            )
        ]
