"""Grants: what a role may give on the spot, what asks, what it costs."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import CostEvent, CustomerSummary, TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import Grant
from interactions.rule_kinds import KIND
from interactions.selectors.grants import visible_grants, waiting_for
from interactions.services.authority import authority_of
from interactions.services.grants import decide_grant, give_grant, withdraw_grant
from interactions.services.refusals import Refused
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tenancy.context import tenant_context
from tests.at_once import at_once
from tests.cast import Company


def rule(key: str, then: dict[str, Any], when: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"id": key, "name": f"rule {key}", "when": {"all": when or []}, "then": then, "binding": False}


def in_force(company: Company, *rules: dict[str, Any]) -> None:
    access = company.access("admin")
    made = create_rule_set(
        access=access, kind=KIND, name="Authority", content={"rules": list(rules), "otherwise": None}
    )
    activate_rules(access=access, rule_set=made, seen=0)


def usual(company: Company) -> None:
    """Frontline: 20 a contact, 30 a customer a year, 50 a month. Managers: 100 a contact."""
    roles = {key: str(role.id) for key, role in company.roles.items()}
    in_force(
        company,
        rule("f", {"roles": [roles["frontline"]], "kinds": ["credit", "free_delivery"], "contact_most": 20,
                   "customer_most": 30, "month_most": 50}),
        rule("m", {"roles": [roles["relationship-manager"]], "kinds": ["credit"], "contact_most": 100}),
    )  # fmt: skip


def give(company: Company, who: str, amount: int, customer: str = "ada", **values: Any) -> Grant:
    values = {"kind": "credit", "reason": "The sleeve was torn", **values}
    return give_grant(
        access=company.access(who), customer=company.customer[customer], amount=amount, **values
    )[0]


def test_within_it_is_given_and_costed(in_a: Company) -> None:
    usual(in_a)
    grant = give(in_a, "fran", 1500)
    assert (grant.state, grant.asked_of, grant.rule) == ("given", None, "f")
    assert list(CostEvent.objects.values_list("kind", "amount")) == [("grant", 1500)]
    assert CustomerSummary.objects.get(customer=in_a.customer["ada"]).cost_year == 1500
    entry = TimelineEntry.objects.get(kind="grant")
    assert (entry.title, entry.text, entry.who) == ("Given: credit, £15.00", "The sleeve was torn", "Fran")


def test_above_it_asks_the_manager_and_waits(in_a: Company) -> None:
    usual(in_a)
    grant = give(in_a, "fran", 2500)
    assert (grant.state, grant.asked_of) == ("asked", in_a.member["alice"])
    assert not CostEvent.objects.exists()
    assert list(waiting_for(in_a.access("alice"))) == [grant]
    assert list(waiting_for(in_a.access("bob"))) == []
    own = give(in_a, "alice", 20_000)
    with pytest.raises(Refused, match="Somebody else"):
        decide_grant(access=in_a.access("alice"), grant=own, yes=True)
    decide_grant(access=in_a.access("alice"), grant=grant, yes=True)
    assert CostEvent.objects.get().amount == 2500
    with pytest.raises(Refused, match="already"):
        decide_grant(access=in_a.access("alice"), grant=grant, yes=False, words="no")


def test_above_the_manager_too_it_goes_to_whoever_sees_everybody(in_a: Company) -> None:
    usual(in_a)
    grant = give(in_a, "fran", 20_000)
    assert grant.asked_of is None
    with pytest.raises(Refused, match="in one contact"):
        decide_grant(access=in_a.access("alice"), grant=grant, yes=True)
    assert list(waiting_for(in_a.access("admin"))) == [grant]
    decide_grant(access=in_a.access("admin"), grant=grant, yes=False, words="Too much")
    grant.refresh_from_db()
    assert (grant.state, grant.decision_words) == ("refused", "Too much")
    assert not CostEvent.objects.exists()


def test_limits_count_what_was_given(in_a: Company) -> None:
    usual(in_a)
    give(in_a, "fran", 2000)
    assert authority_of(in_a.access("fran"), in_a.customer["ada"].id).by_kind["credit"].most == 1000
    assert give(in_a, "fran", 1500).state == "asked"
    back = give(in_a, "fran", 1000)
    assert back.state == "given"
    assert give(in_a, "fran", 2000, "ben").state == "given"
    month = authority_of(in_a.access("fran"), in_a.customer["hal"].id)
    assert month.by_kind["free_delivery"].most == 0
    assert "by you this month, £50.00 of it is given" in month.why_not("credit", 1)
    withdraw_grant(access=in_a.access("fran"), grant=back, words="Wrong customer")
    assert authority_of(in_a.access("fran"), in_a.customer["hal"].id).by_kind["credit"].most == 1000
    Grant.objects.update(decided_at=timezone.now() - timedelta(days=366))
    assert authority_of(in_a.access("fran"), in_a.customer["ada"].id).by_kind["credit"].limits[1].gone == 0


def test_taking_back_takes_its_cost_back(in_a: Company) -> None:
    usual(in_a)
    grant = give(in_a, "fran", 1500)
    withdraw_grant(access=in_a.access("fran"), grant=grant, words="Wrong customer")
    assert sum(CostEvent.objects.values_list("amount", flat=True)) == 0
    with pytest.raises(Refused):
        withdraw_grant(access=in_a.access("fran"), grant=grant, words="Again")


def test_without_a_rule_everything_asks(in_a: Company) -> None:
    grant = give(in_a, "fran", 0)
    assert (grant.state, grant.asked_of) == ("asked", None)
    assert "No rule" in authority_of(in_a.access("fran"), in_a.customer["ada"].id).why_not("credit", 0)


def test_rules_about_the_customer(in_a: Company) -> None:
    """The first rule that holds decides, each role by itself: no rule is called unreachable for another role's."""
    in_force(
        in_a,
        rule("best", {"kinds": ["credit"], "contact_most": 90},
             [{"fact": "crm.orders", "is": "at_least", "value": 3}]),
        rule("rest", {"kinds": ["credit"], "contact_most": 10}),
    )  # fmt: skip
    CustomerSummary.objects.filter(customer=in_a.customer["ada"]).update(orders=5)
    most = {
        key: authority_of(in_a.access("fran"), in_a.customer[key].id).by_kind["credit"].most
        for key in ("ada", "ben")
    }
    assert most == {"ada": 9000, "ben": 1000}


