"""What the rules in force say: layers, boundaries, broken rules; of one and of everybody the same."""

from typing import Any

import pytest
from django.utils import timezone

from crm.models import CustomerSummary
from rules.catalogue import customers
from rules.deciding import Book, Decision, book_in_force, decide, decided_rows
from rules.models import RuleSet, RuleVersion
from rules.moment import setting_now
from rules.selectors.records import read_records
from tests.cast import Company
from tests.rules.crowd import Crowd
from tests.rules.grades import GOLD, KIND, SILVER, activate, at_least, grades, make_rules, rule

__all__ = ["grades"]
pytestmark = pytest.mark.usefixtures("grades")
EVERYBODY = {"all": []}


@pytest.fixture
def shop(in_a: Company) -> Company:
    """Ada ordered five times, Ben twice, Hal never."""
    for name, orders in (("ada", 5), ("ben", 2), ("hal", 0)):
        CustomerSummary.objects.filter(customer=in_a.customer[name]).update(orders=orders)
    return in_a


def in_force(company: Company, *rules: dict[str, Any], **values: Any) -> RuleSet:
    rule_set = make_rules(company, *rules, **values)
    activate(company, rule_set)
    return rule_set


def of_alice(company: Company, *rules: dict[str, Any], **values: Any) -> RuleSet:
    portfolios = [company.portfolio["alice"].id]
    return in_force(company, *rules, level="portfolio", portfolios=portfolios, **values)


def decisions(company: Company) -> dict[str, Decision]:
    found = decide(KIND, [customer.id for customer in company.customer.values()])
    return {name: found[c.id] for name, c in company.customer.items() if c.id in found}


def said(company: Company) -> dict[str, str]:
    """Name -> grade; and everybody at once says the same as one by one."""
    found = {name: decision.outcome["grade"] for name, decision in decisions(company).items()}
    book = book_in_force(KIND)
    rows = decided_rows(customers().rows(None), book).values_list("customer_id", "line")
    names = {customer.id: name for name, customer in company.customer.items()}
    at_once = {names[key]: book.lines[line].said.outcome["grade"] for key, line in rows if line is not None}
    assert at_once == found
    return found


def test_nothing_in_force_says_nothing(shop: Company) -> None:
    make_rules(shop, GOLD)
    assert said(shop) == {}


def test_the_first_that_holds_decides(shop: Company) -> None:
    in_force(shop, GOLD, SILVER)
    assert said(shop) == {"ada": "gold", "ben": "silver"}


def test_otherwise_is_for_who_is_left(shop: Company) -> None:
    in_force(shop, GOLD, otherwise="bronze")
    assert said(shop) == {"ada": "gold", "ben": "bronze", "hal": "bronze"}
    assert decisions(shop)["hal"].said.rule_id == "otherwise"


def test_a_decision_names_version_rule_and_facts(shop: Company) -> None:
    rule_set = in_force(shop, {**GOLD, "when": {"all": [*GOLD["when"]["all"], {
        "count": "crm.orders", "is": "at_most", "value": 3}]}})  # fmt: skip
    found = decisions(shop)["ada"]
    version = RuleVersion.objects.get(rule_set=rule_set)
    assert (found.said.rule_set_id, found.said.version_id, found.said.version) == (rule_set.id, version.id, 1)
    assert (found.said.rule_id, found.said.rule_name, found.stopped) == ("r1", "Rule r1", None)
    assert found.facts["facts"] == {"crm.orders": 5}
    assert list(found.facts["figures"].values()) == [0]


def test_a_portfolios_rules_are_asked_before_the_companys(shop: Company) -> None:
    in_force(shop, SILVER, otherwise="bronze")
    of_alice(shop, GOLD, name="Alice's")
    assert said(shop) == {"ada": "gold", "ben": "silver", "hal": "bronze"}


def test_a_portfolios_rules_are_about_its_customers_only(shop: Company) -> None:
    of_alice(shop, rule("r1", EVERYBODY, "gold"))
    assert said(shop) == {"ada": "gold"}


def test_a_boundary_stops_a_portfolios_rule_and_says_so(shop: Company) -> None:
    company = in_force(shop, rule("r0", at_least("crm.orders", 5), "bronze", binding=True), SILVER)
    own = of_alice(shop, GOLD, name="Alice's")
    assert said(shop) == {"ada": "bronze", "ben": "silver"}
    found = decisions(shop)["ada"]
    assert found.stopped is not None
    assert (found.stopped.rule_set_id, found.stopped.outcome) == (own.id, {"grade": "gold"})
    assert found.said.rule_set_id == company.id
    assert decisions(shop)["ben"].stopped is None


def test_nothing_is_stopped_where_both_say_the_same(shop: Company) -> None:
    in_force(shop, rule("r0", EVERYBODY, "gold", binding=True))
    of_alice(shop, GOLD, name="Alice's")
    assert decisions(shop)["ada"].stopped is None


