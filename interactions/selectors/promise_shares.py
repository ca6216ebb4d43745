"""Which share of the promises was kept: by member, by portfolio, of the company.

A promise counts in the period in which it ended. Kept at its hour is kept; kept after it is broken; moved in time
counts by its new hour; let off by the customer does not count. It counts for the portfolio in which the customer was
when it was made, also after a transfer, and for who answered for it when it ended.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from crm.selectors.scope import visible_portfolios
from interactions.models import Promise
from portfolios.models import Portfolio
from tenancy.access import Access
from tenancy.models import Member

ENOUGH: Final = 10
"""Of fewer promises no share is said: one more or less would change it by more than a tenth."""
PERIODS: Final = (30, 90, 365)
"""Days."""
By = Literal["member", "portfolio", "company"]
HOW_COUNTED: Final = (
    "Promises that ended in these days. Kept by their hour, divided by kept and broken. Kept after its hour counts as "
    "broken; moved in time counts by the new hour; let off by the customer does not count. A promise counts for the "
    "portfolio that made it, also when the customer has been transferred since, and for who answered for it when it "
    f"ended. Under {ENOUGH} promises there is no percentage: they are too few to say."
)


@dataclass(frozen=True)
class Share:
    """`key` None: the company, or nobody in particular."""

    key: UUID | None
    name: str
    kept: int
    broken: int

    @property
    def count(self) -> int:
        return self.kept + self.broken

    @property
    def share(self) -> float | None:
        """0 to 1; None where there are too few to say."""
        return self.kept / self.count if self.count >= ENOUGH else None


def periods(now: datetime) -> dict[int, datetime]:
    """Days that may be asked for -> when they begin: midnight of the company's clock."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return {days: timezone.make_aware(today - timedelta(days=days)) for days in PERIODS}


def shares_kept(access: Access, *, since: datetime, until: datetime, by: By) -> list[Share]:
    """Shares of promises that ended from `since` up to `until`, of the portfolios in scope; the most promises first.

    The company is one row, also without a promise; it is asked for by whoever sees everybody.
    """
    rows = _counted(access, since, until)
    figures = {"kept": Count("id", filter=Q(state="kept")), "broken": Count("id", filter=Q(state="broken"))}
    if by == "company":
        return [Share(None, access.tenant.name, **rows.aggregate(**figures))]
    column = "counted_for_id" if by == "member" else "portfolio_id"
    found = {row.pop(column): row for row in rows.values(column).annotate(**figures)}
    names = _names(by, [key for key in found if key])
    shares = [Share(key, names.get(key, "nobody in particular"), **row) for key, row in found.items()]
    return sorted(shares, key=lambda share: (-share.count, share.name))


def _counted(access: Access, since: datetime, until: datetime) -> QuerySet[Promise]:
    rows = Promise.objects.filter(state__in=["kept", "broken"], ended_at__gte=since, ended_at__lt=until)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(portfolio_id__in=portfolios)


def _names(by: By, keys: list[UUID]) -> dict[UUID | None, str]:
    if by == "member":
        return dict(Member.objects.filter(id__in=keys).values_list("id", "name"))
    return dict(Portfolio.objects.filter(id__in=keys).values_list("id", "name"))
