"""What rules can ask about who answers for a customer."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.expressions import Combinable, Func
from django.db.models.fields import DateTimeField
from django.db.models.lookups import Exact

from crm.models import CustomerSummary
from portfolios.models import Assignment, Portfolio
from rules.catalogue import Beside, Cost, Fact, Option, PersonalDataClass, Type, register_facts
from rules.moment import Setting
from tenancy.models import Unit

NONE: Final = PersonalDataClass.NONE


class _Lower(Func):
    function = "lower"
    output_field = DateTimeField()


def _portfolio_options() -> list[Option]:
    open_ones = Portfolio.objects.filter(closed_at=None).order_by("name")
    return [(str(key), name) for key, name in open_ones.values_list("id", "name")]


def _manager_options() -> list[Option]:
    managers = Portfolio.objects.filter(closed_at=None, manager__isnull=False).order_by("manager__name")
    return [(str(key), name) for key, name in managers.values_list("manager_id", "manager__name").distinct()]


def _unit_options() -> list[Option]:
    """Every unit, with those above it, so that two of one name are told apart."""
    units = {row.id: row for row in Unit.objects.order_by("path")}
    named = [(str(row.id), " / ".join(_names(row, units))) for row in units.values()]
    return sorted(named, key=lambda option: option[1])


def _names(unit: Unit, units: Mapping[UUID, Unit]) -> list[str]:
    return [units[key].name for key in _path(unit.path) if key in units]


def _path(path: str) -> list[UUID]:
    return [UUID(part) for part in path.split("/") if part]


def _in_portfolios(rows: Any) -> Q:
    """Portfolios are few: their ids stand in the statement, so that the planner knows how many customers they have."""
    return Q(portfolio_id__in=list(rows.values_list("id", flat=True)))


def _managed_by(managers: Sequence[UUID]) -> Q:
    return _in_portfolios(Portfolio.objects.filter(manager_id__in=list(managers)))


def _below(units: Sequence[UUID]) -> Q:
    paths = Unit.objects.filter(id__in=list(units)).values_list("path", flat=True)
    below = Q()
    for path in paths:
        below |= Q(unit__path__startswith=path)
    return _in_portfolios(Portfolio.objects.filter(below) if below else Portfolio.objects.none())


def _units(customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    paths = dict(Portfolio.objects.filter(unit__isnull=False).values_list("id", "unit__path"))
    rows = CustomerSummary.objects.filter(customer_id__in=list(customer_ids))
    found = rows.values_list("customer_id", "portfolio_id")
    return {key: frozenset(_path(paths[portfolio])) for key, portfolio in found if portfolio in paths}


def _in_house(setting: Setting) -> Combinable:
    house = Portfolio.objects.filter(is_house=True).values_list("id", flat=True).first()
    return Exact(F("portfolio_id"), Value(house))


def _open_periods() -> Any:
    return Assignment.objects.filter(period__endswith=None)


FACTS: Final = (
    Fact(
        "portfolios.portfolio", "Portfolio", Type.CHOICE, "The portfolio in which the customer is now.", NONE,
        "portfolio_id", cost=Cost.INDEXED, options=_portfolio_options, python=UUID,
        phrases={"one_of": "in the portfolio {value}", "not_one_of": "outside the portfolio {value}"},
    ),
    Fact(
        "portfolios.manager", "Manager", Type.CHOICE, "Who answers for the customer now; unknown in the house.", NONE,
        Subquery(Portfolio.objects.filter(id=OuterRef("portfolio_id")).values("manager_id")), cost=Cost.INDEXED,
        options=_manager_options, python=UUID, among=_managed_by,
        is_known=lambda: _in_portfolios(Portfolio.objects.filter(manager__isnull=False)),
        phrases={
            "one_of": "looked after by {value}", "not_one_of": "looked after by somebody other than {value}",
            "unknown": "whom nobody looks after",
        },
    ),
    Fact(
        "portfolios.unit", "Unit", Type.SET,
        "The unit of the customer's portfolio, and every unit above it: “North” takes all of its stores.", NONE,
        cost=Cost.INDEXED, options=_unit_options, python=UUID, among=_below, members=_units,
        phrases={"has_any": "who belong to {value}", "has_none": "who do not belong to {value}"},
    ),
    Fact(
        "portfolios.in_house", "In the house portfolio", Type.FLAG, "Nobody answers for the customer in person.", NONE,
        _in_house, cost=Cost.INDEXED,
        phrases={"yes": "in the house portfolio", "no": "in a manager's portfolio"},
    ),
    Fact(
        "portfolios.since", "In this portfolio since", Type.MOMENT,
        "When the customer came into the portfolio in which they are now.", NONE,
        Subquery(
            Assignment.objects.filter(customer_id=OuterRef("customer_id"), period__endswith=None)
            .annotate(since=_Lower("period")).values("since")[:1]
        ),
        cost=Cost.RELATED, beside=Beside(_open_periods, "customer_id", _Lower("period")),
        phrases={
            "within_last": "who changed portfolio in the last {value}",
            "longer_ago": "who have been in their portfolio for at least {value}",
            "any": "who came into their portfolio {value}",
        },
    ),
)  # fmt: skip


def register() -> None:
    register_facts(*FACTS)
