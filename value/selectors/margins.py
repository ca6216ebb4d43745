"""How the margins behind every value came about: known costs, or the tenant's stated rate."""

from uuid import UUID

from crm.models import Order
from tenancy.models import TenantProfile

LATEST = 1000


def margin_words(customer_id: UUID | None = None) -> str:
    """One sentence about the latest orders, of one customer or of all; every page that shows value says it."""
    orders = Order.objects.filter(customer_id=customer_id) if customer_id else Order.objects.all()
    latest = orders.order_by("-ordered_at", "id").values_list("margin_is_estimate", flat=True)[:LATEST]
    estimated = [bool(one) for one in latest]
    rate = f"{TenantProfile.objects.get().margin_rate * 100:.0f} %"
    if not any(estimated):
        return "Margin is net sales less the cost of the goods."
    if all(estimated):
        return f"No costs are known, so margin is net sales times your stated rate of {rate}."
    share = f"{sum(estimated) / len(estimated):.0%}".replace("%", " %")
    return f"Margin is net sales less goods; where no cost is known ({share} of the latest orders), times {rate}."
