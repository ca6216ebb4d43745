"""What rules can ask about customers: who they are, how to reach them, what they bought and what that cost.

The keys are public: they stand in saved rules and in the API. Money is in minor units of the tenant's currency.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID
from zoneinfo import available_timezones

from django.db.models import BigIntegerField, Case, ExpressionWrapper, F, FloatField, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Lower, NullIf
from django.db.models.lookups import IsNull
from django.urls import reverse
from phonenumbers.geodata.locale import LOCALE_DATA

from crm.keys import name_key
from crm.models import ContactPoint, Customer, CustomerSummary
from crm.models.customer import Source
from crm.relations import RELATIONS
from crm.selectors.ranges import customer_ranges
from crm.selectors.scope import visible_summaries
from crm.selectors.search import find_customers
from rules.catalogue import (
    Beside,
    Cost,
    Fact,
    Line,
    Option,
    PersonalDataClass,
    Population,
    Type,
    populations,
    register_facts,
    register_relations,
)
from rules.expressions import days_since, stated
from tenancy.access import Access

IDENTITY: Final = PersonalDataClass.IDENTITY
BEHAVIOUR: Final = PersonalDataClass.BEHAVIOUR


@cache
def country_options() -> list[Option]:
    """ISO 3166 codes with their names, by name."""
    names = ((code, _in_english(names)) for code, names in LOCALE_DATA.items())
    return sorted(names, key=lambda option: name_key(option[1]))


def _in_english(names: Mapping[str, str]) -> str:
    """A name that is the same in another language stands as "*" and that language."""
    name = names["en"]
    while name.startswith("*"):
        name = names[name[1:]]
    return name


@cache
def _time_zones() -> list[Option]:
    return [(zone, zone.replace("_", " ")) for zone in sorted(available_timezones())]


def _good_contact_points() -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(invalid_at=None)


def _contact_kinds(customer_ids: Sequence[UUID]) -> Mapping[UUID, frozenset[str]]:
    points = _good_contact_points().filter(customer_id__in=list(customer_ids))
    found: dict[UUID, set[str]] = {}
    for customer_id, kind in points.values_list("customer_id", "kind"):
        found.setdefault(customer_id, set()).add(kind)
    return {customer_id: frozenset(kinds) for customer_id, kinds in found.items()}


WHO: Final = (
    Fact(
        "crm.name", "Name", Type.TEXT, "The customer's name; case and accents make no difference.", IDENTITY,
        "name_key", cost=Cost.INDEXED, normalise=name_key,
        phrases={"equals": "called {value}"},
    ),
    Fact(
        "crm.number", "Number", Type.TEXT, "The customer's number in your other systems.", IDENTITY,
        "customer__external_id", cost=Cost.INDEXED,
        phrases={"equals": "with the number {value}", "unknown": "without a number"},
    ),
    Fact(
        "crm.kind", "Person or organisation", Type.CHOICE, "Whether the customer is a person or an organisation.",
        IDENTITY, "customer__kind", options=lambda: [("person", "people"), ("organisation", "organisations")],
        phrases={"one_of": "who are {value}", "not_one_of": "who are not {value}"},
    ),
    Fact(
        "crm.status", "Status", Type.CHOICE,
        "Prospect: no order yet. Active, lapsed, lost: by the days since the last order and the chance that they "
        "come back, as your settings say, or as a manager set it.",
        BEHAVIOUR, "status", cost=Cost.INDEXED, options=lambda: Customer.Status.choices,
        phrases={"one_of": "who are {value}", "not_one_of": "who are not {value}"},
    ),
    Fact(
        "crm.country", "Country", Type.CHOICE, "The country in the customer's address.", IDENTITY,
        stated("customer__country"), cost=Cost.INDEXED, options=country_options,
        among=lambda codes: Q(customer__country__in=list(codes)),
        phrases={"one_of": "in {value}", "not_one_of": "outside {value}", "unknown": "without a country"},
    ),
    Fact(
        "crm.language", "Language", Type.TEXT,
        "The language tag of the customer, as en or de-CH; “starts with de” takes all German.", IDENTITY,
        NullIf(Lower("customer__language"), Value("")), normalise=str.lower,
        phrases={"equals": "who speak {value}", "unknown": "whose language is not known"},
    ),
    Fact(
        "crm.time_zone", "Time zone", Type.CHOICE, "Where the customer's clock stands.", IDENTITY,
        stated("customer__time_zone"), options=_time_zones,
    ),
    Fact(
        "crm.known_since", "First entry", Type.MOMENT, "When the customer was entered here.", BEHAVIOUR,
        "customer__created_at",
        phrases={
            "within_last": "entered in the last {value}", "longer_ago": "entered at least {value} ago",
            "before": "entered before {value}", "after": "entered after {value}",
        },
    ),
    Fact(
        "crm.source", "Source", Type.CHOICE, "How the customer came to be entered here.", BEHAVIOUR,
        "customer__source", options=lambda: Source.choices,
    ),
    Fact(
        "crm.acts_for_organisation", "Acts for an organisation", Type.FLAG,
        "A person who orders on behalf of an organisation.", IDENTITY, IsNull(F("customer__acts_for_id"), False),
        phrases={"yes": "who act for an organisation", "no": "who act for nobody but themselves"},
    ),
    Fact(
        "crm.contact_points", "Ways to reach them", Type.SET,
        "The kinds of address we have, without those that turned out wrong.", IDENTITY, cost=Cost.RELATED,
        options=lambda: ContactPoint.Kind.choices, members=_contact_kinds,
        beside=Beside(_good_contact_points, "customer_id", F("kind")),
        phrases={"has_any": "who can be reached by {value}", "has_none": "who cannot be reached by {value}"},
    ),
)  # fmt: skip

LAST_ORDER: Final = Fact(
    "crm.last_order_on", "Last order", Type.DATE, "The day of the newest order; returns do not count.", BEHAVIOUR,
    "last_order_on", cost=Cost.INDEXED,
    phrases={
        "within_last": "who ordered in the last {value}", "longer_ago": "whose last order is at least {value} ago",
        "unknown": "who never ordered", "known": "who ordered once at least",
    },
)  # fmt: skip
FIRST_ORDER: Final = Fact(
    "crm.first_order_on", "First order", Type.DATE, "The day of the oldest order.", BEHAVIOUR, "first_order_on",
    cost=Cost.INDEXED,
    phrases={
        "within_last": "who first ordered in the last {value}",
        "longer_ago": "whose first order is at least {value} ago",
        "unknown": "who never ordered", "known": "who ordered once at least",
    },
)  # fmt: skip


def _count(key: str, label: str, column: str, explanation: str, cost: Cost = Cost.INDEXED) -> Fact:
    return Fact(
        f"crm.{key}", label, Type.COUNT, explanation, BEHAVIOUR, column, unit=key, cost=cost,
        phrases={"any": "who have {value}"},
    )  # fmt: skip


def _money(key: str, label: str, explanation: str, cost: Cost = Cost.INDEXED) -> Fact:
    return Fact(f"crm.{key}", label, Type.MONEY, explanation, BEHAVIOUR, key, cost=cost)


def _return_share() -> Combinable:
    # Not LEAST: it takes no notice of NULL.
    share = ExpressionWrapper(
        Cast(F("returns"), FloatField()) / Cast(F("orders"), FloatField()), output_field=FloatField()
    )
    return Case(
        When(orders__lte=0, then=None),
        When(returns__gte=F("orders"), then=Value(1.0)),
        default=share,
        output_field=FloatField(),
    )


BOUGHT: Final = (
    _count("orders", "Orders ever", "orders", "Orders in all; returns do not count."),
    _count("returns", "Returns ever", "returns", "Returns in all."),
    _money("revenue", "Revenue in all", "What they paid in all, less what they returned."),
    _money("margin", "Margin in all", "Revenue less the cost of the goods, before the cost of serving them."),
    _money("margin_year", "Margin of the last 12 months", "Margin of the last 365 days."),
    _money(
        "margin_year_before", "Margin of the 12 months before", "Margin of the 365 days before the last 365 days.",
        Cost.SCANNED,
    ),
    _money("cost_year", "Cost of the last 12 months", "What serving them cost in the last 365 days."),
    Fact(
        "crm.average_order", "Average order", Type.MONEY, "Revenue in all, divided by the number of orders.",
        BEHAVIOUR,
        ExpressionWrapper(F("revenue") / NullIf(F("orders"), Value(0)), output_field=BigIntegerField()),
    ),
    Fact(
        "crm.return_share", "Share of orders returned", Type.SHARE,
        "Returns divided by orders; all of them at most.", BEHAVIOUR,
        _return_share(),
    ),
    LAST_ORDER,
    FIRST_ORDER,
    Fact(
        "crm.days_since_last_order", "Days since the last order", Type.COUNT,
        "Whole days from the newest order to today.", BEHAVIOUR, days_since("last_order_on"), unit="days",
        cost=Cost.INDEXED, days_since=LAST_ORDER,
    ),
    Fact(
        "crm.days_since_first_order", "Days since the first order", Type.COUNT,
        "Whole days from the oldest order to today.", BEHAVIOUR, days_since("first_order_on"), unit="days",
        cost=Cost.INDEXED, days_since=FIRST_ORDER,
    ),
)  # fmt: skip


def _rows(access: Access | None) -> Any:
    return CustomerSummary.objects.filter(trashed=False) if access is None else visible_summaries(access)


def _lines(access: Access, customer_ids: Sequence[UUID]) -> list[Line]:
    rows = visible_summaries(access).filter(customer_id__in=list(customer_ids)).select_related("customer")
    found = {row.customer_id: row for row in rows}
    worth = access.may("value.view_value")
    slug = access.tenant.slug
    return [
        Line(
            key, found[key].customer.name, reverse("customer", args=[slug, key]),
            found[key].value if worth else None, found[key].portfolio_id,
        )
        for key in customer_ids if key in found
    ]  # fmt: skip


def _find(access: Access, typed: str) -> list[UUID]:
    return [found.customer.id for found in find_customers(access, typed, most=8) if found.in_scope]


def register() -> None:
    """The population "customers" and crm's part of the catalogue."""
    populations.register(
        "customers",
        Population(_rows, "customer_id", _lines, customer_ranges, _find, "crm.view_customer"),
    )
    register_facts(*WHO, *BOUGHT)
    register_relations(*RELATIONS)
