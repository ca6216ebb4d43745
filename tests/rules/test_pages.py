"""The pages of rules: what is kept while somebody writes, what two writers do to each other, who sees what."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from rules.models import Activation, RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.rule_sets import create_rule_set, save_draft
from rules.views.builder import _ordered
from tenancy.context import tenant_context
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in

__all__ = ["sign_in"]
ORDERS = {"all": [{"fact": "crm.orders", "is": "at_least", "value": "4"}]}
BEST = {"id": "r1", "name": "Best", "when": ORDERS, "then": {"kind": "most_valuable"}}
REST = {"id": "r2", "name": "Rest", "when": {"all": []}, "then": {"kind": "migrator"}}
HTMX = {"HTTP_HX_REQUEST": "true"}


def make(company: Company, *rules: Any, name: str = "Kinds", kind: str = "value.kind") -> RuleSet:
    with tenant_context(company.tenant.id):
        content = {"rules": list(rules), "otherwise": None}
        return create_rule_set(access=company.access("admin"), kind=kind, name=name, content=content)


def fields(rule_set: RuleSet, value: str, **more: Any) -> dict[str, Any]:
    """What the form of rule r1 sends, with another number of orders."""
    return {
        "rule": "r1", "revision": "1", "was": "", "name": "Best", "prefix": "when", "when_kind": "group",
        "when_mode": "all", "when_n": "1", "when-0_kind": "test", "when-0_fact": "crm.orders",
        "when-0_is": "at_least", "when-0_value": value, "then_sent": "1", "then_kind": "most_valuable", **more,
    }  # fmt: skip


def page(company: Company, rule_set: RuleSet, more: str = "") -> str:
    return company.url(f"rules/{rule_set.id}/{more}")


def draft(company: Company, rule_set: RuleSet) -> dict[str, Any]:
    with tenant_context(company.tenant.id):
        return dict(RuleSet.objects.select_related("draft").get(id=rule_set.id).draft.content)


@pytest.fixture
def admin(sign_in: SignIn) -> Client:
    return sign_in("admin")


def test_an_empty_company_is_told_what_rules_are_for(company_a: Company, admin: Client) -> None:
    with tenant_context(company_a.tenant.id):
        RuleSet.objects.update(archived_at=timezone.now())  # what the product brought
    text = admin.get(company_a.url("rules/")).content.decode()
    assert "Write the first rules" in text


def test_a_rule_is_begun_opened_and_read_back(company_a: Company, admin: Client) -> None:
    sent = {"kind": "value.kind", "name": "Kinds", "level": "company", "description": ""}
    made = admin.post(company_a.url("rules/new/"), sent)
    assert made.status_code == 302
    added = admin.post(f"{made['Location']}order/", {"order": "add:", "revision": "1"})
    text = admin.get(added["Location"]).content.decode()
    assert "Choose what to compare" in text
    assert "Nothing to read yet" in text


def test_a_changed_value_is_kept_and_read_back_in_words(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST)
    answer = admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "7"), **HTMX)
    assert "7 orders or more" in answer.content.decode()
    assert answer["HX-Trigger-After-Settle"] == "cs:condition"
    assert draft(company_a, rule_set)["rules"][0]["when"]["all"][0]["value"] == "7"


def test_what_makes_no_sense_is_kept_as_typed_and_said_at_its_line(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST)
    text = admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "many"), **HTMX).content.decode()
    assert 'id="when-0_says"' in text
    assert "is not a number" in text
    assert draft(company_a, rule_set)["rules"][0]["when"]["all"][0]["value"] == "many"


def test_an_outcome_alone_does_not_count_again(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST)
    sent = fields(rule_set, "4", then_kind="migrator")
    answer = admin.post(page(company_a, rule_set, "draft/"), sent, **HTMX)
    assert "HX-Trigger-After-Settle" not in answer
    assert draft(company_a, rule_set)["rules"][0]["then"] == {"kind": "migrator"}


def test_a_press_draws_the_tree_again(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST)
    text = admin.post(
        page(company_a, rule_set, "draft/"), fields(rule_set, "4", do="after:when-0"), **HTMX
    ).content.decode()
    assert 'data-line="when-1"' in text
    assert draft(company_a, rule_set)["rules"][0]["when"]["all"][1] == {}


def write_meanwhile(company: Company, rule_set: RuleSet, *rules: Any) -> None:
    with tenant_context(company.tenant.id):
        found = RuleSet.objects.select_related("draft").get(id=rule_set.id)
        content = {"rules": list(rules), "otherwise": None}
        save_draft(
            access=company.access("admin"), rule_set=found, content=content, revision=found.draft.revision
        )


def was_of(admin: Client, address: str) -> str:
    return str(admin.get(address).context["was"])


def test_somebody_elses_change_of_another_rule_is_merged(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST, REST)
    was = was_of(admin, page(company_a, rule_set))
    write_meanwhile(company_a, rule_set, BEST, REST | {"name": "Everyone"})
    answer = admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "9", was=was), **HTMX)
    assert answer.status_code == 200
    rules = draft(company_a, rule_set)["rules"]
    assert (rules[0]["when"]["all"][0]["value"], rules[1]["name"]) == ("9", "Everyone")


def test_somebody_elses_change_of_the_same_rule_is_said_and_nothing_is_lost(
    company_a: Company, admin: Client
) -> None:
    rule_set = make(company_a, BEST)
    was = was_of(admin, page(company_a, rule_set))
    theirs = BEST | {"then": {"kind": "migrator"}}
    write_meanwhile(company_a, rule_set, theirs)
    answer = admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "9", was=was), **HTMX)
    assert answer.status_code == 422
    assert answer["HX-Retarget"] == "#rule-conflict"
    assert "changed this rule" in answer.content.decode()
    assert draft(company_a, rule_set)["rules"] == [theirs]
    over = admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "9", was=was, mine="1"), **HTMX)
    assert over.status_code == 200
    assert draft(company_a, rule_set)["rules"][0]["when"]["all"][0]["value"] == "9"


@pytest.mark.parametrize(
    ("order", "wanted"),
    [("up:r2", ["r2", "r1"]), ("down:r1", ["r2", "r1"]), ("remove:r1", ["r2"]), ("up:r1", ["r1", "r2"]),
     ("up:no", ["r1", "r2"]), ("", ["r1", "r2"])],
)  # fmt: skip
def test_whole_rules_move(order: str, wanted: list[str]) -> None:
    rules = [dict(BEST), dict(REST)]
    _ordered(rules, order, "r1")
    assert [rule["id"] for rule in rules] == wanted


def test_a_copy_has_an_id_of_its_own() -> None:
    rules = [dict(BEST)]
    opened = _ordered(rules, "copy:r1", "r1")
    assert rules[1]["id"] == opened != "r1"
    assert rules[1]["name"] == "Best, copy"


def test_a_fact_that_is_gone_stays_marked_in_its_line(company_a: Company, admin: Client) -> None:
    gone = {"fact": "crm.shoe_size", "is": "at_least", "value": "44"}
    rule_set = make(company_a, BEST | {"when": {"all": [gone]}})
    text = admin.get(page(company_a, rule_set)).content.decode()
    assert "crm.shoe_size" in text
    assert "choose another" in text
    kept = fields(rule_set, "") | {
        "when-0_kind": "kept",
        "when-0_json": json.dumps(gone),
        "name": "Best of all",
    }
    admin.post(page(company_a, rule_set, "draft/"), kept, **HTMX)
    assert draft(company_a, rule_set)["rules"][0]["when"]["all"] == [gone]


def live(client: Client, company: Company, part: str, tree: Any, **more: Any) -> Any:
    sent = {"prefix": "when", "tree": json.dumps(tree), **more}
    return client.post(company.url(f"rules/condition/{part}/"), sent, **HTMX)


def test_the_count_is_that_of_the_members_scope(company_a: Company, sign_in: SignIn) -> None:
    everybody = {"all": []}
    counted = live(sign_in("admin"), company_a, "live", everybody).context["counted"]
    assert (counted.held.customers, counted.held.exact, counted.everybody) == (3, True, True)
    mine = live(sign_in("alice"), company_a, "live", everybody)
    assert mine.context["counted"].held.customers == 1
    text = mine.content.decode()
    assert "Ada Lovelace" in text
    assert "Ben Bernanke" not in text


def test_a_rule_that_holds_for_nobody_says_so(company_a: Company, admin: Client) -> None:
    text = live(admin, company_a, "live", ORDERS).content.decode()
    assert "It holds for nobody today" in text


def test_unfinished_lines_are_left_out_of_the_count_and_it_says_so(company_a: Company, admin: Client) -> None:
    answer = live(admin, company_a, "live", {"all": [{}]})
    assert answer.context["counted"].held.customers == 3
    assert "was left out" in answer.content.decode()


def test_each_line_has_its_own_count(company_a: Company, admin: Client) -> None:
    names = [{"fact": "crm.name", "is": "starts_with", "value": value} for value in ("ada", "b", "zz")]
    tree = {"all": [names[0], {"any": [names[1], names[2]]}, {"fact": "crm.gone", "is": "yes"}]}
    found = live(admin, company_a, "lines", tree).context["counts"]
    assert {one["path"]: one["figure"] for one in found} == {
        "when-0": 1, "when-1": 1, "when-1-0": 1, "when-1-1": 0,
    }  # fmt: skip


def test_a_patient_count_ends_with_the_exact_number(company_a: Company, admin: Client) -> None:
    first = live(admin, company_a, "count", {"all": []}, of="3")
    assert first.context["progress"].done
    assert first.context["figure"] == 3


def test_whether_it_holds_for_somebody_is_explained_in_scope_only(
    company_a: Company, sign_in: SignIn
) -> None:
    ada, ben = (str(company_a.customer[key].id) for key in ("ada", "ben"))
    text = live(sign_in("alice"), company_a, "holds", ORDERS, chosen=ada).content.decode()
    assert "it does not hold for" in text
    assert "Ada Lovelace" in text
    assert "Ben" not in live(sign_in("alice"), company_a, "holds", ORDERS, chosen=ben).content.decode()
    found = live(sign_in("alice"), company_a, "find", ORDERS, customer="be")
    assert found.context["found"] == []


@pytest.mark.parametrize(
    "tree",
    ["", "[1]", "{" * 4000, '{"all": 3}', '{"all": [[[[]]]]}', '{"all": [{"fact": {"a": 1}}]}', "null"],
)
@pytest.mark.parametrize("part", ["live", "lines", "count", "others", "holds"])
def test_nonsense_in_place_of_a_tree_is_no_fault_of_ours(
    company_a: Company, admin: Client, tree: str, part: str
) -> None:
    nobody = str(UUID(int=7))
    sent = {"prefix": "when", "tree": tree, "after": nobody, "chosen": nobody, "last": nobody, "found": "x"}
    assert admin.post(company_a.url(f"rules/condition/{part}/"), sent).status_code == 200


def test_who_may_only_read_sees_no_field_that_can_be_changed(company_a: Company, sign_in: SignIn) -> None:
    rule_set = make(company_a, BEST)
    with tenant_context(company_a.tenant.id):
        company_a.add("eve", "executive")
    client = sign_in("eve")
    text = client.get(page(company_a, rule_set)).content.decode()
    assert "You can read these rules" in text
    assert "Activate from a date" not in text
    assert client.post(page(company_a, rule_set, "draft/"), fields(rule_set, "9")).status_code == 403
    assert client.post(page(company_a, rule_set, "try/")).status_code == 403


def test_another_company_has_no_such_rules(company_a: Company, sign_in: SignIn, company_b: Company) -> None:
    rule_set = make(company_a, BEST)
    charlie = sign_in("charlie")
    for more in ("", "versions/", "export/", "trial/"):
        assert charlie.get(company_b.url(f"rules/{rule_set.id}/{more}")).status_code == 404


def test_from_a_day_and_back_again(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST)
    first = {"seen": "0", "starts_on": "", "comment": "The first"}
    admin.post(page(company_a, rule_set, "activate/"), first)
    admin.post(page(company_a, rule_set, "draft/"), fields(rule_set, "9"), **HTMX)
    text = admin.get(page(company_a, rule_set)).content.decode()
    assert "Compare with 1" in text
    compared = admin.get(page(company_a, rule_set, "versions/1/")).content.decode()
    assert "Orders ever are 9 or more" in compared
    with tenant_context(company_a.tenant.id):
        seen = RuleSet.objects.get(id=rule_set.id).standing
    late = admin.post(page(company_a, rule_set, "activate/"), {"seen": "0"}, follow=True)
    assert "a moment ago" in late.content.decode()
    admin.post(page(company_a, rule_set, "activate/"), {"seen": str(seen), "comment": "More"})
    admin.post(page(company_a, rule_set, "versions/1/back/"), {"seen": str(seen + 1)})
    with tenant_context(company_a.tenant.id):
        in_force = standing_of(rule_set).in_force
        assert in_force is not None
        assert (in_force.version.number, in_force.is_rollback) == (1, True)
        assert Activation.objects.filter(rule_set=rule_set).count() == 3


def test_what_makes_a_rule_useless_is_said_where_it_is(company_a: Company, admin: Client) -> None:
    never = {"all": [*ORDERS["all"], {"fact": "crm.orders", "is": "at_most", "value": "3"}]}
    rule_set = make(
        company_a,
        BEST | {"when": never},
        BEST | {"id": "r2", "name": "Late"},
        BEST | {"id": "r3", "name": "Later"},
    )
    text = admin.get(page(company_a, rule_set)).content.decode()
    assert "cs-cond-found" in text
    rows = admin.get(page(company_a, rule_set)).context["rules"]
    assert [bool(row.findings) for row in rows] == [True, False, True]


def test_an_unfinished_draft_is_not_activated_and_says_why(company_a: Company, admin: Client) -> None:
    rule_set = make(company_a, BEST | {"when": {"all": [{}]}})
    text = admin.post(page(company_a, rule_set, "activate/"), {"seen": "0"}, follow=True).content.decode()
    assert "not complete yet" in text


def test_rules_are_carried_out_and_in(company_a: Company, admin: Client, company_b: Company) -> None:
    rule_set = make(company_a, BEST)
    file = admin.get(page(company_a, rule_set, "export/")).content
    again = {"file": SimpleUploadedFile("rules.json", file), "name": "Kinds again"}
    text = admin.post(company_a.url("rules/import/"), again, follow=True).content.decode()
    assert "Kinds again" in text
    for wrong in (b"", b"{}", b"[1]", b"\xff\xfe", b'{"content": 1, "kind": "no.such"}', b"[" * 9000):
        sent = {"file": SimpleUploadedFile("rules.json", wrong)}
        assert admin.post(company_a.url("rules/import/"), sent).status_code == 302
    with tenant_context(company_a.tenant.id):
        assert RuleSet.objects.filter(kind=rule_set.kind).count() == 2


def test_the_picker_finds_facts_by_words_and_options_by_letters(company_a: Company, admin: Client) -> None:
    rules = company_a.url("rules/")
    found = admin.get(
        f"{rules}facts/choose/",
        {"at": "when-0", "prefix": "when", "post": f"{rules}condition/", "q": "orders ever"},
    )
    assert "fact:when-0:crm.orders" in found.content.decode()
    countries = admin.get(f"{rules}facts/options/", {"at": "when-0", "fact": "crm.country", "q": "germ"})
    assert 'value="DE"' in countries.content.decode()
    elsewhere = {"at": "when-0", "prefix": "when", "post": "https://example.com/"}
    assert admin.get(f"{rules}facts/choose/", elsewhere).status_code == 404


def test_the_catalogue_shows_what_somebody_may_use(company_a: Company, sign_in: SignIn) -> None:
    text = sign_in("admin").get(company_a.url("rules/facts/")).content.decode()
    assert "crm.days_since_last_order" in text
    assert "value.lifetime_value" not in sign_in("fran").get(company_a.url("rules/facts/")).content.decode()
