"""Files live in the database: under row-level security, in the backup, reachable by every worker."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models.member import Member


class StoredFile(TenantModel):
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "expires_at"], name="file_expiring")]

    def __str__(self) -> str:
        return self.name


class StoredFilePart(TenantModel):
    """One mebibyte of a file, so that no request and no worker holds a whole one."""

    file = TenantForeignKey(StoredFile, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "file", "number"], name="file_part_once")]
