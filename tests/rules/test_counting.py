"""Counts: exact where that is quick, else a guess at once and the exact number part by part; always in scope."""

import pytest

from rules.language.parse import parse
from rules.language.tree import EVERYBODY, Group
from rules.moment import setting_now
from rules.selectors import counting
from rules.selectors.counting import Count, Counted, Progress
from tests.cast import Company


def named(*beginnings: str) -> Group:
    tests = [{"fact": "crm.name", "is": "starts_with", "value": one} for one in beginnings]
    return parse({"any": tests}, currency="GBP")


def test_a_quick_count_is_exact_and_in_scope(in_a: Company) -> None:
    setting = setting_now()
    everybody = counting.count_condition(named("ada", "ben"), setting, access=in_a.access("admin"))
    mine = counting.count_condition(named("ada", "ben"), setting, access=in_a.access("alice"))
    assert (everybody.held.customers, everybody.base.customers, everybody.held.exact) == (2, 3, True)
    assert (mine.held.customers, mine.base.customers, mine.everybody) == (1, 1, True)
    assert everybody.share == pytest.approx(2 / 3)


def test_a_slow_count_is_a_guess_and_never_more_than_there_are(
    in_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "QUICK_MS", 0)
    found = counting.count_condition(named("ada"), setting_now(), access=in_a.access("admin"))
    assert found.held.exact is False
    assert found.held.customers <= found.base.customers
    assert not found.everybody
    assert not found.nobody


def test_a_patient_count_goes_on_where_it_stopped(in_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "STEP", 1)
    monkeypatch.setattr(counting, "STEPS_MS", -1)
    access, setting, seen = in_a.access("admin"), setting_now(), []
    progress = Progress()
    while not progress.done:
        progress = counting.count_on(named("ada", "hal"), setting, progress, access=access)
        seen.append((progress.found, progress.seen))
    assert seen[-1] == (2, 3)
    assert [looked for _, looked in seen] == [1, 2, 3, 3]


def test_the_lines_of_a_tree_are_counted_as_long_as_there_is_time(
    in_a: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes, setting = [named("ada"), named("zz")], setting_now()
    exact = counting.count_lines(nodes, setting, access=in_a.access("admin"))
    assert [(one.customers, one.exact) for one in exact] == [(1, True), (0, True)]
    monkeypatch.setattr(counting, "LINES_MS", -1)
    guessed = counting.count_lines(nodes, setting, access=in_a.access("admin"))
    assert [one.exact for one in guessed] == [False, False]


def test_others_begin_again_after_the_last_one(in_a: Company) -> None:
    access, setting = in_a.access("admin"), setting_now()
    few, after = counting.examples(EVERYBODY, setting, access=access)
    again, _ = counting.examples(EVERYBODY, setting, access=access, after=after)
    names = {one.line.name for one in few}
    assert names == {one.line.name for one in again}
    assert len(names) == 3


def test_an_example_out_of_scope_is_left_out(in_a: Company) -> None:
    ids = [in_a.customer[key].id for key in ("ben", "ada")]
    few = counting.examples_of(named("ada"), ids, setting_now(), access=in_a.access("alice"))
    assert [one.line.name for one in few] == ["Ada Lovelace"]


def test_an_empty_company_has_no_share() -> None:
    assert Counted(Count(0, True), Count(0, True)).share is None
