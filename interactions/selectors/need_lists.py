"""The needs page: of which kind, in which state, the newest first, page by page."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from crm.services.summaries import tenant_today
from interactions.models import Need, NeedKind
from interactions.selectors.needs import Status, visible_needs, with_words
from tenancy.access import Access
from tenancy.selectors.keyset import Order, ordered_page

PAGE: Final = 50
STATUSES: Final = (
    ("open", "Open"), ("unmet", "We cannot meet"), ("met", "Met"), ("ended", "Too old or no longer so"),
)  # fmt: skip


@dataclass(frozen=True)
class NeedPage:
    """`edges` says in words what the page holds."""

    rows: list[Need]
    edges: str
    earlier: str
    later: str


def need_page(access: Access, *, kind: NeedKind | None, status: str, cursor: str = "") -> NeedPage:
    rows = with_words(visible_needs(access)).filter(_status(access, status))
    if kind:
        rows = rows.filter(kind=kind)
    found = ordered_page(rows, Order("stated_at", "id", descending=True), cursor=cursor, size=PAGE)
    count = len(found.rows)
    return NeedPage(
        found.rows, f"{count} need{'' if count == 1 else 's'}, the newest first", found.earlier, found.later
    )


def _status(access: Access, status: str) -> Q:
    """What we cannot meet counts until the day on which it would be too old: as in the figures."""
    if status == "ended":
        return Q(status__in=[Status.EXPIRED, Status.DROPPED])
    if status == Status.UNMET:
        return Q(status=Status.UNMET, expires_on__gte=tenant_today(access.profile))
    return Q(status=status)
