"""Pages of newest first lists: by time and id, so that the thousandth page is as quick as the first."""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True)
class Page(Generic[M]):
    """`later` opens the older rows, `earlier` the newer ones; empty where there are none."""

    rows: list[M]
    earlier: str
    later: str


def newest_first(rows: QuerySet[M], *, by: str, cursor: str = "", size: int = 50) -> Page[M]:
    """One page of `rows`, ordered by `-by, id`. A cursor that makes no sense opens the first page."""
    backwards, place = _read(cursor)
    ordered = rows.order_by(by, "-id") if backwards else rows.order_by(f"-{by}", "id")
    if place:
        ordered = ordered.filter(_beyond(by, *place, backwards=backwards))
    found = list(ordered[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_earlier = more if backwards else place is not None
    has_later = more if not backwards else place is not None
    return Page(
        rows=found,
        earlier=_write("<", found[0], by) if found and has_earlier else "",
        later=_write(">", found[-1], by) if found and has_later else "",
    )


def _beyond(by: str, at: datetime, row_id: UUID, *, backwards: bool) -> Q:
    further, same = (f"{by}__gt", "id__lt") if backwards else (f"{by}__lt", "id__gt")
    # The first condition alone bounds the index; the second drops what the page before showed.
    bound = f"{by}__gte" if backwards else f"{by}__lte"
    return Q(**{bound: at}) & (Q(**{further: at}) | Q(**{same: row_id}))


def _write(direction: str, row: models.Model, by: str) -> str:
    text = f"{direction}{getattr(row, by).isoformat()} {row.pk}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[bool, tuple[datetime, UUID] | None]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        at, row_id = text[1:].split(" ")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            return False, None
        return text[0] == "<", (moment, UUID(row_id))
    except (ValueError, IndexError, binascii.Error):
        return False, None
