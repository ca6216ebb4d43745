"""Ready-made views of the customers list: a few by nature, then the company's segments."""

from typing import Any, Final

from django.http import QueryDict

from crm.selectors.columns import columns_for
from crm.selectors.where import PARAMETER, Raw, all_of, in_address, line
from desk.selectors.list_state import PLACE, ListState
from desk.selectors.people import PortfolioName, own_portfolios
from rules.catalogue import find_fact
from tenancy.access import Access

SEGMENT: Final = "crm.segment"
MOST_SEGMENTS: Final = 6
BY_VALUE: Final = "-value.lifetime_value"


def tabs_of(access: Access, state: ListState) -> list[dict[str, Any]]:
    """Addresses of views; the one that is open is marked."""
    shown = {key: value for key, value in state.query.items() if key not in (*PLACE, "columns", PARAMETER)}
    here = (state.where.raw, shown)
    return [
        {"label": label, "count": None, "url": _url(state, where, rest), "active": here == (where, rest)}
        for label, where, rest in _views(access, state)
    ]


def _views(access: Access, state: ListState) -> list[tuple[str, Raw, dict[str, str]]]:
    mine: list[PortfolioName] = own_portfolios(access, state.portfolios)
    views: list[tuple[str, Raw, dict[str, str]]] = [("All customers", {}, {})]
    if mine and access.scope != "own_portfolio":
        views.insert(0, ("My customers", all_of(managed_by(mine[0])), {}))
    if "value.lifetime_value" in columns_for(access):
        slipping = all_of(line("value.alive", "less_than", "0.5"))
        views += [("Most valuable", {}, {"sort": BY_VALUE}), ("Slipping away", slipping, {"sort": BY_VALUE})]
    new = all_of(line("crm.first_order_on", "within_last", {"months": 3}))
    never = all_of(line("crm.status", "one_of", ["prospect"]))
    views += [("New", new, {"sort": "-crm.first_order_on"}), ("Never ordered", never, {})]
    return views + [(label, all_of(line(SEGMENT, "has_any", [key])), {}) for key, label in _segments(access)]


def managed_by(name: PortfolioName) -> Raw:
    return line("portfolios.manager", "one_of", [str(name.manager_id)])


def _segments(access: Access) -> list[tuple[str, str]]:
    fact = find_fact(SEGMENT)
    if fact is None or fact.options is None or not access.may(fact.permission):
        return []
    return list(fact.options())[:MOST_SEGMENTS]


def _url(state: ListState, where: Raw, rest: dict[str, str]) -> str:
    columns = QueryDict(mutable=True)
    columns.setlist("columns", state.query.getlist("columns"))
    return "?" + "&".join(part for part in (in_address(where, **rest), columns.urlencode()) if part)
