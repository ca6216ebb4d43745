"""Where each figure in a customer's header came from."""

from datetime import timedelta
from typing import Any, Final

from django.utils import timezone

from crm.models import Customer, Order
from crm.selectors import customers as records
from crm.services.summaries import tenant_today
from desk.selectors.customer_page import Links
from privacy.selectors.profiling import why_no_profile
from tenancy.access import Access
from value.models import ModelFit
from value.selectors.histories import WITHHELD, snapshots_of
from value.selectors.kinds import kind_history
from value.selectors.verdict import model_words, typeset

FIGURES: Final = ("value", "margin", "alive", "orders", "cost", "kind")
HISTORY: Final = 36


def figure_source(access: Access, customer: Customer, figure: str) -> dict[str, Any]:
    """Context of desk/customers/_figure.html; `figure` is one of FIGURES."""
    shown = {
        "value": _value, "alive": _value, "margin": _orders, "orders": _orders, "cost": _costs, "kind": _kind,
    }[figure]  # fmt: skip
    return {
        "figure": figure,
        "customer": customer,
        "summary": customer.summary,
        "currency": access.profile.currency,
        "profile": access.profile,
        **shown(access, customer),
    }


def _value(access: Access, customer: Customer) -> dict[str, Any]:
    """The model that said it, what it expects, and what it said before."""
    fit = ModelFit.objects.filter(is_current=True).first()
    history, withheld = snapshots_of(customer.id, most=HISTORY, refits=True)
    return {
        "fit": fit,
        "model": model_words(fit) if fit else "",
        "why": typeset(fit.why) if fit else "",
        "history": history,
        "withheld": WITHHELD.get(withheld, ""),
        "points": [row.value for row in reversed(history) if row.value is not None],
    }


def _kind(access: Access, customer: Customer) -> dict[str, Any]:
    """By which rules the customer became of this kind, and what they looked at; for who may see what it is worth."""
    return {
        "story": kind_history(customer.id) if access.may("value.view_value") else [],
        "withheld": WITHHELD.get(why_no_profile(customer.id), ""),
    }


def _orders(access: Access, customer: Customer) -> dict[str, Any]:
    links = Links(access.tenant.slug, customer.id)
    since = tenant_today(access.profile) - timedelta(days=365)
    orders = records.last_orders(customer.id, most=100)
    estimated = any(order.margin_is_estimate for order in orders)
    rows = [{"order": order, "url": links.to("customer_order", order_id=order.id), "in_year": order.ordered_on > since}
            for order in orders]  # fmt: skip
    returned = Order.Kind.RETURN
    return {"rows": rows, "estimated": estimated, "returned": returned}


def _costs(access: Access, customer: Customer) -> dict[str, Any]:
    since = timezone.now() - timedelta(days=365)
    return {"costs": records.costs_of(customer.id, since=since)}
