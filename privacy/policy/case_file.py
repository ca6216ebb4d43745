"""Files of cases: facts in, answers out (the command `contact_decide`)."""

import json
from pathlib import Path
from typing import Any

from privacy.policy.decide import Answer, decide
from privacy.policy.facts import Facts
from privacy.policy.reading import FactsInvalid, facts_from_json, known_purpose
from privacy.policy.regimes import Policy


class CaseInvalid(ValueError):
    """Says in one line which case is wrong, where, and how."""


def decide_file(path: str, policy: Policy) -> list[dict[str, Any]]:
    """One answer for each case, in order. Raises CaseInvalid before the first answer, OSError."""
    try:
        cases = json.loads(Path(path).read_text())
    except (ValueError, RecursionError) as error:
        raise CaseInvalid(f"{path} is no JSON: {error}") from error
    return decide_cases(cases, policy)


def decide_cases(cases: Any, policy: Policy) -> list[dict[str, Any]]:
    if not isinstance(cases, list):
        raise CaseInvalid("The file must hold a list of cases, each with id and facts.")
    read = [_read_case(case, number, policy) for number, case in enumerate(cases, start=1)]
    return [_row(name, facts, decide(facts, policy)) for name, facts in read]


def _read_case(case: Any, number: int, policy: Policy) -> tuple[str, Facts]:
    """Only `id` and `facts` are read; what a case expects is nothing to go by."""
    if not isinstance(case, dict) or not isinstance(case.get("id"), str):
        raise CaseInvalid(f"Case number {number} must be an object with an id (a text) and facts.")
    if "facts" not in case:
        raise CaseInvalid(f"Case {case['id']}: facts are missing.")
    try:
        facts = facts_from_json(case["facts"])
        known_purpose(facts, policy.purposes)
    except FactsInvalid as error:
        raise CaseInvalid(f"Case {case['id']}: {error}") from error
    return case["id"], facts


def _row(name: str, facts: Facts, answer: Answer) -> dict[str, Any]:
    """`until` in the offset that the case's own `now` has."""
    return {
        "id": name,
        "decision": answer.decision,
        "until": answer.until.astimezone(facts.now.tzinfo).isoformat() if answer.until else None,
        "code": answer.code,
        "all_codes": list(answer.all_codes),
        "obligations": list(answer.obligations),
    }
