"""What rules can ask about what customers are worth, and about the rhythm in which they order."""

from typing import Final

from django.db.models import ExpressionWrapper, F, FloatField, Value
from django.db.models.expressions import Case, Combinable, When
from django.db.models.functions import Cast

from crm.models import CustomerSummary
from rules.catalogue import Cost, Fact, PersonalDataClass, Type, register_facts
from rules.expressions import DaysBetween, days_since
from rules.moment import Setting
from rules.registries import summed_fact
from value.rule_kinds import facts_read

PROFILE: Final = PersonalDataClass.PROFILE
SEES: Final = "value.view_value"


def _share(key: str, label: str, explanation: str) -> Fact:
    return Fact(
        f"value.{key}", label, Type.SHARE, explanation, PROFILE, key, cost=Cost.INDEXED, permission=SEES
    )


def _money(key: str, column: str, label: str, explanation: str, cost: Cost = Cost.SCANNED) -> Fact:
    return Fact(f"value.{key}", label, Type.MONEY, explanation, PROFILE, column, cost=cost, permission=SEES)


def _usual_gap() -> Combinable:
    """As `crm.selectors.customers.usual_gap`: two orders tell no rhythm, nor do many of one day."""
    days = Cast(DaysBetween(F("last_order_on"), F("first_order_on")), FloatField())
    gaps = Cast(F("orders") - Value(1), FloatField())
    return Case(
        When(
            orders__gte=3,
            last_order_on__gt=F("first_order_on"),
            then=ExpressionWrapper(days / gaps, output_field=FloatField()),
        ),
        output_field=FloatField(),
    )


def _gaps_since_last_order(setting: Setting) -> Combinable:
    silent = Cast(days_since("last_order_on")(setting), FloatField())
    return ExpressionWrapper(silent / _usual_gap(), output_field=FloatField())


FACTS: Final = (
    Fact(
        "value.score", "State of the score", Type.CHOICE, "What can be said about the customer's value.", PROFILE,
        "score", options=lambda: CustomerSummary.Score.choices, permission=SEES,
    ),
    Fact(
        "value.kind", "Kind of customer", Type.CHOICE, "What the company's rules for kinds of customer say.", PROFILE,
        "customer_kind", cost=Cost.INDEXED, options=lambda: CustomerSummary.Kind.choices, permission=SEES,
        rules=facts_read,
        phrases={"one_of": "who are {value}", "not_one_of": "of another kind than {value}"},
    ),
    _share("alive", "Chance of being alive", "How likely it is that they are still a customer at all."),
    _share("no_order_90", "Chance of no order in 90 days", "How likely they are to stay away for 90 days."),
    Fact(
        "value.orders_year", "Orders expected in a year", Type.NUMBER, "How many orders the next year should bring.",
        PROFILE, "orders_year", unit="orders", cost=Cost.INDEXED, permission=SEES,
    ),
    _money(
        "margin_3y", "margin_3y", "Margin expected in three years", "What they should bring in three years, not "
        "discounted.", Cost.INDEXED,
    ),
    _money(
        "lifetime_value", "value", "Lifetime value", "Margin expected in three years, discounted to today.",
        Cost.INDEXED,
    ),
    _money("lifetime_value_low", "value_low", "Lifetime value at worst", "One in ten brings less than this."),
    _money("lifetime_value_high", "value_high", "Lifetime value at best", "One in ten brings more than this."),
    Fact(
        "value.valued_at", "Day of the valuation", Type.MOMENT, "When the value was worked out.", PROFILE, "valued_at",
        permission=SEES,
    ),
    Fact(
        "value.usual_gap", "Usual gap between orders", Type.NUMBER,
        "Days between two orders in the customer's own rhythm; unknown with fewer than three orders.",
        PersonalDataClass.BEHAVIOUR, _usual_gap(), unit="days",
    ),
    Fact(
        "value.gaps_since_last_order", "Silence in usual gaps", Type.NUMBER,
        "Days since the last order, as a multiple of the usual gap between orders: 2 is twice as long as usual.",
        PersonalDataClass.BEHAVIOUR, _gaps_since_last_order, unit="usual gaps",
        phrases={"any": "silent for {value}"},
    ),
)  # fmt: skip


def register() -> None:
    register_facts(*FACTS)
    summed_fact.register("value", "value.lifetime_value")
