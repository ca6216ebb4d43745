"""Search results for people: the palette while typing, and the search page."""

from typing import Any, Final
from urllib.parse import quote

from django.urls import reverse

from crm.keys import name_key
from crm.models import Customer
from crm.selectors.search import Found, find_customers
from desk.selectors.customer_page import Links
from desk.selectors.people import PortfolioName, portfolio_names
from desk.templatetags.figures import short_date
from tenancy.access import Access

IN_PALETTE: Final = 8
ON_PAGE: Final = 50


def search_results(access: Access, typed: str, *, most: int) -> dict[str, Any]:
    """Context of desk/_search_results.html and desk/search/page.html."""
    slug = access.tenant.slug
    found = find_customers(access, typed, most=most)
    names = portfolio_names(access) if found else {}
    may_add = access.may("crm.add_customer")
    return {
        "query": typed,
        "results": [_result(access, entry, typed, names, slug) for entry in found],
        "new_url": f"{reverse('customer_new', args=[slug])}?name={quote(typed)}"
        if may_add and typed.strip()
        else "",
        "more_url": f"{reverse('search', args=[slug])}?q={quote(typed)}" if len(found) >= most else "",
    }


def log_results(access: Access, typed: str) -> dict[str, Any]:
    """Context of desk/search/log.html: the same, each leading to the composer; only those to whom one may log."""
    slug = access.tenant.slug
    serves = access.may("crm.open_service_card")
    found = [one for one in find_customers(access, typed, most=IN_PALETTE) if one.in_scope or serves]
    names = portfolio_names(access) if found else {}
    return {
        "query": typed,
        "results": [
            _result(access, one, typed, names, slug) | {"url": Links(slug, one.customer.id).to("quick_log")}
            for one in found
        ],
        "new_url": f"{reverse('customer_new', args=[slug])}?name={quote(typed)}"
        if access.may("crm.add_customer") and typed.strip()
        else "",
        "log_url": reverse("log", args=[slug]),
    }


def _result(
    access: Access, found: Found, typed: str, names: dict[Any, PortfolioName], slug: str
) -> dict[str, Any]:
    customer = found.customer
    opens = found.in_scope and access.may("crm.view_customer")
    before, match, after = _marked(customer.name, typed)
    return {
        "url": Links(slug, customer.id).to("customer" if opens else "service_card"),
        "name": customer.name,
        "name_before": before,
        "name_match": match,
        "name_after": after,
        "line": _line(access, found, names, opens),
        "value": customer.summary.value if opens else None,
        "currency": access.profile.currency,
        "is_organisation": customer.kind == Customer.Kind.ORGANISATION,
        "opens": opens,
    }


def _line(access: Access, found: Found, names: dict[Any, PortfolioName], opens: bool) -> str:
    """ "C1042, Nadia Okafor, last order 19 Sep"."""
    customer = found.customer
    home = names.get(customer.summary.portfolio_id)
    whose = (
        "yours" if home and home.manager_id in access.covers else (home.manager or home.name) if home else ""
    )
    last = customer.summary.last_order_on
    parts = [
        found.point.value if found.point and opens else "",
        customer.external_id or "",
        whose,
        f"last order {short_date(last)}" if last and opens else "",
        "" if opens else "service card",
    ]
    return ", ".join(part for part in parts if part)


def _marked(name: str, typed: str) -> tuple[str, str, str]:
    """The name cut around what was typed, where its letters stand for letters one to one."""
    key, words = name_key(name), name_key(typed)
    at = key.find(words) if words and len(key) == len(name) else -1
    if at < 0:
        return name, "", ""
    return name[:at], name[at : at + len(words)], name[at + len(words) :]
