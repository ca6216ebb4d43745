"""The fifty published cases: decision, until, code and obligations, from the facts alone."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from privacy.policy import decide, facts_from_json, facts_to_json, shipped_policy
from privacy.policy.codes import CODES

FILE = Path(__file__).parent / "contact_cases.json"
CASES = json.loads(FILE.read_text())


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any]) -> None:
    answer = decide(facts_from_json(case["facts"]), shipped_policy())
    expected = case["expected"]
    assert answer.code == expected["code"]
    assert answer.decision == expected["decision"] == CODES[answer.code].answer
    assert answer.until == instant(expected["until"])
    assert list(answer.obligations) == expected["obligations"]
    assert answer.all_codes[0] == answer.code


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_survives_being_kept(case: dict[str, Any]) -> None:
    facts = facts_from_json(case["facts"])
    assert facts_from_json(json.loads(json.dumps(facts_to_json(facts)))) == facts
    assert CODES[case["expected"]["code"]].source
