"""Exported customers: which facts can be in the file, and the files, for whoever asked for them and nobody else."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.utils import timezone

from rules.catalogue import Fact
from rules.selectors.catalogue import shelves
from tenancy.access import Access
from tenancy.models import Job, StoredFile

KIND: Final = "crm.export_customers"
IN_EVERY_FILE: Final = frozenset({"crm.name", "crm.number"})


def exportable_facts(access: Access) -> list[Fact]:
    """What somebody may see of customers, beside what is in every file."""
    every = (fact for shelf in shelves(access) for fact in shelf.facts)
    return [fact for fact in every if fact.key not in IN_EVERY_FILE]


def asked_columns(access: Access, keys: Sequence[str]) -> list[Fact]:
    """The facts with these keys. Raises LookupError for one that is not there, or not for these eyes."""
    known = {fact.key: fact for fact in exportable_facts(access)}
    return [known[key] for key in keys if key not in IN_EVERY_FILE]


def export_file(access: Access, job_id: UUID) -> StoredFile | None:
    """The finished file, for the member who asked for it and still may; None for everybody else."""
    if access.member is None or not access.may("crm.export_customers"):
        return None
    job = Job.objects.filter(id=job_id, kind=KIND, state=Job.State.DONE, created_by=access.member).first()
    if job is None:
        return None
    return StoredFile.objects.filter(id=job.result["file"], expires_at__gt=timezone.now()).first()
