"""Whom transfers moved."""

from collections.abc import Sequence
from uuid import UUID

from portfolios.models import Assignment


def customers_of_transfers(transfer_ids: Sequence[str]) -> list[UUID]:
    """Customers that one of these transfers moved, in the order of their ids."""
    moved = Assignment.objects.filter(transfer_id__in=transfer_ids).order_by("customer_id")
    return list(moved.values_list("customer_id", flat=True).distinct())