@pytest.mark.parametrize(
    "values", [{"amount": -1}, {"kind": "house"}, {"reason": " "}, {"reason": "x" * 301}, {"amount": 10**13}]
)
def test_nonsense_is_refused(in_a: Company, values: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        give(in_a, "fran", **{"amount": 1, **values})
    assert not Grant.objects.exists()


def test_nothing_for_the_trash_and_the_key_once(in_a: Company) -> None:
    one = give(in_a, "fran", 5, key="till-1")
    assert give(in_a, "fran", 5, key="till-1") == one
    with pytest.raises(Refused, match="key"):
        give(in_a, "fran", 6, key="till-1")
    trash_customers(customer_ids=[in_a.customer["ada"].id], by=None)
    with pytest.raises(Refused, match="trash"):
        give(in_a, "fran", 5)


@pytest.mark.django_db(transaction=True)
def test_at_once_the_limit_holds(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        usual(company_a)

    def grant() -> str:
        with tenant_context(company_a.tenant.id):
            return give(company_a, "fran", 1000).state

    assert sorted(at_once(*[grant] * 6)) == ["asked"] * 3 + ["given"] * 3


def test_at_the_counter(company_a: Company, company_b: Company) -> None:
    """Fran gives from the service card in one step; the same page sent again gives nothing twice."""
    with tenant_context(company_a.tenant.id):
        usual(company_a)
    client = Client()
    client.force_login(company_a.member["fran"].user, "allauth.account.auth_backends.AuthenticationBackend")
    ada = company_a.customer["ada"].id
    page = client.get(company_a.url(f"customers/{ada}/card/")).content.decode()
    assert "What you may give" in page
    assert "£20.00" in page
    form = {"key": "01936b1e-7f00-7000-8000-000000000001", "kind": "credit", "amount": "15", "reason": "Torn"}
    for _ in range(2):
        answer = client.post(company_a.url(f"customers/{ada}/give/"), form)
        assert answer.status_code == 302
        assert answer["Location"].endswith("/card/")
    with tenant_context(company_a.tenant.id):
        grant = Grant.objects.get()
        assert set(visible_grants(company_a.access("bob"))) == set()
    other = Client()
    other.force_login(company_b.member["charlie"].user, "allauth.account.auth_backends.AuthenticationBackend")
    assert other.get(company_b.url(f"grants/{grant.id}/")).status_code == 404
    assert other.post(company_b.url(f"customers/{ada}/give/"), form).status_code == 404
