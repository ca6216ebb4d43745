"""What the import pages show. Which imports somebody may see: crm.selectors.records."""

from typing import Any

from crm.imports.fields import fields_of
from crm.imports.reading import NotReadable
from crm.imports.source import column_samples, dialect_of, sample_rows
from crm.models import Import
from crm.services.imports import CHECK
from tenancy.access import Access
from tenancy.models import Job

STEPS = {"mapping": 1, "checking": 2, "checked": 2, "running": 3, "done": 4, "cancelled": 4, "failed": 4}


def state_of(run: Import) -> str:
    """The import's state; that of its job where the job knows better (it failed, or goes on again)."""
    if run.job is None or run.state in {Import.State.MAPPING, Import.State.CHECKED, Import.State.DONE}:
        return run.state
    if run.job.has_stopped:
        return run.job.state
    return Import.State.CHECKING if run.job.kind == CHECK else Import.State.RUNNING


def was_checked(run: Import) -> bool:
    """Whether only a check was asked for so far: nothing is written, the columns may change."""
    return run.job is None or run.job.kind == CHECK


def column_choices(run: Import, columns: dict[str, str], wrong: dict[str, str]) -> list[dict[str, Any]]:
    """A row of the mapping page for each field: options, the first values, what is wrong."""
    samples = _samples(run)
    guessed = run.mapping.get("columns", {})
    return [
        {
            "name": field.name, "label": field.label, "help": field.help, "required": field.needed,
            "options": [{"value": name, "label": name, "selected": columns.get(field.name) == name}
                        for name in run.header],
            "samples": samples.get(columns.get(field.name, ""), []),
            "guessed": field.name in columns and guessed.get(field.name) == columns[field.name],
            "error": wrong.get(field.name, ""),
        }
        for field in fields_of(run.kind)
    ]  # fmt: skip


def _samples(run: Import) -> dict[str, list[str]]:
    try:
        dialect = dialect_of(run)
    except NotReadable:
        return {}
    return column_samples(dialect.header, sample_rows(run.file, dialect))


def reasons_of(run: Import) -> list[dict[str, Any]]:
    """Why rows are left out, most frequent first."""
    found = run.counts.get("reasons", [])
    return [{"reason": reason, "count": count, "first": first} for reason, count, first in found]


def noticed_of(run: Import) -> list[dict[str, Any]]:
    """What was taken but is odd, most frequent first."""
    return [{"reason": what, "count": count} for what, count in run.counts.get("noticed", [])]


def counts_words(run: Import) -> str:
    """The result in a few words: "2,357 created, 14 left out"."""
    words = [
        ("created", "new"),
        ("updated", "changed"),
        ("unchanged", "the same"),
        ("rejected", "rows left out"),
    ]
    return ", ".join(f"{run.counts[name]:,} {word}" for name, word in words if run.counts.get(name))


def import_of_job(access: Access, job: Job) -> tuple[str, str] | None:
    """The page of the import that a job worked on, for whoever may import."""
    if not access.may("crm.import"):
        return None
    return "Open the import", f"/t/{access.tenant.slug}/imports/{job.arguments['import']}/"
