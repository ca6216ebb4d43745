"""Needs as people see them. One that is private to a portfolio is seen by who manages or covers that portfolio, and by
who sees everybody; for others it does not exist.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch, Q, QuerySet
from django.urls import reverse

from crm.models import Customer
from crm.selectors.scope import visible_portfolios
from crm.services.summaries import tenant_today
from interactions.models import Need, NeedTreatment
from tenancy.access import Access
from tenancy.context import current_tenant_id
from tenancy.models import Role

MOST_IN_PART: Final = 12
Status = Need.Status


def seen_by(access: Access) -> Q:
    """Of the needs of customers in scope: all shared ones, and the private ones of one's own portfolios."""
    if access.scope == Role.Scope.ALL:
        return Q()
    return Q(visibility=Need.Visibility.SHARED) | Q(portfolio__manager_id__in=access.covers)


def visible_needs(access: Access) -> QuerySet[Need]:
    """Needs of customers in scope that somebody may see, those in the trash left out."""
    rows = Need.objects.filter(seen_by(access), customer__trashed_at=None)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_need(access: Access, need_id: UUID) -> Need | None:
    """One need that somebody may see, or None."""
    return visible_needs(access).select_related("customer", "kind", "portfolio").filter(id=need_id).first()


def with_words(needs: QuerySet[Need]) -> QuerySet[Need]:
    """Needs with what a list says of them: customer, kind, contact, and what is done differently, the newest first."""
    treatments = Prefetch("treatments", NeedTreatment.objects.order_by("-at", "-id"))
    return needs.select_related("customer", "kind", "interaction", "portfolio").prefetch_related(treatments)


@dataclass(frozen=True)
class UnmetKind:
    """Customers behind one kind of need. `value`: lifetime value of these customers in minor units, each once."""

    kind_id: UUID
    name: str
    status: str
    needs: int
    customers: int
    value: int


def in_force(today: Any) -> Q:
    """Needs that count today: open ones, and those we cannot meet until the day they would have been too old."""
    return Q(status=Status.OPEN) | Q(status=Status.UNMET, expires_on__gte=today)


# Each customer once a kind, whatever they said how often; whoever is worth less than nothing takes nothing away.
_UNMET = """
SELECT k.id, k.name, n.status, sum(n.needs)::bigint, count(*), COALESCE(sum(GREATEST(s.value, 0)), 0)::bigint
  FROM (SELECT kind_id, status, customer_id, count(*) AS needs FROM interactions_need
         WHERE tenant_id = (SELECT %(tenant)s::uuid)
           AND (status = 'open' OR (status = 'unmet' AND expires_on >= %(today)s))
         GROUP BY kind_id, status, customer_id) AS n
  JOIN crm_customersummary AS s ON s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = n.customer_id
   AND NOT s.trashed
  JOIN interactions_needkind AS k ON k.tenant_id = (SELECT %(tenant)s::uuid) AND k.id = n.kind_id
 GROUP BY k.id, k.name, n.status
"""


def unmet_needs(access: Access) -> list[UnmetKind]:
    """Needs in force of the whole company, by kind and status; the most value first. For who may see its figures."""
    with connection.cursor() as cursor:
        cursor.execute(_UNMET, {"tenant": current_tenant_id(), "today": tenant_today(access.profile)})
        found = [UnmetKind(*row) for row in cursor.fetchall()]
    return sorted(found, key=lambda row: (-row.value, -row.customers, row.name))


def needs_part(access: Access, customer: Customer) -> dict[str, Any] | None:
    """For the customer page: what counts today, with evidence, end and what is done differently; None: nothing."""
    if not access.may("interactions.view"):
        return None
    today = tenant_today(access.profile)
    rows = (
        visible_needs_of(access, customer).filter(in_force(today)).order_by("-strength", "-stated_at", "-id")
    )
    may = access.may("interactions.work") and customer.trashed_at is None
    slug = access.tenant.slug
    new_url = reverse("need_new", args=[slug, customer.id]) if may else ""
    needs = [_drawn(need, slug) for need in with_words(rows)[:MOST_IN_PART]]
    return {"needs": needs, "new_url": new_url, "today": today} if needs or new_url else None


def visible_needs_of(access: Access, customer: Customer) -> QuerySet[Need]:
    return Need.objects.filter(seen_by(access), customer=customer)


def needs_card(access: Access, customer: Customer) -> dict[str, Any] | None:
    """For the service card: open needs that are shared; None: nothing."""
    rows = Need.objects.filter(customer=customer, status=Status.OPEN, visibility=Need.Visibility.SHARED)
    needs = with_words(rows.order_by("-strength", "-stated_at", "-id"))[:MOST_IN_PART]
    found = [{"need": need, "url": "", "treatment": _newest(need.treatments.all())} for need in needs]
    return {"needs": found, "new_url": ""} if found else None


def _drawn(need: Need, slug: str) -> dict[str, Any]:
    return {
        "need": need, "url": reverse("need", args=[slug, need.id]), "treatment": _newest(need.treatments.all()),
    }  # fmt: skip


def _newest(treatments: Sequence[NeedTreatment] | QuerySet[NeedTreatment]) -> NeedTreatment | None:
    return next(iter(treatments), None)
