"""A filter in addresses and jobs: read as far as it goes to be shown, and whole or not at all to be acted upon."""

import json
from typing import Any

import pytest
from django.http import QueryDict

from crm.models import CustomerSummary
from crm.selectors.where import (
    FilterUnreadable,
    all_of,
    from_address,
    in_address,
    line,
    read_where,
    rows_for,
)
from crm.services.exports import ExportRefused, start_export
from rules.language.tree import EVERYBODY, Mode
from tests.cast import Company

LOST = line("crm.status", "one_of", ["lost"])
GONE = line("crm.gone", "one_of", ["x"])
ADA = line("crm.name", "equals", "Ada Lovelace")


def test_a_filter_goes_through_an_address_and_back(in_a: Company) -> None:
    raw = all_of(line("crm.name", "contains", "Zoë & Åke #1, 100 %"), {"any": [LOST, ADA]})
    query = QueryDict(in_address(raw, sort="-crm.orders"))
    assert query["sort"] == "-crm.orders"
    found = from_address(query["where"], in_a.access("alice"))
    assert found.raw == raw
    assert found.is_sound
    assert in_address({}) == ""


def test_nothing_asked_keeps_everybody(in_a: Company) -> None:
    access = in_a.access("alice")
    for where in (from_address("", access), read_where({}, access), read_where({"all": []}, access)):
        assert where.is_sound
        assert where.tree == EVERYBODY
    assert [row.customer.name for row in rows_for(access, {"where": {}})] == ["Ada Lovelace"]


def test_a_lone_line_stands_in_a_group(in_a: Company) -> None:
    counted = {"count": "crm.orders", "is": "at_most", "value": 0}
    for raw in (LOST, counted):
        where = read_where(raw, in_a.access("alice"))
        assert (where.is_sound, where.raw, len(where.lines)) == (True, all_of(raw), 1)


def test_each_line_stands_for_itself(in_a: Company) -> None:
    part = {"any": [LOST, GONE]}
    where = read_where(all_of(LOST, GONE, part, ADA), in_a.access("alice"))
    assert [row.node is not None for row in where.lines] == [True, False, False, True]
    assert len(where.tree.of) == 2
    assert where.sound_part() == all_of(LOST, ADA)
    assert where.without(1) == all_of(LOST, part, ADA)
    assert not where.is_sound


@pytest.mark.parametrize("mode", ["any", "none"])
def test_of_another_group_nothing_holds_once_a_part_is_gone(in_a: Company, mode: str) -> None:
    where = read_where({mode: [LOST, GONE]}, in_a.access("alice"))
    assert where.tree == EVERYBODY
    assert where.lines[0].problems
    assert where.sound_part() == {}


def test_a_filter_too_dear_is_not_run_at_all(in_a: Company) -> None:
    counted = {"count": "crm.orders", "is": "at_least", "value": 1}
    where = read_where(all_of(LOST, *[counted] * 11), in_a.access("alice"))
    assert where.problems[0].code == "too_expensive"
    assert where.tree == EVERYBODY
    assert all(row.problems for row in where.lines)


@pytest.mark.parametrize(
    "chosen",
    [{}, {"filters": {"status": "lost"}}, {"where": all_of(GONE)}, {"where": {"any": [ADA, GONE]}}, {"where": []}],
)  # fmt: skip
def test_what_cannot_be_read_whole_means_nobody(in_a: Company, chosen: dict[str, Any]) -> None:
    with pytest.raises(FilterUnreadable, match="“all” would mean others"):
        rows_for(in_a.access("admin"), chosen)


def test_a_filter_never_leaves_the_scope(in_a: Company) -> None:
    everybody = {"any": [ADA, {"none": [ADA]}]}
    assert {row.customer.name for row in rows_for(in_a.access("bob"), {"where": everybody})} == {
        "Ben Bernanke"
    }
    ids = [str(row.customer_id) for row in CustomerSummary.objects.all()]
    assert rows_for(in_a.access("bob"), {"ids": ids}).count() == 1


def test_a_filter_by_what_one_may_not_see_refuses_an_export(in_a: Company) -> None:
    access = in_a.access("alice")
    secret = all_of(line("value.alive", "less_than", "0.5"))
    assert rows_for(access, {"where": secret}).count() == 0
    blind = access.__class__(**{**access.__dict__, "permissions": access.permissions - {"value.view_value"}})
    with pytest.raises(FilterUnreadable):
        rows_for(blind, {"where": secret})
    with pytest.raises(ExportRefused):
        start_export(access=blind, purpose="a look", columns=[], where=secret)


@pytest.mark.parametrize(
    "text", ["nonsense", "[]", "7", '"x"', "[" * 9000, "{" * 9000, '{"all":' * 9000, "NaN"]
)
def test_no_text_breaks_the_reading(in_a: Company, text: str) -> None:
    where = from_address(text, in_a.access("alice"))
    assert not where.is_sound
    assert where.tree.mode is Mode.ALL


def test_short_in_an_address(in_a: Company) -> None:
    assert len(in_address(all_of(LOST))) < 110
    assert json.loads(QueryDict(in_address(all_of(LOST)))["where"]) == all_of(LOST)
