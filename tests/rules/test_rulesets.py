"""Rule sets are begun, written by several people, read tolerantly, and seen by whom they concern."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from rules.content import ContentRefused, content_hash, read_content
from rules.models import RuleSet
from rules.selectors.rulesets import may_write, read_draft, visible_rule_set, visible_rule_sets
from rules.services.activations import ActivationRefused, archive_rule_set
from rules.services.rule_sets import (
    EditedMeanwhile,
    RulesRefused,
    change_rule_set,
    create_rule_set,
    restore_rule_set,
    save_draft,
)
from tenancy.context import tenant_context
from tenancy.models import Member, Role
from tests.cast import Company
from tests.rules.grades import GOLD, GRADE, KIND, SILVER, activate, content, grades, make_rules, rule

__all__ = ["grades"]
pytestmark = pytest.mark.usefixtures("grades")


def allow(company: Company, role: str, *codes: str) -> None:
    """The role may do this too."""
    found = Role.objects.get(key=role)
    Role.objects.filter(key=role).update(permissions=sorted({*found.permissions, *codes}))


@pytest.fixture
def managers(in_a: Company) -> Company:
    """Managers may write rules of their own portfolios."""
    allow(in_a, "relationship-manager", "rules.view", "rules.edit_own")
    return in_a


def problems(raw: Any, **values: Any) -> dict[str, str]:
    return {found.at: found.code for found in read_content(GRADE, raw, currency="GBP", **values).problems}


def test_rules_are_begun(in_a: Company) -> None:
    rule_set = make_rules(in_a, GOLD, SILVER, otherwise="bronze")
    assert (rule_set.draft.revision, rule_set.draft.edited_by_name) == (1, in_a.member["admin"].name)
    assert read_draft(in_a.access("admin"), rule_set).problems == ()
    assert list(visible_rule_sets(in_a.access("admin")).filter(kind=KIND)) == [rule_set]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "tests.gone"}, "no rules of this kind"),
        ({"name": "  "}, "Give the rules a name"),
        ({"name": "x" * 121}, "Give the rules a name"),
        ({"level": "portfolio"}, "which portfolios"),
        ({"name": "Grades"}, "already rules of this kind"),
    ],
)
def test_rules_that_cannot_be_begun(in_a: Company, values: dict[str, Any], words: str) -> None:
    make_rules(in_a)
    with pytest.raises(RulesRefused, match=words):
        create_rule_set(access=in_a.access("admin"), **{"kind": KIND, "name": "Others", **values})


@pytest.mark.parametrize(
    "raw",
    [None, [], "text", {"rules": "x" * 400_000}, {"rules": ["\x00"]}, {"rules": [float("nan")]}],
    ids=["nothing", "list", "text", "huge", "NUL", "NaN"],
)
def test_what_cannot_even_be_a_draft(in_a: Company, raw: Any) -> None:
    rule_set = make_rules(in_a)
    with pytest.raises(ContentRefused):
        save_draft(access=in_a.access("admin"), rule_set=rule_set, content=raw, revision=1)


def test_an_unfinished_draft_is_kept_with_its_problems(in_a: Company) -> None:
    rule_set = make_rules(in_a)
    raw = content({"id": "r1", "name": "", "when": {"all": [{"fact": "crm.orders"}]}, "then": {}})
    saved = save_draft(access=in_a.access("admin"), rule_set=rule_set, content=raw, revision=1)
    assert saved.draft.revision == 2
    assert {problem.at for problem in saved.problems} == {
        "rules.0.name", "rules.0.when.all.0.is", "rules.0.then.grade",
    }  # fmt: skip


def test_everything_wrong_is_said_by_place() -> None:
    wrong = rule("r1", {"all": [{"fact": "crm.gone", "is": "at_least", "value": 1}]}, "platinum")
    assert problems({"rules": [wrong, {**GOLD, "extra": 1}], "otherwise": 3, "more": 1}) == {
        "more": "unknown_key", "rules.0.when.all.0.fact": "unknown_fact", "rules.0.then.grade": "outcome",
        "rules.1.extra": "unknown_key", "rules.1.id": "twice", "otherwise": "shape",
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [{}, {"rules": None}, {"rules": [1, None, []]}, {"rules": [{}]}, {"rules": [rule("r", {}, "gold")]},
     {"rules": [{**GOLD, "binding": "yes"}]}, {"rules": [{**GOLD, "name": "x" * 200}]}, {"rules": [GOLD] * 101}],
)  # fmt: skip
def test_nonsense_has_problems_and_never_fails(raw: Any) -> None:
    assert problems(raw)


def test_binding_rules_come_first_and_are_the_companys() -> None:
    bound = rule("r0", {"all": []}, "bronze", binding=True)
    assert problems(content(bound, GOLD)) == {}
    assert problems(content(GOLD, bound)) == {"rules.1.binding": "order"}
    assert problems(content(bound), level="portfolio") == {"rules.0.binding": "binding"}
    assert problems(content(GOLD, otherwise="bronze"), level="portfolio") == {"otherwise": "otherwise"}


def test_the_currency_is_the_tenants(in_a: Company) -> None:
    money = {
        "all": [{"fact": "crm.revenue", "is": "at_least", "value": {"amount": "5.00", "currency": "USD"}}]
    }
    [(at, code)] = problems(content(rule("r1", money, "gold"))).items()
    assert (at.startswith("rules.0.when.all.0.value"), code) == (True, "currency")


def test_who_may_not_see_a_fact_may_not_test_it(managers: Company) -> None:
    permissions = Role.objects.get(key="relationship-manager").permissions
    Role.objects.filter(key="relationship-manager").update(
        permissions=[code for code in permissions if code != "value.view_value"]
    )
    worth = {"all": [{"fact": "value.alive", "is": "at_least", "value": "0.5"}]}
    raw = content(rule("r1", worth, "gold"))
    assert problems(raw, access=managers.access("alice")) == {"rules.0.when.all.0.fact": "unknown_fact"}
    assert problems(raw, access=managers.access("admin")) == {}


def test_a_draft_edited_by_two(in_a: Company) -> None:
    rule_set = make_rules(in_a)
    admin = in_a.access("admin")
    save_draft(access=admin, rule_set=rule_set, content=content(GOLD), revision=1)
    with pytest.raises(EditedMeanwhile, match=in_a.member["admin"].name) as crossed:
        save_draft(access=admin, rule_set=rule_set, content=content(SILVER), revision=1)
    assert crossed.value.draft.content == content(GOLD)


def test_the_hash_does_not_depend_on_the_order_of_keys() -> None:
    turned = json.loads(json.dumps(content(GOLD)), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert content_hash(turned) == content_hash(content(GOLD)) != content_hash(content(SILVER))


def test_rules_are_renamed_and_archived(in_a: Company) -> None:
    admin, rule_set = in_a.access("admin"), make_rules(in_a, GOLD)
    make_rules(in_a, name="Others")
    with pytest.raises(RulesRefused, match="Others"):
        change_rule_set(access=admin, rule_set=rule_set, name="Others")
    assert change_rule_set(access=admin, rule_set=rule_set, name=" New ", description="d").name == "New"
    activate(in_a, rule_set)
    with pytest.raises(ActivationRefused, match="a moment ago"):
        archive_rule_set(access=admin, rule_set=rule_set, seen=0)
    archive_rule_set(access=admin, rule_set=rule_set, seen=1)
    assert visible_rule_set(admin, rule_set.id, archived=False) is None
    assert visible_rule_set(admin, rule_set.id) == rule_set
    with pytest.raises(RulesRefused, match="archive"):
        save_draft(access=admin, rule_set=rule_set, content=content(), revision=1)
    assert restore_rule_set(access=admin, rule_set=rule_set).archived_at is None
    assert rule_set.activations.get().period.upper is not None


def test_a_manager_writes_rules_of_their_own_portfolio_only(managers: Company) -> None:
    alice, bob = managers.access("alice"), managers.access("bob")
    mine = make_rules(managers, by="alice", level="portfolio", portfolios=[managers.portfolio["alice"].id])
    assert (may_write(alice, mine), may_write(bob, mine)) == (True, False)
    assert visible_rule_set(bob, mine.id) is None
    with pytest.raises(PermissionDenied):
        save_draft(access=bob, rule_set=mine, content=content(), revision=1)
    with pytest.raises(RulesRefused, match="not yours"):
        make_rules(managers, by="alice", name="Theirs", level="portfolio",
                   portfolios=[managers.portfolio["bob"].id])  # fmt: skip
    with pytest.raises(RulesRefused, match="not yours"):
        change_rule_set(access=alice, rule_set=mine, name="x", portfolios=[managers.portfolio["bob"].id])


def test_a_manager_sees_the_companys_rules_and_does_not_write_them(managers: Company) -> None:
    rule_set, alice = make_rules(managers), managers.access("alice")
    assert visible_rule_set(alice, rule_set.id) == rule_set
    with pytest.raises(PermissionDenied):
        save_draft(access=alice, rule_set=rule_set, content=content(), revision=1)
    with pytest.raises(PermissionDenied):
        make_rules(managers, by="alice", name="Others")


def test_another_company_has_no_part_in_it(in_a: Company, company_b: Company) -> None:
    rule_set = make_rules(in_a, GOLD)
    with tenant_context(company_b.tenant.id):
        assert visible_rule_set(company_b.access("admin"), rule_set.id) is None
        assert not RuleSet.objects.filter(kind=KIND).exists()
        assert Member.objects.exists()
