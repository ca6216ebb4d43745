"""Where a finished job leads."""

from django.urls import reverse

from tenancy.access import Access
from tenancy.models import Job


def export_outcome(access: Access, job: Job) -> tuple[str, str] | None:
    """(words, address) of the exported file, for whoever asked for it."""
    if job.state != Job.State.DONE or access.member is None or job.created_by_id != access.member.id:
        return None
    left_out = sum(job.result.get("left_out", {}).values())
    words = f"Get the file; {left_out:,} left out" if left_out else "Get the file"
    return words, reverse("export_file", args=[access.tenant.slug, job.id])
