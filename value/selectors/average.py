"""What an average customer is worth: against what a single one is large or small."""

from django.db.models import Avg, Sum

from crm.models import CustomerSummary
from value.models import EquityPoint


def average_value() -> float | None:
    """Minor units, of customers with a value; by the latest sums that were kept, else by the values of now.

    None where nobody has a value, or the average is not above zero.
    """
    latest = EquityPoint.objects.order_by("-taken_on").values_list("taken_on", flat=True).first()
    if latest is None:
        rows = CustomerSummary.objects.filter(value__isnull=False, trashed=False)
        return _above_zero(rows.aggregate(average=Avg("value"))["average"])
    sums = EquityPoint.objects.filter(taken_on=latest).aggregate(
        value=Sum("value"), customers=Sum("customers")
    )
    return _above_zero(sums["value"] / sums["customers"]) if sums["customers"] else None


def _above_zero(average: float | None) -> float | None:
    return float(average) if average is not None and average > 0 else None
