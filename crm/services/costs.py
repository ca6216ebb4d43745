"""What serving a customer cost: posted by every room, once a key."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from crm.models import CostEvent, Customer
from crm.services.summaries import refresh_summaries


class CostRefused(ValueError):
    """The cost cannot be posted; the message says why. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def record_cost(
    *, customer: Customer, key: str, kind: str, amount: int, occurred_at: datetime, minutes: Decimal | None = None,
    detail: str = "",
) -> tuple[CostEvent, bool]:  # fmt: skip
    """Post a cost of `amount` minor units of the tenant's currency; returns it, and whether it is new.

    The same key with the same content is the cost that is there; with other content it is refused.
    Raises CostRefused.
    """
    _require_sense(key, kind, occurred_at)
    values = {"customer_id": customer.id, "kind": kind, "amount": amount, "occurred_at": occurred_at,
              "minutes": minutes, "detail": detail[:200]}  # fmt: skip
    with transaction.atomic():
        cost, created = CostEvent.objects.get_or_create(key=key, defaults=values)
        if created:
            refresh_summaries([customer.id])
            return cost, True
    if any(getattr(cost, field) != value for field, value in values.items()):
        raise CostRefused(f"The key {key!r} was used for another cost.", field="key")
    return cost, False


def _require_sense(key: str, kind: str, occurred_at: datetime) -> None:
    if not key or len(key) > 120:
        raise CostRefused("A cost needs a key of at most 120 characters.", field="key")
    if not kind or len(kind) > 40:
        raise CostRefused("A cost needs a kind of at most 40 characters.", field="kind")
    if occurred_at.tzinfo is None:
        raise CostRefused("Say the time with its offset, as 2026-05-01T12:00:00+02:00.", field="occurred_at")
