"""Whose customers may somebody see: one predicate for list, record, search, bulk, export and API."""

from uuid import UUID

from django.db.models import Q

from portfolios.models import Portfolio
from tenancy.access import Access
from tenancy.models import Role


def visible_portfolio_ids(access: Access) -> list[UUID] | None:
    """Ids of the portfolios whose customers `access` may see; None means all of them."""
    if access.scope == Role.Scope.ALL:
        return None
    own = Q(manager_id__in=access.covers)
    if access.scope == Role.Scope.OWN_UNIT and access.unit:
        own |= Q(unit__path__startswith=access.unit.path)
    if access.scope == Role.Scope.NONE:
        return []
    return list(Portfolio.objects.filter(own).values_list("id", flat=True))
