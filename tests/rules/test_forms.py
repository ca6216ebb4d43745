"""The condition component: what is drawn is read back as it was, and every press does what its key says."""

import copy
from html.parser import HTMLParser
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string

from rules.forms import component, edited, tree_from_form
from rules.forms.fields import number
from rules.language.parse import read
from tests.cast import Company
from tests.rules.shelf import SLEEPERS, VIP, shelf

__all__ = ["shelf"]
EVERY_LINE: list[dict[str, Any]] = [
    {"fact": "shelf.orders", "is": "at_least", "value": "4"},
    {"fact": "shelf.points", "is": "between", "value": ["2.5", "10"]},
    {"fact": "shelf.days", "is": "more_than", "value": {"times": "2.5", "fact": "shelf.gap"}},
    {"fact": "shelf.value", "is": "at_least", "value": {"amount": "100.50", "currency": "GBP"}},
    {"fact": "shelf.value", "is": "between",
     "value": [{"amount": "1", "currency": "GBP"}, {"amount": "2", "currency": "GBP"}]},
    {"fact": "shelf.wallet", "is": "between", "value": ["0.2", "0.6"]},
    {"fact": "shelf.last_order", "is": "within_last", "value": {"days": "30"}},
    {"fact": "shelf.last_order", "is": "before", "value": "2026-03-01"},
    {"fact": "shelf.joined", "is": "on_or_after", "value": {"ago": {"months": "3"}}},
    {"fact": "shelf.last_order", "is": "between", "value": [{"ago": {"days": "60"}}, {"ahead": {"weeks": "1"}}]},
    {"fact": "shelf.city", "is": "contains", "value": "<b>“Köln”</b>"},
    {"fact": "shelf.city", "is": "one_of", "value": ["Bath", "Leeds, West"]},
    {"fact": "shelf.country", "is": "one_of", "value": ["DE", "FR"]},
    {"fact": "shelf.segment", "is": "has_none", "value": [str(VIP), str(SLEEPERS)]},
    {"fact": "shelf.house", "is": "no"},
    {"fact": "shelf.wallet", "is": "unknown"},
    {"count": "shelf.bought", "is": "at_least", "value": "3"},
    {"sum": "shelf.bought", "of": "shelf.bought.net", "is": "more_than",
     "value": {"amount": "50", "currency": "GBP"},
     "where": {"any": [{"fact": "shelf.bought.channel", "is": "one_of", "value": ["web"]},
                       {"none": [{"fact": "shelf.bought.quantity", "is": "equals", "value": "1"}]}]}},
]  # fmt: skip
UNFINISHED: list[dict[str, Any]] = [
    {},
    {"fact": "shelf.orders", "is": "at_least"},
    {"fact": "shelf.points", "is": "between", "value": ["3", ""]},
    {"fact": "shelf.orders", "is": "at_least", "value": "many"},
    {"fact": "shelf.wallet", "is": "at_most", "value": "a lot"},
    {"fact": "shelf.gone", "is": "at_least", "value": {"odd": [1, 2]}},
    {"count": "shelf.gone", "where": {"all": [{"fact": "x.y", "is": "no"}]}, "is": "at_least", "value": 2},
    {"fact": "shelf.value", "is": "at_least", "value": {"amount": "5", "currency": "EUR"}},
    {"fact": "shelf.country", "is": "one_of", "value": ["DE", "atlantis"]},
]


