"""Files of exported customers: for whoever asked for them, and nobody else."""

from uuid import UUID

from django.utils import timezone

from crm.services.exports import KIND
from tenancy.access import Access
from tenancy.models import Job, StoredFile


def export_file(access: Access, job_id: UUID) -> StoredFile | None:
    """The finished file, for the member who asked for it and still may; None for everybody else."""
    if access.member is None or not access.may("crm.export_customers"):
        return None
    job = Job.objects.filter(id=job_id, kind=KIND, state=Job.State.DONE, created_by=access.member).first()
    if job is None:
        return None
    return StoredFile.objects.filter(id=job.result["file"], expires_at__gt=timezone.now()).first()
