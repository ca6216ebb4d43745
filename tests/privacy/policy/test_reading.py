"""Facts from JSON: every problem with its place; and the command that reads a file of cases."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from privacy.policy import FactsInvalid, facts_from_json, facts_to_json
from tests.privacy.policy.people import facts, grant

CASES = Path(__file__).parent / "contact_cases.json"
LEAST: dict[str, Any] = {"now": "2026-11-24T11:00:00+01:00", "channel": "email", "purpose": "marketing"}
EVENT = {
    "action": "grant",
    "channel": "email",
    "purposes": ["marketing"],
    "recorded_at": "2026-03-01T09:12:00+01:00",
}


def test_the_least_that_can_be_said() -> None:
    assert facts_to_json(facts_from_json(LEAST)) == LEAST


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"now": "2026-11-24T11:00:00"}, "now: needs an offset from UTC"),
        ({"now": "2026-11-24"}, "now: must be an instant"),
        ({"now": "9999-12-31T23:59:00-12:00"}, "now: is no instant of our time"),
        ({"now": 7}, "now: must be an instant"),
        ({"now": None}, "now: must be an instant"),
        ({"channel": "fax"}, "channel: must be one of email"),
        ({"purpose": ""}, "purpose: must not be empty"),
        ({"mood": "good"}, "mood: is not known"),
        ({"person": {"time_zones": ["Europe/Atlantis"]}}, "person.time_zones[0]: must be the IANA name"),
        ({"person": {"time_zones": ["../etc/passwd"]}}, "person.time_zones[0]: must be the IANA name"),
        ({"person": {"time_zones": "Europe/Paris"}}, "person.time_zones: must be a list"),
        ({"person": {"age": True}}, "person.age: must be a whole number"),
        ({"person": {"age": -1}}, "person.age: must be a whole number"),
        ({"person": {"deceased": "no"}}, "person.deceased: must be true or false"),
        ({"person": []}, "person: must be an object"),
        ({"events": [EVENT | {"action": "bless"}]}, "events[0].action: must be one of grant"),
        ({"events": [{}]}, "events[0].recorded_at: is missing"),
        (
            {"events": [EVENT, EVENT | {"recorded_at": "yesterday"}]},
            "events[1].recorded_at: must be an instant",
        ),
        ({"events": [EVENT | {"action": "pause"}]}, "events[0].until: belongs to the action pause"),
        ({"relationship": {"purchases": [{}]}}, "relationship.purchases[0].at: is missing"),
        ({"relationship": {"address_collected_at": "2026-02-30"}}, "address_collected_at: must be a date"),
        ({"message": {"product": {"owner": "them"}}}, "message.product.owner: must be one of self, partner"),
        ({"policy": {"caps": [{"channel": "email", "count": 1, "days": 0}]}}, "policy.caps[0].days: must be"),
        ({"policy": {"hours": {"from": "9", "to": "18:00"}}}, "policy.hours.from: must be a time of day"),
        ({"policy": {"hours": {"from": "09:00", "to": "09:00"}}}, "policy.hours: from and to are the same"),
        ({"policy": {"hours": {"from": "09:00", "to": "10:00", "weekdays": []}}}, "must hold at least 1"),
        ({"merge": {"at": None}}, "merge.at: must be an instant"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(FactsInvalid) as error:
        facts_from_json(LEAST | change)
    assert any(problem in one for one in error.value.problems), error.value.problems


def test_all_problems_at_once() -> None:
    with pytest.raises(FactsInvalid) as error:
        facts_from_json({"channel": "fax", "person": {"age": "old"}})
    assert len(error.value.problems) == 4


@pytest.mark.parametrize("value", [None, [], "facts", 7])
def test_no_facts_at_all(value: Any) -> None:
    with pytest.raises(FactsInvalid):
        facts_from_json(value)


def test_ids_and_addresses_of_events_are_kept() -> None:
    given = facts(events=(grant(id=12, address_hash="k1:a"), grant(id="e-1")))
    assert facts_from_json(json.loads(json.dumps(facts_to_json(given)))) == given


def test_a_time_without_a_zone_is_no_fact() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        facts(now="2026-11-24T11:00:00")


def decided(path: Path, *options: str) -> Any:
    out = StringIO()
    call_command("contact_decide", str(path), *options, stdout=out)
    return json.loads(out.getvalue())


def test_the_command_answers_every_case() -> None:
    answers = decided(CASES, "--json")
    assert answers == decided(CASES)
    assert len(answers) == 50
    night = next(answer for answer in answers if answer["id"] == "D56")
    assert night == {
        "id": "D56",
        "decision": "defer",
        "until": "2026-11-25T08:00:00-05:00",
        "code": "QUIET_HOURS_LEGAL",
        "all_codes": ["QUIET_HOURS_LEGAL"],
        "obligations": [],
    }


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("{", "is no JSON"),
        ("{}", "must hold a list of cases"),
        ("[7]", "Case number 1 must be an object with an id"),
        ('[{"id": "X1"}]', "Case X1: facts are missing."),
        ('[{"id": "X1", "facts": {}}]', "Case X1: now: is missing; channel: is missing; purpose: is missing"),
        (
            json.dumps([{"id": "X2", "facts": LEAST | {"purpose": "spam"}}]),
            "Case X2: purpose: 'spam' is not known",
        ),
        (json.dumps([{"id": "X3", "facts": LEAST | {"channel": "*"}}]), "Case X3: channel: *"),
    ],
)
def test_the_command_names_the_wrong_case(tmp_path: Path, content: str, problem: str) -> None:
    path = tmp_path / "cases.json"
    path.write_text(content)
    with pytest.raises(CommandError) as error:
        decided(path)
    assert problem in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError):
        decided(tmp_path / "none.json")