class _Fields(HTMLParser):
    """What a browser would send of a form."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.select = ""
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if "id" in given:
            self.ids.append(given["id"] or "")
        if tag == "select":
            self.select = given["name"] or ""
        if tag == "option" and "selected" in given:
            self.sent.append((self.select, given["value"] or ""))
        is_sent = given.get("type") not in ("checkbox", "radio") or "checked" in given
        if tag == "input" and given.get("name") and is_sent:
            self.sent.append((given["name"] or "", given.get("value") or ""))


def drawn(company: Company, raw: Any, prefix: str = "when", **values: Any) -> _Fields:
    access = company.access("admin")
    _, problems = read(raw, currency="GBP", access=access)
    context = component(raw, problems, prefix=prefix, access=access, **values)
    fields = _Fields()
    fields.feed(render_to_string("desk/rules/_condition.html", {"condition": context}))
    return fields


def sent(pairs: list[tuple[str, str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, value in pairs:
        data.appendlist(name, value)
    return data


@pytest.mark.parametrize("line", EVERY_LINE + UNFINISHED, ids=str)
def test_a_line_that_was_drawn_is_read_back_as_it_was(in_a: Company, shelf: None, line: Any) -> None:
    for raw in ({"all": [line]}, {"any": [{"none": [line, copy.deepcopy(line)]}, {}]}):
        assert tree_from_form(sent(drawn(in_a, raw).sent), "when") == raw


def test_every_id_of_a_page_is_there_once(in_a: Company, shelf: None) -> None:
    ids = drawn(in_a, {"all": [*EVERY_LINE, {"any": UNFINISHED}]}).ids
    assert len(ids) == len(set(ids))


def test_sound_lines_have_no_problem_and_the_others_say_theirs_where_it_is(
    in_a: Company, shelf: None
) -> None:
    access = in_a.access("admin")
    for lines, wanted in ((EVERY_LINE, False), (UNFINISHED, True)):
        _, problems = read({"all": lines}, currency="GBP", access=access)
        context = component({"all": lines}, problems, prefix="when", access=access)
        assert [bool(child.problems) for child in context["root"].children] == [wanted] * len(lines)


def test_nothing_that_was_sent_is_an_empty_tree() -> None:
    assert tree_from_form(QueryDict(""), "when") == {"all": []}


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("1,200", "1200"), ("£12.50", "12.50"), ("2,5", "2.5"), ("25 %", "25"), ("\N{MINUS SIGN}3", "-3"),
     ("1 200 000", "1200000"),
     ("30 days", "30"), ("many", "many"), ("", "")],
)  # fmt: skip
def test_numbers_are_read_as_people_type_them(typed: str, wanted: str) -> None:
    assert number(typed) == wanted


COUNTED = {"count": "shelf.bought", "is": "at_least", "value": "3"}
SOME = COUNTED | {"where": {"all": [{}]}}
NEW = {"count": "shelf.bought", "is": "at_least"}
SHARE = {"fact": "shelf.wallet", "is": "at_least"}
TOWNS = {"fact": "shelf.city", "is": "one_of", "value": ["Bath", "Leeds"]}
A, B, C, D = ({"fact": "shelf.orders", "is": "at_least", "value": str(n)} for n in range(4))


@pytest.mark.parametrize(
    ("raw", "press", "wanted", "focus"),
    [
        ({"all": [A]}, "add:when", {"all": [A, {}]}, "when-1"),
        ({"all": [A, B]}, "after:when-0", {"all": [A, {}, B]}, "when-1"),
        ({"all": [A]}, "group:when", {"all": [A, {"any": [{}]}]}, "when-1-0"),
        ({"any": [A, B]}, "groupafter:when-0", {"any": [A, {"all": [{}]}, B]}, "when-1-0"),
        ({"all": [A, B]}, "remove:when-1", {"all": [A]}, "when-0"),
        ({"all": [A]}, "remove:when-0", {"all": []}, "when"),
        ({"all": [A, {"any": [B]}]}, "remove:when-1-0", {"all": [A]}, "when-0"),
        ({"all": [A, B]}, "up:when-1", {"all": [B, A]}, "when-0"),
        ({"all": [A, B]}, "down:when-0", {"all": [B, A]}, "when-1"),
        ({"all": [A, B]}, "up:when-0", {"all": [A, B]}, "when-0"),
        ({"all": [{"any": [A]}, B]}, "up:when-1", {"all": [{"any": [A, B]}]}, "when-0-1"),
        ({"all": [A, {"any": [B]}]}, "down:when-0", {"all": [{"any": [A, B]}]}, "when-0-0"),
        ({"all": [{"any": [A, B]}, C]}, "up:when-0-0", {"all": [A, {"any": [B]}, C]}, "when-0"),
        ({"all": [{"any": [A, B]}, C]}, "down:when-0-1", {"all": [{"any": [A]}, B, C]}, "when-1"),
        ({"all": [{"any": [A]}, C]}, "down:when-0-0", {"all": [A, C]}, "when-0"),
        ({"all": [{"any": [A]}, C]}, "up:when-0-0", {"all": [A, C]}, "when-0"),
        ({"all": [A, {"any": [B]}]}, "up:when-1", {"all": [{"any": [B]}, A]}, "when-0"),
        ({"all": [A, B]}, "in:when-1", {"all": [A, {"any": [B]}]}, "when-1-0"),
        ({"all": [{"any": [A]}, B]}, "in:when-1", {"all": [{"any": [A, B]}]}, "when-0-1"),
        ({"all": [{"any": [A, B]}]}, "out:when-0-0", {"all": [{"any": [B]}, A]}, "when-1"),
        ({"all": [{}]}, "fact:when-0:shelf.wallet", {"all": [SHARE]}, "when-0_value"),
        ({"all": [A]}, "fact:when-0:shelf.lines", {"all": [A | {"fact": "shelf.lines"}]}, "when-0_value"),
        ({"all": [A]}, "fact:when-0:shelf.city", {"all": [{"fact": "shelf.city", "is": "equals"}]}, "when-0_value"),
        ({"all": [A]}, "rows:when-0:shelf.bought", {"all": [NEW]}, "when-0_value"),
        ({"all": [COUNTED]}, "where:when-0", {"all": [SOME]}, "when-0-w-0"),
        ({"all": [SOME]}, "remove:when-0-w-0", {"all": [COUNTED]}, "when-0"),
        ({"all": [TOWNS]}, "drop:when-0:0", {"all": [TOWNS | {"value": ["Leeds"]}]}, "when-0_value"),
    ],
)  # fmt: skip
def test_presses(in_a: Company, shelf: None, raw: Any, press: str, wanted: Any, focus: str) -> None:
    edit = edited(sent([*drawn(in_a, raw).sent, ("do", press)]), "when")
    assert edit.pressed
    assert (edit.raw, edit.focus) == (wanted, focus)


@pytest.mark.parametrize(
    "press",
    ["remove:when", "up:when", "remove:when-9", "up:when-x", "fact:when-0:no.such", "rows:when-0:no.such",
     "where:when-0", "drop:when-0:0", "remove:when-0-w-0", "in:when", "out:when-0-0-0", "drop:when-0:x",
     "fact:when-1-0:shelf.bought.net"],
)  # fmt: skip
def test_a_press_that_no_longer_fits_changes_nothing(in_a: Company, shelf: None, press: str) -> None:
    raw = {"all": [A, {"any": [B]}]}
    assert edited(sent([*drawn(in_a, raw).sent, ("do", press)]), "when").raw == raw


def test_a_press_of_another_component_or_nonsense_is_none(in_a: Company, shelf: None) -> None:
    data = drawn(in_a, {"all": [A]}).sent
    for press in ("add:where", "dance:when", "", "add:whenever"):
        assert edited(sent([*data, ("do", press)]), "when").pressed is False


def test_two_components_stand_in_one_form(in_a: Company, shelf: None) -> None:
    one, two = drawn(in_a, {"all": [A]}), drawn(in_a, {"none": [B, C]}, prefix="where")
    data = sent(one.sent + two.sent)
    assert tree_from_form(data, "when") == {"all": [A]}
    assert tree_from_form(data, "where") == {"none": [B, C]}


def test_huge_and_deep_forms_are_cut_short(in_a: Company) -> None:
    many = QueryDict("when_mode=all&when_n=99999999999999999999&when-0_kind=blank")
    assert tree_from_form(many, "when") == {"all": [{}]}
    deep = sent([(f"when{'-0' * n}_{name}", value) for n in range(60)
                 for name, value in (("kind", "group"), ("mode", "any"), ("n", "1"))])  # fmt: skip
    tree, depth = tree_from_form(deep, "when"), 0
    while tree["any"]:
        tree, depth = tree["any"][0], depth + 1
    assert depth < 30


def test_what_somebody_may_not_see_is_not_shown_by_name(in_a: Company, shelf: None) -> None:
    raw = {"all": [{"fact": "shelf.spent", "is": "at_least", "value": {"amount": "5", "currency": "GBP"}}]}
    access = in_a.access("fran")
    assert not access.may("value.view")
    line = component(raw, [], prefix="when", access=access)["root"].children[0]
    assert (line.kind, line.label) == ("kept", "shelf.spent")
