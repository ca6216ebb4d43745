"""The contact policy: may we contact this person, now, this way, for this? Pure: no Django, no database.

The usual way: `facts_from_json` (or `Facts` built from rows) -> `decide(facts, policy)` -> `Answer`.
Not legal advice; what the rules cover, as of when and how sure, stands in docs/policy-data.md.
"""

from privacy.policy.codes import CODES, Code
from privacy.policy.decide import Answer, decide
from privacy.policy.facts import Facts
from privacy.policy.ledger import Standing, standing
from privacy.policy.reading import FactsInvalid, facts_from_json, facts_to_json
from privacy.policy.regimes import (
    Policy,
    Regime,
    RegimeInvalid,
    extend,
    policy_from_json,
    policy_to_json,
    read_regime,
    shipped_policy,
)

__all__ = [
    "CODES",
    "Answer",
    "Code",
    "Facts",
    "FactsInvalid",
    "Policy",
    "Regime",
    "RegimeInvalid",
    "Standing",
    "decide",
    "extend",
    "facts_from_json",
    "facts_to_json",
    "policy_from_json",
    "policy_to_json",
    "read_regime",
    "shipped_policy",
    "standing",
]
