"""One tree, two back ends: whatever rule is drawn, SQL (both ways) and the closures keep the same customers."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st

from rules.catalogue import Type, customers, facts, relations
from rules.language.closures import predicate
from rules.language.parse import parse, read
from rules.language.sql import condition, first_match
from rules.language.tree import Group, Node
from rules.moment import Setting, setting_now
from rules.selectors.records import read_facts, read_records
from tenancy.context import tenant_context
from tests.cast import Company, make_company_a
from tests.conftest import _superuser
from tests.rules.crowd import NOW, Crowd
from tests.rules.trees import Drawer
from tests.stock import stocked

QUICK = settings(
    max_examples=100, deadline=None, database=None, derandomize=True, print_blob=True,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
LONG = settings(QUICK, max_examples=2000, derandomize=False)


class Checker:
    """The crowd of the company in whose context it is made, and whether the back ends agree about it."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.setting: Setting = setting_now(NOW)
        self.ids = list(customers().rows(None).values_list("customer_id", flat=True))
        self.drawer = Drawer(list(facts), list(relations), self._pools(), self.setting)
        self.held: list[float] = []
        self.records: dict[UUID, dict[str, Any]] | None = None

    def read_ahead(self) -> None:
        """Everything there is to know of everybody, once, where reading for each rule takes too long."""
        self.records = read_facts(list(facts), self.ids, self.setting)
        for entry in relations:
            for record in self.records.values():
                record[entry.rows_key] = []
            rows = entry.rows().filter(**{f"{entry.customer}__in": self.ids})
            keys = [fact.key for fact in entry.facts]
            for row in rows.values_list(entry.customer, *(fact.sql(self.setting) for fact in entry.facts)):
                self.records[row[0]][entry.rows_key].append(dict(zip(keys, row[1:], strict=True)))

    def _pools(self) -> dict[str, list[Any]]:
        """fact's key -> values that some customers have, and what their related rows have."""
        found: dict[str, set[Any]] = {}
        for record in read_facts(list(facts), self.ids[:150], self.setting).values():
            for key, value in record.items():
                found.setdefault(key, set()).add(value)
        for entry in relations:
            rows = entry.rows().order_by("pk")[:150]
            values = rows.values_list(*(fact.sql(self.setting) for fact in entry.facts))
            for row in values:
                for fact, value in zip(entry.facts, row, strict=True):
                    found.setdefault(fact.key, set()).add(value)
        return {key: sorted(values - {None}, key=str) for key, values in found.items()}

    def kept(self, tree: Node, **how: Any) -> set[UUID]:
        rows = customers().rows(None).filter(condition(tree, self.setting, **how))
        with transaction.atomic():  # a statement that fails fails alone, and a smaller rule can be looked for
            return set(rows.values_list("customer_id", flat=True))

    def told(self, tree: Node) -> set[UUID]:
        """By the closures."""
        holds = predicate(tree, self.setting)
        with transaction.atomic():
            records = self.records or read_records([tree], self.ids, self.setting)
        return {customer_id for customer_id, record in records.items() if holds(record)}

    def require(self, raw: Any) -> None:
        tree = self.parse(raw)
        told = self.told(tree)
        self.held.append(len(told) / len(self.ids))
        for how in ({"bulk": True}, {"bulk": False}, {"within": (min(self.ids), max(self.ids))}):
            kept = self.kept(tree, **how)
            assert kept == told, f"{how}: SQL {len(kept)}, closures {len(told)}: {json.dumps(raw)}"

    def parse(self, raw: Any) -> Group:
        """Every rule that is drawn can be read, and is the same after a journey through JSON."""
        tree, problems = read(raw, currency=self.setting.currency)
        if problems and {problem.code for problem in problems} <= {"too_expensive", "too_large"}:
            reject()
        assert problems == []
        assert parse(json.loads(json.dumps(raw)), currency=self.setting.currency) == tree
        return tree

    def require_first(self, raws: Sequence[Any], *, bulk: bool) -> None:
        trees = [self.parse(raw) for raw in raws]
        rows = customers().rows(None).annotate(first=first_match(trees, self.setting, bulk=bulk))
        by_sql = dict(rows.values_list("customer_id", "first"))
        holds = [predicate(tree, self.setting) for tree in trees]
        records = read_records(trees, self.ids, self.setting)
        assert by_sql == {key: _first(one(record) for one in holds) for key, record in records.items()}


def _first(answers: Iterable[bool]) -> int | None:
    return next((n for n, holds in enumerate(answers) if holds), None)


@pytest.fixture(scope="session")
def may_analyse(django_db_setup: None) -> None:
    """The crowd's rows are never committed, so only who wrote them can tell the planner how many there are."""
    with closing(_superuser(os.environ["TEST_DATABASE_NAME"])) as server, server.cursor() as cursor:
        cursor.execute("GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO PUBLIC")


@pytest.fixture
def crowd(may_analyse: None, db: None) -> Iterator[Checker]:
    company = stocked("crowd of rules", _crowded)
    with tenant_context(company.tenant.id):
        yield Checker()


def _crowded() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        Crowd(company, seed=200).fill(200)
    return company


def test_hundred_rules_over_two_hundred_customers(crowd: Checker) -> None:
    @QUICK
    @given(crowd.drawer.rules())
    def agrees(raw: Any) -> None:
        crowd.require(raw)

    agrees()
    some = sum(0 < share < 1 for share in crowd.held)
    assert some > len(crowd.held) / 3, f"Of {len(crowd.held)} rules {some} hold for some and not for others."


def test_every_fact_by_every_operator(crowd: Checker) -> None:
    """Each line alone, so that no other one hides it."""
    able = [fact for fact in facts if crowd.drawer.operators(fact)]
    lines = [crowd.drawer.test(fact, able) for fact in able]
    lines += [crowd.drawer.measure(entry, 1) for entry in relations for _ in range(3)]
    for line in lines:

        @settings(QUICK, max_examples=6)
        @given(line)
        def agrees(raw: Any) -> None:
            crowd.require(raw)

        agrees()


@pytest.mark.parametrize("rule_sets", [20, pytest.param(200, marks=pytest.mark.slow)])
def test_the_first_rule_that_holds_decides_alike(crowd: Checker, rule_sets: int) -> None:
    @settings(QUICK, max_examples=rule_sets)
    @given(st.lists(crowd.drawer.rules(), min_size=1, max_size=4), st.booleans())
    def agrees(raws: list[Any], bulk: bool) -> None:
        crowd.require_first(raws, bulk=bulk)

    agrees()


def test_the_catalogue_has_every_type(crowd: Checker) -> None:
    """What is drawn above stands for the language."""
    assert {fact.type for fact in crowd.drawer.facts} == set(Type)


@pytest.mark.slow
def test_two_thousand_rules_over_a_thousand_customers(may_analyse: None, in_a: Company) -> None:
    Crowd(in_a, seed=1000).fill(1000)
    crowd = Checker()
    crowd.read_ahead()

    @LONG
    @given(crowd.drawer.rules())
    def agrees(raw: Any) -> None:
        crowd.require(raw)

    agrees()
