"""Contact policy of a company, put in force as its administrator does it."""

from typing import Any

from privacy.rule_kinds import KIND
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tests.cast import Company

EVERYBODY = {"all": []}


def rule(name: str, then: dict[str, Any], when: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": name, "name": name, "when": when or EVERYBODY, "then": then}


def limit_contacts(
    company: Company, otherwise: dict[str, Any] | None, *rules: dict[str, Any], name: str = "Contact policy"
) -> RuleSet:
    access = company.access("admin")
    content = {"rules": list(rules), "otherwise": otherwise}
    made = create_rule_set(access=access, kind=KIND, name=name, content=content)
    activate_rules(access=access, rule_set=made, seen=standing_of(made).seen)
    return made
