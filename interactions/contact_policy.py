"""Whoever has a case open is left in peace: a rule of the contact policy that every company starts with.

It is a rule like any other: it stands under Rules, explains itself in each answer of the gate, and may be changed.
"""

from typing import Any, Final

from interactions.case_facts import OPEN_CASES
from privacy.rule_kinds import KIND
from rules.models import RuleSet
from rules.services.brought import bring_rules

RULE: Final[dict[str, Any]] = {
    "id": OPEN_CASES,
    "name": "a case of theirs is open",
    "when": {"all": [{"fact": OPEN_CASES, "is": "at_least", "value": 1}]},
    "then": {"paused": True},
}


def bring_case_pause() -> RuleSet | None:
    """Add the rule to the active company's contact policy, once, beside what it has."""
    return bring_rules(
        kind=KIND,
        name="No marketing while a case is open",
        description="Nobody is advertised to while we owe them an answer. Service messages are sent all the same. It "
        "is asked before your other rules of contact; change or archive it if you see it otherwise.",
        rule=RULE,
    )
