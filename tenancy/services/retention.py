"""What tenancy lets go when a company says so: old looks, and what changes were."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Count, Min

from tenancy.models import AccessEntry, AuditDifference
from tenancy.registries import Pile, RetentionKind


def _old_looks(before: datetime) -> Pile:
    rows = AccessEntry.objects.filter(at__lt=before)
    found = rows.aggregate(count=Count("id"), oldest=Min("at"))
    views = rows.values_list("view").annotate(count=Count("id")).order_by("-count")[:5]
    return Pile(found["count"], found["oldest"], tuple(f"{count:,} of the {view}" for view, count in views))


def _old_differences(before: datetime) -> Pile:
    rows = AuditDifference.objects.filter(entry__at__lt=before)
    found = rows.aggregate(count=Count("entry_id"), oldest=Min("entry__at"))
    tables = rows.values_list("entry__table").annotate(count=Count("entry_id")).order_by("-count")[:5]
    return Pile(found["count"], found["oldest"], tuple(f"{count:,} in {table}" for table, count in tables))


def _forget(what: str, before: datetime, most: int) -> int:
    """Append-only tables refuse the application: the definer takes out what is old, of the active tenant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_forget_old(%s, %s, %s)", [what, before, most])
        return int(cursor.fetchone()[0])


LOOKS: Final = RetentionKind(
    "looks", "Who looked at whom", "The lines of the access log are taken out; nothing else changes.",
    180, 3650, 730,
    "Proof of who saw what is asked for months later (GDPR 5(2), 15); for ever it is a file on members.",
    _old_looks, lambda before, most: _forget("looks", before, most),
)  # fmt: skip
DIFFERENCES: Final = RetentionKind(
    "audit-values", "What changes were",
    "Old and new values of changes are taken out. That a row changed, when and by whom stays.",
    180, 3650, 1095, "Values hold personal data that was corrected or deleted since (GDPR 5(1)(e)).",
    _old_differences, lambda before, most: _forget("differences", before, most),
)  # fmt: skip
