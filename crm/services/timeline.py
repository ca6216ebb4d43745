"""The one timeline of a customer: written when something happens, never assembled later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from crm.models import TimelineEntry
from tenancy.db.rows import insert_together


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `key` is opaque and makes writing it twice harmless."""

    customer_id: UUID
    at: datetime
    kind: str
    key: str
    title: str
    text: str = ""
    who: str = ""


def add_entries(entries: Iterable[Entry]) -> None:
    """Add entries that are not there yet, in the caller's transaction."""
    rows = [
        TimelineEntry(customer_id=e.customer_id, at=e.at, kind=e.kind, key=e.key, title=e.title[:200],
                      text=e.text, who=e.who[:120])
        for e in entries
    ]  # fmt: skip
    insert_together(rows, is_once=True)


def add_entry(entry: Entry) -> None:
    add_entries([entry])


def rewrite_entry(entry: Entry) -> None:
    """What happened was told wrong: its entry says it right from now on, by whom stays. Erased: nothing is written."""
    TimelineEntry.objects.filter(customer_id=entry.customer_id, key=entry.key).update(
        at=entry.at, title=entry.title[:200], text=entry.text
    )
