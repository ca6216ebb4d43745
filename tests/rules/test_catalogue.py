"""The catalogue: every fact can be read and tested, says what it is, and is kept from those who may not see it."""

from pathlib import Path

import pytest

from rules.catalogue import Type, customers, facts, relations, usable_facts, usable_relations
from rules.language.sql import condition
from rules.language.tree import EVERYBODY
from rules.moment import setting_now
from rules.selectors.catalogue import described, described_relation, shelves
from rules.selectors.catalogue_page import facts_markdown
from rules.selectors.records import read_facts
from tests.cast import Company


def test_every_fact_says_what_it_is() -> None:
    for fact in [*facts, *(fact for entry in relations for fact in entry.facts)]:
        assert fact.label, fact.key
        assert fact.explanation.endswith("."), fact.key
        assert (fact.type in {Type.CHOICE, Type.SET}) == (fact.options is not None), fact.key
        assert (fact.type is Type.SET) == (fact.members is not None), fact.key


def test_every_fact_is_read_for_a_new_customer(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    found = read_facts(list(facts), [ada], setting_now())[ada]
    assert set(found) == set(facts.keys())
    assert found["crm.name"] == "ada lovelace"
    assert found["crm.orders"] == 0
    assert found["crm.last_order_on"] is None
    assert found["portfolios.portfolio"] == in_a.portfolio["alice"].id
    assert found["portfolios.manager"] == in_a.member["alice"].id
    assert found["portfolios.unit"] == {in_a.root.id}
    assert found["portfolios.in_house"] is False
    assert found["portfolios.since"] is not None


def test_every_fact_of_a_relation_is_read(in_a: Company) -> None:
    setting = setting_now()
    for entry in relations:
        list(entry.rows().values_list(entry.customer, *(fact.sql(setting) for fact in entry.facts)))


def test_an_empty_rule_keeps_everybody_in_scope(in_a: Company) -> None:
    rows = customers().rows(in_a.access("alice")).filter(condition(EVERYBODY, setting_now()))
    assert {row.customer_id for row in rows} == {in_a.customer["ada"].id}
    assert customers().rows(None).count() == 3


def test_the_population_is_cut_into_ranges_without_gap(in_a: Company) -> None:
    ids = sorted(customer.id for customer in in_a.customer.values())
    assert customers().ranges(2) == [(ids[0], ids[1]), (ids[2], ids[2])]
    assert customers().ranges(3) == [(ids[0], ids[2])]


def test_examples_are_lines_in_scope_in_the_order_asked_for(in_a: Company) -> None:
    ada, ben = in_a.customer["ada"].id, in_a.customer["ben"].id
    lines = customers().lines(in_a.access("admin"), [ben, ada])
    assert [line.name for line in lines] == ["Ben Bernanke", "Ada Lovelace"]
    assert lines[0].url == in_a.url(f"customers/{ben}/")
    assert [line.id for line in customers().lines(in_a.access("alice"), [ben, ada])] == [ada]


def test_who_may_not_see_value_has_no_facts_of_it(in_a: Company) -> None:
    counter = {fact.key for fact in usable_facts(in_a.access("fran"))}
    assert "crm.orders" in counter
    assert "value.lifetime_value" not in counter
    assert len(usable_relations(in_a.access("fran"))) == 4


@pytest.mark.parametrize("room", ["crm", "value", "portfolios"])
def test_every_room_registers_facts(room: str) -> None:
    assert any(fact.key.startswith(f"{room}.") for fact in facts)


def test_the_documentation_is_up_to_date() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "facts.md"
    assert page.read_text(encoding="utf-8") == facts_markdown(), "Run manage.py facts_doc."


def test_the_catalogue_is_listed_by_room_for_those_who_may(in_a: Company) -> None:
    assert [shelf.room for shelf in shelves()] == ["crm", "privacy", "value", "portfolios", "interactions"]
    counter = {shelf.room: {fact.key for fact in shelf.facts} for shelf in shelves(in_a.access("fran"))}
    assert "crm.last_order_on" in counter["crm"]
    assert "value.lifetime_value" not in counter.get("value", set())
    admin = {shelf.room: {fact.key for fact in shelf.facts} for shelf in shelves(in_a.access("admin"))}
    assert "value.lifetime_value" in admin["value"]


def test_a_fact_is_described_for_the_api() -> None:
    orders = described(facts["crm.orders"])
    assert (orders["type"], orders["cost"], orders["has_options"]) == ("count", "indexed", False)
    assert "at_least" in orders["operators"]
    related = described_relation(relations["crm.orders"])
    assert "crm.orders.net" in related["measures"]["sum"]
    assert "known" not in related["operators"]
