"""The service card: enough to serve a customer for whom one does not answer, and no more."""

from typing import Any

from django.urls import reverse

from crm.models import Customer
from crm.selectors import customers as records
from crm.selectors.scope import visible_portfolios
from desk.selectors.customer_page import POINT_ICONS, Links, home_of
from desk.selectors.may_we import chips_of
from desk.selectors.rail import CARD, parts_of
from interactions.selectors.logging import composer_of
from privacy.selectors.protection import told_of
from tenancy.access import Access


def service_card(access: Access, customer: Customer) -> dict[str, Any]:
    """Context of desk/customers/card.html: no value, no margin, no timeline."""
    portfolio = home_of(customer.summary)
    scope = visible_portfolios(access)
    in_scope = access.may("crm.view_customer") and (scope is None or portfolio.id in scope)
    slug = access.tenant.slug
    return {
        "customer": customer,
        "may_we": chips_of(access, customer, asked_for="service card"),
        "aside": told_of(customer.id),
        "status": customer.summary.get_status_display(),
        "manager": portfolio.manager.name if portfolio.manager else "",
        "portfolio": portfolio.name,
        "points": [
            {"icon": POINT_ICONS[point.kind], "value": point.value, "kind_words": point.get_kind_display(),
             "verified": point.verified_at, "invalid": point.invalid_at}
            for point in records.contact_points_of(customer)
        ],
        "orders": [
            {"number": order.external_id, "ordered_on": order.ordered_on, "total": order.net,
             "currency": order.currency, "lines": order.line_count, "is_return": order.kind == "return"}  # type: ignore[attr-defined]
            for order in records.last_orders(customer.id)
        ],
        "composer": composer_of(access, customer),
        "rail": parts_of(CARD, access, customer),
        "record_url": Links(slug, customer.id).to("customer") if in_scope else "",
        "search_url": reverse("search", kwargs={"slug": slug}),
    }  # fmt: skip
