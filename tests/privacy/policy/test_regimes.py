"""The policy as data: every row dated, sourced and rated; a tenant adds and never loosens."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from privacy.policy import (
    CODES,
    RegimeInvalid,
    extend,
    policy_from_json,
    policy_to_json,
    read_regime,
    shipped_policy,
)
from privacy.policy.regimes import DATA
from tests.privacy.policy.people import ask, code, facts, grant, lives

FILES = sorted(DATA.glob("regime_*.json"))


def rows(value: Any) -> list[dict[str, Any]]:
    """Every object that states a rule."""
    if isinstance(value, list):
        return [row for item in value for row in rows(item)]
    if not isinstance(value, dict):
        return []
    return ([value] if "source" in value else []) + [
        r for key, v in value.items() if key != "try" for r in rows(v)
    ]


@pytest.mark.parametrize("path", [*FILES, DATA / "house.json"], ids=lambda path: path.stem)
def test_every_row_says_from_when_by_what_source_and_how_sure(path: Path) -> None:
    found = rows(json.loads(path.read_text()))
    for row in found:
        assert "from" in row
        assert len(row["source"]) > 5
        assert row["sure"] in ("S", "S2", "K")


def test_the_regimes_of_the_product() -> None:
    shipped = {"EU", "EU-DE", "EU-FR", "EU-ES", "UK", "US", "US-CA", "US-FL", "CA", "BR", "unknown"}
    assert set(shipped_policy().regimes) == shipped
    assert len(shipped_policy().regimes["EU"].members) == 27


def test_a_policy_is_kept_whole() -> None:
    policy = extend(shipped_policy(), regimes=[read_regime(SWITZERLAND)], purposes={"club_news": "marketing"})
    read = policy_from_json(json.loads(json.dumps(policy_to_json(policy))))
    assert read == policy
    assert read.version == policy.version != shipped_policy().version
    assert policy.version.startswith(f"{shipped_policy().edition}+")
    swiss = facts(person=lives("CH"))
    assert ask(swiss, read).to_json() == ask(swiss, policy).to_json()


def test_a_changed_content_is_not_that_version() -> None:
    kept = policy_to_json(shipped_policy())
    kept["house"]["adult_age"]["value"] = 17
    with pytest.raises(RegimeInvalid, match="but the content is that of"):
        policy_from_json(kept)


ROW = {"from": None, "source": "Bundesgesetz", "sure": "K"}
SWITZERLAND: dict[str, Any] = {
    "code": "CH",
    "name": "Switzerland",
    "bases": [{"channels": ["email"], "try": ["consent", "opt_out"], **ROW, "from": "2023-09-01"}],
    "ages": [{"age": 15, **ROW}],
}
TEXAS: dict[str, Any] = {
    "code": "US-TX",
    "name": "Texas",
    "within": "US",
    "bases": [],
    "hours": [{"channels": ["phone"], "spans": [["09:00", "21:00"]], **ROW}],
}


def test_a_country_of_the_company() -> None:
    policy = extend(shipped_policy(), regimes=[read_regime(SWITZERLAND)])
    assert code(person=lives("CH")) == "JURISDICTION_UNKNOWN"
    assert ask(facts(person=lives("CH")), policy).code == "OPT_OUT_REGIME"
    assert ask(facts(person=lives("CH-GE")), policy).code == "OPT_OUT_REGIME"
    assert ask(facts("sms", person=lives("CH")), policy).code == "NO_LEGAL_BASIS"
    assert ask(facts(person=lives("CH", age=14)), policy).code == "MINOR_NO_PARENTAL"
    assert ask(facts(person=lives("CH"), now="2023-08-31T11:00:00+02:00"), policy).code == "NO_LEGAL_BASIS"
    assert ask(facts(person=lives("CH", "EU")), policy).code == "NO_LEGAL_BASIS"
    assert ask(facts(person=lives("JP")), policy).code == "JURISDICTION_UNKNOWN"


def test_a_state_of_the_company_adds_to_its_country() -> None:
    policy = extend(shipped_policy(), regimes=[read_regime(TEXAS)])
    early = facts("phone", now="2026-11-24T08:30:00-06:00", person=lives("US-TX"))
    assert ask(early).code == "OPT_OUT_REGIME"
    assert ask(early, policy).code == "QUIET_HOURS_LEGAL"
    loose = read_regime(TEXAS | {"bases": [{"channels": ["sms"], "try": ["opt_out"], **ROW}]})
    texted = facts("sms", now="2026-11-24T11:00:00-06:00", person=lives("US-TX"))
    assert ask(texted, extend(shipped_policy(), regimes=[loose])).code == "NO_PEWC"
    italy = {"code": "EU-IT", "name": "Italy", "within": "EU", "bases": [], "ages": [{"age": 13, **ROW}]}
    young = facts(person=lives("EU-IT", age=13), events=(grant(),))
    assert ask(young, extend(shipped_policy(), regimes=[read_regime(italy)])).code == "MINOR_NO_PARENTAL"


@pytest.mark.parametrize(
    ("regimes", "purposes", "problem"),
    [
        ([{**TEXAS, "code": "US-FL"}], {}, "US-FL: has rules that come with the product"),
        ([{**SWITZERLAND, "code": "EU"}], {}, "EU: has rules that come with the product"),
        ([{**SWITZERLAND, "code": "unknown"}], {}, "cannot be replaced"),
        ([{**SWITZERLAND, "code": "DE"}], {}, "DE: lies in EU; write EU-DE"),
        ([{**SWITZERLAND, "code": "GB"}], {}, "GB: has rules that come with the product"),
        ([{**TEXAS, "code": "EU-XX", "within": "EU"}], {}, "EU-XX: is no part of EU that we know"),
        ([{**TEXAS, "code": "NZ-AK", "within": "NZ"}], {}, "adds to NZ, for which there are no rules"),
        ([{**SWITZERLAND, "rank": 0}], {}, "rank and members are for the rules that come with the product"),
        ([SWITZERLAND, SWITZERLAND], {}, "CH: there are two sets of rules"),
        ([], {"newsletter": "legal_duty"}, "newsletter: is a purpose that comes with the product"),
        ([], {"x": "spam"}, "must be one of marketing, service"),
    ],
)
def test_nothing_shipped_is_replaced(regimes: list[Any], purposes: dict[str, str], problem: str) -> None:
    with pytest.raises(RegimeInvalid, match=re.escape(problem)):
        extend(shipped_policy(), regimes=[read_regime(one) for one in regimes], purposes=purposes)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"code": "Switzerland"}, "code: must be two capital letters"),
        ({"code": "CH-GE"}, "within: must be 'CH'"),
        ({"within": "EU"}, "within: is only for a part of a country"),
        (
            {"bases": [{"channels": ["email"], "try": ["hope"], **ROW}]},
            "bases[0].try[0].basis: must be one of",
        ),
        (
            {"bases": [{"channels": ["fax"], "try": ["consent"], **ROW}]},
            "bases[0].channels[0]: must be one of",
        ),
        (
            {"bases": [{"channels": ["email"], "try": ["soft_opt_in"], **ROW}]},
            "soft_opt_in needs address_sources",
        ),
        (
            {"bases": [{"channels": ["email"], "try": ["consent"], "from": None}]},
            "bases[0].source: is missing",
        ),
        (
            {"bases": [{"channels": ["email"], "try": [], **ROW, "sure": "yes"}]},
            "bases[0].sure: must be one of S",
        ),
        ({"bases": "none"}, "bases: must be a list"),
        (
            {"ages": [{"age": 15, **ROW, "from": "2026-01-02", "to": "2026-01-02"}]},
            "ages[0].to: must be after from",
        ),
        (
            {"hours": [{"channels": ["phone"], "spans": [["20:00", "08:00"]], **ROW}]},
            "the first time must be before",
        ),
        ({"hours": [{"channels": ["phone"], "spans": [["8", "9"]], **ROW}]}, "must be a time of day"),
        ({"caps": [{"channels": ["phone"], "count": 3, **ROW}]}, "caps[0]: a cap counts in days or in hours"),
        ({"feast": []}, "feast: is not known"),
    ],
)
def test_wrong_regimes(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(RegimeInvalid) as error:
        read_regime(SWITZERLAND | change)
    assert any(problem in one for one in error.value.problems), error.value.problems


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(RegimeInvalid) as error:
        read_regime(SWITZERLAND | {"name": "", "ages": [{"age": 99, **ROW}], "feast": []})
    assert len(error.value.problems) == 3


@pytest.mark.parametrize("value", [None, [], "EU", 7])
def test_no_regime_at_all(value: Any) -> None:
    with pytest.raises(RegimeInvalid):
        read_regime(value)


def test_codes_are_said_in_words() -> None:
    for name, one in CODES.items():
        assert one.answer in ("allow", "deny", "defer"), name
        assert one.meaning.endswith(".")
        assert one.remedy.endswith(".")
        assert one.source


def test_every_code_is_given_by_some_line() -> None:
    """Each is reached somewhere in these tests by name, and given by some file of the policy or its data."""
    here = Path(__file__).parent
    tested = "".join(path.read_text() for path in [*here.glob("*.py"), here / "contact_cases.json"])
    policy = Path(DATA).parent
    given = "".join(path.read_text() for path in [*policy.glob("*.py"), *FILES])
    for name in CODES:
        assert f'"{name}"' in tested, name
        assert f'"{name}"' in given, name


def test_the_document_holds_every_row() -> None:
    """docs/policy-data.md names each source, and each code of a place, as the data has them."""
    document = (Path(__file__).parents[3] / "docs" / "policy-data.md").read_text()
    for path in FILES:
        regime = json.loads(path.read_text())
        assert f"`{regime['code']}`" in document
        for row in rows({key: value for key, value in regime.items() if key != "members"}):
            assert f"| {row['sure']} | {row['source']} |" in document, row
    assert shipped_policy().edition in document
    assert "Not legal advice" in document
