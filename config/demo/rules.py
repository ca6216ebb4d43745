"""What the demo companies' administrators have written: kinds of customer, segments, and a draft to try."""

from typing import Any

from config.demo.companies import Shop
from crm.models import Segment
from crm.services.segments.definitions import Definition, create_segment
from portfolios.models import Portfolio
from portfolios.rule_kinds import KIND as ASSIGNMENT
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tenancy.access import Access, access_of_member
from tenancy.models import Member, Tenant
from value.rule_kinds import KIND as KIND_OF_CUSTOMER

Json = dict[str, Any]


def write_rules(tenant: Tenant, shop: Shop) -> None:
    """Rules and segments that are not there yet, written by the administrator. In the tenant's context."""
    administrator = Member.objects.select_related("role").get(user__email=shop.staff[0].email)
    access = access_of_member(tenant, administrator, [])
    if not RuleSet.objects.filter(kind=KIND_OF_CUSTOMER).exists():
        _kinds(access, shop.currency)
    if not RuleSet.objects.filter(kind=ASSIGNMENT).exists() and len(shop.staff) > 3:
        _assignment_draft(access)
    for definition in _segments(shop.currency):
        if not Segment.objects.filter(name=definition.name).exists():
            create_segment(access=access, definition=definition)


def _test(fact: str, operator: str, value: Any = None) -> Json:
    return {"fact": fact, "is": operator} | ({} if value is None else {"value": value})


def _rule(key: str, name: str, when: list[Json], then: Json) -> Json:
    return {"id": key, "name": name, "when": {"all": when}, "then": then, "binding": False}


def _kinds(access: Access, currency: str) -> None:
    def amount(major: str) -> Json:
        return {"amount": major, "currency": currency}

    value, year = "value.lifetime_value", "crm.margin_year"
    content: Json = {
        "rules": [
            _rule("r1", "Worth keeping at any price", [_test(value, "at_least", amount("60"))],
                  {"kind": "most_valuable"}),
            _rule(
                "r2", "Buys often, in small amounts",
                [_test("crm.orders", "at_least", 3), _test("value.alive", "at_least", "0.6")],
                {"kind": "most_growable"},
            ),
            _rule("r3", "Costs more than it brings", [_test(value, "less_than", amount("0"))], {"kind": "below_zero"}),
            _rule("r4", "Brought something this year", [_test(year, "more_than", amount("0"))],
                  {"kind": "low_maintenance"}),
        ],
        "otherwise": None,
    }  # fmt: skip
    rule_set = create_rule_set(
        access=access, kind=KIND_OF_CUSTOMER, name="Kinds of customer", content=content,
        description="Thresholds for the demo; set your own.",
    )  # fmt: skip
    activate_rules(access=access, rule_set=rule_set, seen=standing_of(rule_set).seen, comment="First version")


def _assignment_draft(access: Access) -> None:
    """Written, not in force: to be tried."""
    open_ones = Portfolio.objects.filter(is_house=False, closed_at=None).order_by("name")
    managed = [str(portfolio.id) for portfolio in open_ones]
    content: Json = {
        "rules": [
            _rule(
                "r1", "Everybody who still buys has a manager",
                [_test("crm.last_order_on", "within_last", {"days": 365})],
                {"portfolios": managed, "balance": "value"},
            )
        ],
        "otherwise": None,
    }  # fmt: skip
    create_rule_set(
        access=access, kind=ASSIGNMENT, name="A manager for everybody", content=content,
        description="A draft to try: who bought within a year is spread over the managers so that value is even.",
    )  # fmt: skip


def _segments(currency: str) -> list[Definition]:
    def live(name: str, description: str, *lines: Json) -> Definition:
        return Definition(
            name=name, description=description, mode=Segment.Mode.LIVE, condition={"all": list(lines)}
        )

    return [
        live(
            "Overdue against their own rhythm", "Silent for more than twice their usual gap, and worth a call.",
            _test("value.gaps_since_last_order", "more_than", "2"),
            _test("value.lifetime_value", "at_least", {"amount": "20", "currency": currency}),
        ),
        live(
            "Came back this half year", "A second order or more, the last one within six months.",
            _test("crm.orders", "at_least", 2), _test("crm.last_order_on", "within_last", {"months": 6}),
        ),
        live(
            "Large baskets", "Two orders of 50 or more within a year.",
            {"count": "crm.orders", "where": {"all": [
                _test("crm.orders.net", "at_least", {"amount": "50", "currency": currency}),
                _test("crm.orders.ordered_on", "within_last", {"months": 12}),
            ]}, "is": "at_least", "value": 2},
        ),
        live("Kept at any price", "The most valuable kind.", _test("value.kind", "one_of", ["most_valuable"])),
    ]  # fmt: skip
