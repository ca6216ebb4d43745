"""Customers sent by other systems: made where their number is new, changed where it is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from crm.models import Customer
from crm.services.contact_points import add_contact_point
from crm.services.customers import CustomerRefused, change_customer, open_customer

Find = Callable[[], Customer | None]


@dataclass(frozen=True)
class Saved:
    """The customer, and what became of the request: "created", "updated" or "unchanged"."""

    customer: Customer
    outcome: str


def create_customer(
    *, values: Mapping[str, Any], contact_points: Sequence[Mapping[str, Any]] = (), source: str,
    source_detail: str = "", portfolio_id: UUID | None = None,
) -> Customer:  # fmt: skip
    """A new customer with addresses, or nothing at all. Raises CustomerRefused, ContactPointRefused."""
    with transaction.atomic():
        customer = open_customer(
            source=source, source_detail=source_detail, portfolio_id=portfolio_id, **values
        )
        for point in contact_points:
            add_contact_point(customer=customer, source=source, source_detail=source_detail, **point)
    return customer


def upsert_customer(
    *, find: Find, values: Mapping[str, Any], source: str, source_detail: str = "",
    contact_points: Sequence[Mapping[str, Any]] = (), portfolio_id: UUID | None = None,
) -> Saved:  # fmt: skip
    """Change the customer that `find` finds (fields left out stay), else make one. Raises CustomerRefused.

    Addresses and portfolio count for a new customer only.
    """
    known = find()
    if known is None:
        try:
            made = create_customer(
                values=values, contact_points=contact_points, source=source, source_detail=source_detail,
                portfolio_id=portfolio_id,
            )  # fmt: skip
            return Saved(made, "created")
        except CustomerRefused as error:
            # Somebody may have made the same one in this moment.
            known = find() if isinstance(error.__cause__, IntegrityError) else None
            if known is None:
                raise
    changed = change_customer(
        customer=known,
        version=known.version,
        changes=dict(values),
        source=source,
        source_detail=source_detail,
    )
    return Saved(changed, "unchanged" if changed.version == known.version else "updated")
