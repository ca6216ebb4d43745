"""Drafts that nobody's form makes (a program's, an import's) and forms that no page sends: answered, never a crash."""

from typing import Any

import pytest
from django.test import Client

from crm.services.segments.definitions import Definition, create_segment
from rules.content import DEEPEST, ContentRefused
from rules.language.parse import MOST_LINES
from rules.models import RuleSet
from rules.selectors.parts import countable_parts
from rules.services.rule_sets import create_rule_set
from tenancy.context import tenant_context
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in

__all__ = ["sign_in"]
ORDERS = {"fact": "crm.orders", "is": "at_least", "value": 1}


def content(**more: Any) -> dict[str, Any]:
    one = {"id": "r1", "name": "One", "when": {"all": [ORDERS]}, "then": {"kind": "most_valuable"}}
    return {"rules": [one | more], "otherwise": None}


def nested(levels: int) -> Any:
    found: Any = {}
    for _ in range(levels):
        found = [found]
    return found


def made(company: Company, draft: Any) -> RuleSet:
    with tenant_context(company.tenant.id):
        access = company.access("admin")
        return create_rule_set(access=access, kind="value.kind", name="Odd", content=draft)


@pytest.mark.parametrize(
    "draft",
    [
        {"rules": None}, {"rules": [None, 1, {}, {"id": "r1"}]}, content(then={"kind": [["x"]]}),
        content(then={"kind": {"a": 1}}), {"rules": [], "otherwise": {"kind": ["x", {"a": 1}]}},
        content(when={"all": [{"fact": "crm.segment", "is": "has_any", "value": 5}]}),
        content(when={"all": [{"fact": "crm.segment", "is": "has_any", "value": True}]}),
        content(when={"all": [{"fact": "value.alive", "is": "at_least", "value": "1e999999999"}]}),
        content(when={"all": [{"fact": "value.alive", "is": "at_least", "value": "1e999990"}]}),
        content(when={"all": [nested(DEEPEST - 10)]}),
    ],
)  # fmt: skip
def test_an_odd_draft_stops_no_page(company_a: Company, sign_in: SignIn, draft: Any) -> None:
    """Whoever may write some rules must not be able to close the pages of rules and segments to everybody."""
    admin, found = sign_in("admin"), made(company_a, draft)
    with tenant_context(company_a.tenant.id):
        condition = {"all": [ORDERS]}
        segment = create_segment(access=company_a.access("admin"), definition=Definition("Buyers", condition))
    pages = ["rules/", "segments/", f"segments/{segment.id}/", "portfolios/assignment/"]
    pages += [
        f"rules/{found.id}/{more}" for more in ("", "?rule=r1", "?rule=otherwise", "versions/", "edit/")
    ]
    for page in pages:
        answer = admin.get(company_a.url(page))
        assert answer.status_code == 200
        assert len(answer.content) < 400_000
    for order in ("copy:r1", "up:r1", "remove:r1", "add:"):
        sent = {"order": order, "revision": "1", "mine": "1"}
        assert admin.post(company_a.url(f"rules/{found.id}/order/"), sent).status_code == 302


@pytest.mark.parametrize(
    "draft",
    [content(name="\ud800"), content(when={"all": [{"fact": "\udc00"}]}), content(**{"\ud800": 1}),
     content(then={"kind": nested(DEEPEST)}), content(when=nested(400))],
)  # fmt: skip
def test_what_no_database_keeps_and_no_page_can_walk_over_is_refused(company_a: Company, draft: Any) -> None:
    with pytest.raises(ContentRefused):
        made(company_a, draft)


@pytest.mark.parametrize(
    "sent",
    [{"when_n": "9" * 5000}, {"when-0_kind": "kept", "when-0_json": "[" * 200_000},
     {"when-0_kind": "kept", "when-0_json": '{"fact": "\\ud800"}'},
     {"when-0_kind": "test", "when-0_fact": "value.alive", "when-0_is": "at_least", "when-0_value": "1e999999999"},
     {"when-0_kind": "test", "when-0_fact": "value.alive", "when-0_is": "at_least", "when-0_value": "1e999990"}],
)  # fmt: skip
def test_an_odd_form_is_answered(company_a: Company, sign_in: SignIn, sent: dict[str, str]) -> None:
    admin: Client = sign_in("admin")
    form = {"prefix": "when", "when_kind": "group", "when_mode": "all", "when_n": "1", **sent}
    answer = admin.post(company_a.url("rules/condition/"), {**form, "do": "draw:when"})
    assert answer.status_code == 200
    assert len(answer.content) < 400_000
    assert admin.post(company_a.url("rules/condition/live/"), form).status_code == 200


def test_a_revision_that_is_no_number(company_a: Company, sign_in: SignIn) -> None:
    found = made(company_a, content())
    sent = {"revision": "²", "seen": "0"}
    answer = sign_in("admin").post(company_a.url(f"rules/{found.id}/activate/"), sent)
    assert answer.status_code == 302


@pytest.mark.parametrize("page", ["customers/", "customers/filter/", "segments/new/"])
def test_an_address_with_half_a_letter(company_a: Company, sign_in: SignIn, page: str) -> None:
    where = '{"all": [{"fact": "crm.name", "is": "contains", "value": "\\ud800"}]}'
    assert sign_in("admin").get(company_a.url(page), {"where": where}).status_code == 200


def test_no_more_lines_are_counted_than_a_rule_has(in_a: Company) -> None:
    """Each is a statement: twenty thousand lines held a server for a quarter of a minute."""
    parts = countable_parts({"all": [ORDERS] * (MOST_LINES + 50)}, "when", in_a.access("admin"))
    assert len(parts) == MOST_LINES
