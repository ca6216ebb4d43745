"""What crm lets go when a company says so: rows of files that were rejected."""

from datetime import datetime
from typing import Final

from django.db.models import Count, Min

from crm.models import ImportRow
from tenancy.registries import Pile, RetentionKind


def _count(before: datetime) -> Pile:
    rows = ImportRow.objects.filter(import_run__created_at__lt=before)
    found = rows.aggregate(count=Count("id"), oldest=Min("import_run__created_at"))
    runs = rows.values_list("import_run__kind").annotate(count=Count("id")).order_by("-count")
    return Pile(found["count"], found["oldest"], tuple(f"{count:,} rows of {kind}" for kind, count in runs))


def _remove(before: datetime, most: int) -> int:
    old = (
        ImportRow.objects.filter(import_run__created_at__lt=before)
        .order_by("id")
        .values_list("id", flat=True)
    )
    return ImportRow.objects.filter(id__in=list(old[:most])).delete()[0]


REJECTED_ROWS: Final = RetentionKind(
    "rejected-rows", "Rejected rows of imports",
    "The rows as they stood in the file are taken out; the import and its counts stay.",
    7, 730, 90, "They are copies of personal data for mending a file (GDPR 5(1)(c)); once mended nobody needs them.",
    _count, _remove,
)  # fmt: skip
