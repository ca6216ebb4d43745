"""In whose portfolios the customers are for whom a condition holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import OperationalError
from django.db.models import Count

from rules.catalogue import customers, find_fact
from rules.language.sql import condition
from rules.language.tree import Node
from rules.moment import Setting
from rules.registries import rule_scope
from rules.selectors.counting import QUICK_MS
from tenancy.access import Access
from tenancy.db.patience import time_limit

MOST: Final = 6


@dataclass(frozen=True)
class Held:
    """How many of a portfolio's customers; `share` beside the portfolio with most of them."""

    name: str
    customers: int
    share: float


def portfolios_of_held(node: Node, setting: Setting, *, access: Access) -> list[Held]:
    """The portfolios with most of them; [] where there are none, or where looking takes too long."""
    scope = rule_scope()
    fact = find_fact(scope.fact) if scope else None
    if scope is None or fact is None:
        return []
    rows = customers().rows(access).filter(condition(node, setting)).order_by()
    rows = rows.annotate(_portfolio=fact.sql(setting)).values_list("_portfolio")
    try:
        with time_limit(QUICK_MS):
            found = list(rows.annotate(_held=Count("*")).order_by("-_held", "_portfolio")[:MOST])
    except OperationalError:
        return []
    names = scope.names([portfolio for portfolio, _ in found if portfolio])
    most = found[0][1] if found else 1
    return [Held(_name(portfolio, names), held, held / most) for portfolio, held in found]


def _name(portfolio: UUID | None, names: Mapping[UUID, str]) -> str:
    return names.get(portfolio, "a portfolio that is gone") if portfolio else "No portfolio"
