"""Which entries of a timeline have a page of their own: told by the first part of their key."""

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from django.urls import reverse

from crm.models import TimelineEntry
from tenancy.access import Access

PAGES: Final[Mapping[str, tuple[str, str]]] = {"interaction": ("interaction", "interactions.view")}
"""First part of a key -> the page of (customer, id), and who may open it."""


def with_pages(access: Access, customer_id: UUID, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """The entries, each with `url`: "" where it has no page, or not for this member."""
    found = list(entries)
    for entry in found:
        entry.url = _url(access, customer_id, entry.key)  # type: ignore[attr-defined]
    return found


def _url(access: Access, customer_id: UUID, key: str) -> str:
    noun, _, row_id = key.partition(":")
    name, permission = PAGES.get(noun, ("", ""))
    return (
        reverse(name, args=[access.tenant.slug, customer_id, row_id])
        if name and access.may(permission)
        else ""
    )
