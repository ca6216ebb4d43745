"""What single customers were worth."""

from uuid import UUID

from value.models import ValueSnapshot

MOST = 120


def snapshots_of(customer_id: UUID) -> list[ValueSnapshot]:
    """Month ends and days asked for of a customer whom the caller may see, newest first; ten years at most."""
    rows = ValueSnapshot.objects.filter(customer_id=customer_id)
    return list(rows.exclude(occasion=ValueSnapshot.Occasion.REFIT).order_by("-taken_on")[:MOST])
