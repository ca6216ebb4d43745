"""Whom rules leave alone: somebody moved them by hand, not too long ago, and nobody has unpinned them since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from portfolios.services.rules import policy
from rules.language.tree import Span
from tenancy.context import current_tenant_id

LONG_AGO: Final = 1200
"""Months; pins that do not end."""


@dataclass(frozen=True, slots=True)
class Period:
    """The open assignment of a customer."""

    id: UUID
    is_pinned: bool


PINS: Final = """
COALESCE(t.pins AND t.author <> 'system' AND lower(a.period) > %(since)s AND NOT EXISTS (
  SELECT 1 FROM portfolios_unpinned AS u
   WHERE u.tenant_id = %(tenant)s AND u.customer_id = a.customer_id AND u.at >= lower(a.period)), false)
"""

_PERIODS: Final = f"""
SELECT a.customer_id, a.id, {PINS}
  FROM portfolios_assignment AS a
  LEFT JOIN portfolios_transfer AS t ON t.tenant_id = %(tenant)s AND t.id = a.transfer_id
 WHERE a.tenant_id = %(tenant)s AND a.customer_id = ANY(%(ids)s::uuid[]) AND upper_inf(a.period)
"""


def open_periods(customer_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Period]:
    """customer -> their open assignment, and whether rules leave them alone at this moment."""
    values: dict[str, Any] = {
        "tenant": current_tenant_id(),
        "ids": list(customer_ids),
        "since": pinned_since(at),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PERIODS, values)
        return {row[0]: Period(row[1], row[2]) for row in cursor.fetchall()}


def pinned_since(at: datetime) -> datetime:
    """Transfers by hand after this moment pin."""
    day = Span(policy().pin_months or LONG_AGO, "months").before(at.date())
    return datetime.combine(day, at.timetz())
