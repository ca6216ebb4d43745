"""A kind of rule for tests: customers get a grade. And the portfolios that rule sets are about, kept in memory."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Case, CharField, Value, When

from portfolios.models import Portfolio
from portfolios.selectors.scope import visible_portfolio_ids
from rules.kinds import FieldType, OutcomeField, RuleKind, rule_kinds
from rules.models import Activation, RuleSet
from rules.registries import RuleScope, rule_scopes
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set, save_draft
from tests.cast import Company

KIND = "tests.grade"
COSTS = {"gold": 500, "silver": 100, "bronze": 0}
GRADE = RuleKind(
    key=KIND,
    label="Grade",
    explanation="How well a customer is served.",
    fields=(
        OutcomeField("grade", "Grade", FieldType.CHOICE, lambda: [(key, key.capitalize()) for key in COSTS]),
        OutcomeField("note", "Note", FieldType.TEXT, required=False),
    ),
    words=lambda outcome: f"grade {outcome.get('grade', '?')}",
    levels=("company", "portfolio"),
    compare=lambda outcome: str(outcome["grade"]),
    # Today's grade, as a room would keep it: who ordered is silver.
    current=lambda setting: Case(
        When(orders__gt=0, then=Value("silver")), default=None, output_field=CharField()
    ),
    cost=lambda outcome: COSTS[outcome["grade"]],
)


@pytest.fixture
def grades() -> Iterator[dict[UUID, frozenset[UUID]]]:
    """The kind and the scope registered; yields rule set's id -> portfolios."""
    about: dict[UUID, frozenset[UUID]] = {}
    before = rule_scopes.get("portfolios")
    rule_kinds.register(KIND, GRADE)
    rule_scopes.register("portfolios", RuleScope(
        fact="portfolios.portfolio",
        portfolios_of=lambda ids: {key: about[key] for key in ids if key in about},
        put=lambda key, portfolios: about.update({key: frozenset(portfolios)}),
        own=visible_portfolio_ids,
        names=lambda ids: dict(Portfolio.objects.filter(id__in=list(ids)).values_list("id", "name")),
    ))  # fmt: skip
    yield about
    rule_kinds._entries.pop(KIND)
    rule_scopes._entries.pop("portfolios")
    if before:
        rule_scopes.register("portfolios", before)


def at_least(fact: str, value: Any) -> dict[str, Any]:
    return {"all": [{"fact": fact, "is": "at_least", "value": value}]}


def rule(id_: str, when: dict[str, Any], grade: str, *, binding: bool = False) -> dict[str, Any]:
    found = {"id": id_, "name": f"Rule {id_}", "when": when, "then": {"grade": grade}}
    return {**found, "binding": True} if binding else found


def content(*rules: dict[str, Any], otherwise: str | None = None) -> dict[str, Any]:
    return {"rules": list(rules), "otherwise": {"grade": otherwise} if otherwise else None}


GOLD = rule("r1", at_least("crm.orders", 4), "gold")
SILVER = rule("r2", at_least("crm.orders", 1), "silver")


def make_rules(company: Company, *rules: dict[str, Any], name: str = "Grades", by: str = "admin",
               otherwise: str | None = None, **values: Any) -> RuleSet:  # fmt: skip
    """A rule set of the test's kind with a draft."""
    return create_rule_set(
        access=company.access(by),
        kind=KIND,
        name=name,
        content=content(*rules, otherwise=otherwise),
        **values,
    )


def activate(company: Company, rule_set: RuleSet, by: str = "admin", **values: Any) -> Activation:
    """Activate as somebody who looked a moment ago."""
    seen = standing_of(RuleSet.objects.get(id=rule_set.id)).seen
    return activate_rules(access=company.access(by), rule_set=rule_set, **{"seen": seen, **values})


def redraft(company: Company, rule_set: RuleSet, *rules: dict[str, Any], by: str = "admin",
            otherwise: str | None = None) -> None:  # fmt: skip
    """Write the draft anew."""
    rule_set.refresh_from_db()
    save_draft(
        access=company.access(by), rule_set=rule_set, content=content(*rules, otherwise=otherwise),
        revision=type(rule_set.draft).objects.get(rule_set=rule_set).revision,
    )  # fmt: skip