def test_the_oldest_rule_set_of_a_level_is_asked_first(shop: Company) -> None:
    first = make_rules(shop, rule("r1", EVERYBODY, "gold"))
    in_force(shop, rule("r1", EVERYBODY, "silver"), name="Later")
    assert set(said(shop).values()) == {"silver"}
    activate(shop, first)
    assert set(said(shop).values()) == {"gold"}


def test_a_rule_about_a_fact_that_is_gone_holds_for_nobody(shop: Company, monkeypatch: Any) -> None:
    in_force(shop, rule("r1", at_least("crm.revenue", {"amount": "0.00", "currency": "GBP"}), "gold"), SILVER)
    from rules.catalogue import find_fact

    monkeypatch.setattr(
        "rules.language.parse.find_fact", lambda key: None if "revenue" in key else find_fact(key)
    )
    assert said(shop) == {"ada": "silver", "ben": "silver"}
    [broken] = book_in_force(KIND).broken
    assert (broken.rule_id, broken.version, broken.problems[0].code) == ("r1", 1, "unknown_fact")


def test_an_outcome_that_is_gone_is_broken_too(shop: Company, monkeypatch: Any) -> None:
    in_force(shop, GOLD, SILVER, otherwise="gold")
    monkeypatch.delitem(__import__("tests.rules.grades").rules.grades.COSTS, "gold")
    assert said(shop) == {"ada": "silver", "ben": "silver"}
    assert [broken.rule_id for broken in book_in_force(KIND).broken] == ["r1", "otherwise"]


def test_a_portfolio_rule_set_about_no_portfolio_says_nothing(shop: Company, grades: Any) -> None:
    own = of_alice(shop, rule("r1", EVERYBODY, "gold"))
    grades.pop(own.id)
    assert said(shop) == {}


def test_who_asks_gets_only_whom_they_see(shop: Company) -> None:
    in_force(shop, SILVER)
    ids = [customer.id for customer in shop.customer.values()]
    assert set(decide(KIND, ids, access=shop.access("bob"))) == {shop.customer["ben"].id}


def test_nobody_asked_is_nothing(shop: Company) -> None:
    in_force(shop, SILVER)
    assert decide(KIND, []) == {}


def test_a_later_moment_is_asked_with_its_rules(shop: Company) -> None:
    from datetime import timedelta

    rule_set = in_force(shop, SILVER)
    assert (
        decide(KIND, [shop.customer["ada"].id], setting=setting_now(timezone.now() - timedelta(days=1))) == {}
    )
    assert rule_set.standing == 0


def test_of_a_crowd_both_ways_say_the_same(shop: Company) -> None:
    """Random customers, three layers, related rows: the closures and the SQL name the same line for each."""
    Crowd(shop, 11).fill(120)
    in_force(
        shop,
        rule("b1", {"all": [{"fact": "crm.returns", "is": "at_least", "value": 7}]}, "bronze", binding=True),
        rule("r2", {"none": [{"fact": "value.alive", "is": "at_least", "value": "0.3"}]}, "silver"),
        rule("r3", {"all": [{"count": "crm.orders", "is": "at_least", "value": 2}]}, "gold"),
        rule("r4", {"any": [{"fact": "crm.last_order_on", "is": "within_last", "value": {"days": 90}},
                            {"fact": "crm.country", "is": "one_of", "value": ["DE"]}]}, "silver"),
        otherwise="bronze",
    )  # fmt: skip
    of_alice(shop, rule("a1", {"all": [{"fact": "crm.orders", "is": "between", "value": [1, 7]}]}, "gold"),
             rule("a2", {"all": [{"fact": "crm.kind", "is": "one_of", "value": ["person"]}]}, "silver"),
             name="Alice's")  # fmt: skip
    book = book_in_force(KIND)
    rows = decided_rows(customers().rows(None), book).annotate(own=book.first_own())
    at_once = {key: (line, own) for key, line, own in rows.values_list("customer_id", "line", "own")}
    records = read_records(book.nodes, list(at_once), book.setting)
    assert {key: (book.number_for(record), _own(book, record)) for key, record in records.items()} == at_once
    assert len({line for line, _ in at_once.values()}) >= 6


def _own(book: Book, record: Any) -> int | None:
    from rules.language.closures import predicate

    own = [predicate(book.nodes[n], book.setting) for n in book.own]
    return next((n for n, holds in enumerate(own) if holds(record)), None)


def test_everybody_in_a_bounded_number_of_queries(shop: Company, django_assert_max_num_queries: Any) -> None:
    in_force(shop, GOLD, SILVER, otherwise="bronze")
    book = book_in_force(KIND)
    with django_assert_max_num_queries(1):
        assert len(decided_rows(customers().rows(None), book).values_list("line")) == 3
