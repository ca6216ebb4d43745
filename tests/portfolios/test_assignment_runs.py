"""Runs propose, somebody accepts or declines; nothing moves before, and what is out of date is not applied."""

from datetime import timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from crm.models import Customer, TimelineEntry
from portfolios.models import Assignment, AssignmentProposal, AssignmentRun, Transfer
from portfolios.services.assignments import transfer_customers
from portfolios.services.pins import open_periods
from portfolios.services.portfolios import close_portfolio, open_portfolio
from portfolios.services.proposals import ProposalsRefused, accept_proposals, decline_proposals
from portfolios.services.rules import PolicyRefused, policy, set_policy, unpin_customers
from portfolios.services.runs import RunRefused, cancel_run, start_nightly, start_run
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tests.cast import Company, make_company_a
from tests.portfolios.assignment import (
    EVERYBODY,
    country,
    draft_rules,
    portfolio_names,
    put_in_force,
    require_one_portfolio_each,
    rewrite,
    rule,
    rules_in_force,
    run_rules,
    to,
    work,
)
from tests.stock import stocked

State = AssignmentProposal.State
ALL = Q()


@pytest.fixture
def company_a(db: None) -> Company:
    return stocked("shop of twelve more", _shop)


def _shop() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id, actor=f"member:{company.member['alice'].id}"):
        for number in range(12):
            company.add_customer(f"n{number}", country="DE" if number % 2 else "FR")
    return company


@pytest.fixture
def shop(in_a: Company) -> Company:
    """Twelve customers in the house, half of them German."""
    return in_a


def admin_accepts(shop: Company, run: AssignmentRun, which: Q = ALL):  # type: ignore[no-untyped-def]
    return accept_proposals(access=shop.access("admin"), run=run, which=which)


def states(run: AssignmentRun) -> list[str]:
    return sorted(AssignmentProposal.objects.filter(run=run).values_list("state", flat=True))


def test_a_run_proposes_and_moves_nobody(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    before = portfolio_names(shop)
    run = run_rules(shop)
    assert run.state == "ready"
    assert (run.result["seen"], run.result["moving"], run.result["silent"]) == (15, 6, 9)
    assert portfolio_names(shop) == before
    one = AssignmentProposal.objects.filter(run=run).first()
    assert one is not None
    assert one.decision is not None
    assert one.decision.facts.facts["facts"]["crm.country"] == "DE"
    assert run.result["after"][str(shop.portfolio["bob"].id)][0] == 7


def test_accepting_all_moves_them_with_one_transfer_a_portfolio(shop: Company) -> None:
    both = to(shop.portfolio["alice"], shop.portfolio["bob"])
    rules_in_force(shop, rule("Germans", country("DE"), both))
    run = run_rules(shop)
    done = admin_accepts(shop, run)
    assert (done.accepted, done.out_of_date) == (6, 0)
    transfers = Transfer.objects.filter(reason="Assignment by rule")
    assert sorted(transfers.values_list("customers", flat=True)) == [3, 3]
    assert {row.author_name for row in transfers} == {shop.access("admin").member.name}  # type: ignore[union-attr]
    run.refresh_from_db()
    assert (run.state, states(run)) == ("done", ["moved"] * 6)
    dora = shop.customer["n1"]
    assert TimelineEntry.objects.filter(customer=dora, kind="transfer").count() == 1
    require_one_portfolio_each(shop)


def test_a_group_and_one_alone(shop: Company) -> None:
    rules_in_force(
        shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])),
        rule("French", country("FR"), to(shop.portfolio["alice"])),
    )  # fmt: skip
    run = run_rules(shop)
    assert admin_accepts(shop, run, Q(to=shop.portfolio["alice"])).accepted == 6
    one = AssignmentProposal.objects.filter(run=run, state=State.OPEN).first()
    assert one is not None
    assert decline_proposals(access=shop.access("admin"), run=run, which=Q(id=one.id)).declined == 1
    assert states(run) == ["declined"] + ["moved"] * 6 + ["open"] * 5
    with pytest.raises(ProposalsRefused, match="declined this already"):
        admin_accepts(shop, run, Q(id=one.id))


def test_who_was_moved_meanwhile_stays_where_somebody_put_them(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    transfer_customers(customer_ids=[shop.customer["n1"].id], to=shop.portfolio["alice"], reason="mine")
    done = admin_accepts(shop, run)
    assert (done.accepted, done.stale) == (5, {"somebody moved them meanwhile": 1})
    assert portfolio_names(shop)["n1"] == "Alice's portfolio"
    with pytest.raises(ProposalsRefused, match="somebody moved them meanwhile"):
        admin_accepts(shop, run, Q(customer=shop.customer["n1"]))


def test_a_portfolio_that_closed_takes_nobody(shop: Company) -> None:
    carol = open_portfolio(name="Carol's", manager=shop.add("carol", "relationship-manager"))
    rules_in_force(shop, rule("Germans", country("DE"), to(carol)))
    run = run_rules(shop)
    close_portfolio(portfolio=carol, to=None, reason="closed")
    done = admin_accepts(shop, run)
    assert (done.accepted, done.stale) == (0, {"the portfolio has closed since": 6})


def test_a_new_version_makes_proposals_out_of_date(shop: Company) -> None:
    rules = rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    rewrite(shop, rules, rule("French", country("FR"), to(shop.portfolio["bob"])))
    with pytest.raises(ProposalsRefused, match="rules have changed"):
        admin_accepts(shop, run)
    assert states(run) == ["open"] * 6


def test_a_draft_is_tried_and_accepted_once_it_is_in_force(shop: Company) -> None:
    rules = draft_rules(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop, draft_of=rules)
    with pytest.raises(ProposalsRefused, match="come from a draft"):
        admin_accepts(shop, run)
    put_in_force(shop, rules)
    assert admin_accepts(shop, run).accepted == 6


def test_a_draft_cannot_move_people_by_itself(shop: Company) -> None:
    rules = draft_rules(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    with pytest.raises(RunRefused, match="put it in force"):
        start_run(access=shop.access("admin"), mode="automatic", draft_of=rules)
    with pytest.raises(RunRefused, match="no rules in force"):
        start_run(access=shop.access("admin"), mode="propose")


def test_an_automatic_run_moves_and_says_by_whom(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop, "automatic", reason="Regions are new")
    assert (run.state, states(run)) == ("done", ["moved"] * 6)
    transfer = Transfer.objects.get(reason="Regions are new")
    assert (transfer.customers, transfer.to, transfer.author_name) == (
        6,
        shop.portfolio["bob"],
        run.author_name,
    )
    assert run_rules(shop, "automatic").result["moving"] == 0
    require_one_portfolio_each(shop)


def test_whom_somebody_transferred_the_rules_leave_alone(shop: Company) -> None:
    n1 = shop.customer["n1"].id
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    transfer_customers(customer_ids=[n1], to=shop.portfolio["alice"], reason="they asked for Alice")
    run = run_rules(shop)
    assert (run.result["moving"], run.result["pinned"]) == (5, 1)
    unpin_customers(customer_ids=[n1], author_name="Alice")
    assert run_rules(shop).result["moving"] == 6
    transfer_customers(customer_ids=[n1], to=shop.portfolio["bob"], reason="back")
    assert open_periods([n1], at=timezone.now())[n1].is_pinned


def test_pins_end_after_the_months_of_the_policy(shop: Company) -> None:
    n1 = shop.customer["n1"].id
    transfer_customers(customer_ids=[n1], to=shop.portfolio["alice"], reason="they asked for Alice")
    set_policy(nightly="off", pin_months=2)
    now = timezone.now()
    assert open_periods([n1], at=now + timedelta(days=50))[n1].is_pinned
    assert not open_periods([n1], at=now + timedelta(days=63))[n1].is_pinned
    set_policy(nightly="off", pin_months=0)
    assert open_periods([n1], at=now + timedelta(days=4000))[n1].is_pinned
    with pytest.raises(PolicyRefused):
        set_policy(nightly="sometimes", pin_months=2)


def test_moves_by_rule_and_closings_do_not_pin(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run_rules(shop, "automatic")
    close_portfolio(portfolio=shop.portfolio["bob"], to=shop.portfolio["alice"], reason="merged")
    ids = [customer.id for customer in shop.customer.values()]
    assert not any(period.is_pinned for period in open_periods(ids, at=timezone.now()).values())


def test_people_go_with_their_organisation(shop: Company) -> None:
    firm = shop.add_customer("firm", kind=Customer.Kind.ORGANISATION, country="DE")
    shop.add_customer("dora", acts_for=firm, country="FR")
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    with pytest.raises(ProposalsRefused, match="follow Firm"):
        admin_accepts(shop, run, Q(customer=shop.customer["dora"]))
    assert admin_accepts(shop, run, Q(customer=firm)).accepted == 2
    names = portfolio_names(shop)
    assert (names["firm"], names["dora"]) == ("Bob's portfolio", "Bob's portfolio")


def test_who_is_with_one_of_them_stays_unless_the_rule_moves_people(shop: Company) -> None:
    both = (shop.portfolio["alice"], shop.portfolio["bob"])
    transfer = [shop.customer[f"n{number}"].id for number in range(8)]
    transfer_customers(customer_ids=transfer, to=both[0], reason="first")
    unpin_customers(customer_ids=transfer)
    rules = rules_in_force(shop, rule("All", EVERYBODY, to(*both)))
    kept = run_rules(shop).result
    assert kept["after"][str(both[0].id)][0] == 9, "those of Alice stay"
    assert kept["after"][str(both[1].id)][0] == 6
    rewrite(shop, rules, rule("All", EVERYBODY, to(*both, move=True)))
    moved = run_rules(shop).result
    assert sorted(load[0] for load in moved["after"].values()) == [0, 7, 8]


def test_what_a_boundary_stops_is_counted_with_both_rules(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"]), binding=True))
    own = rules_in_force(shop, rule("All", EVERYBODY, {"answer": "take"}), name="Alice", portfolio="alice")
    run = run_rules(shop)
    [(key, (count, examples))] = run.result["stopped"].items()
    lines = [raw for raw in run.rules if raw["rule_set"] == str(own.id)]
    assert (count, len(examples), len(lines), key) == (6, 5, 1, "1:0")
    admin_accepts(shop, run)
    names = portfolio_names(shop)
    assert (names["n1"], names["n2"]) == ("Bob's portfolio", "Alice's portfolio")


def test_the_night_does_what_the_policy_says(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    assert start_nightly("1") is None
    set_policy(nightly="automatic", pin_months=12)
    run = start_nightly("1")
    assert run is not None
    assert start_nightly("1") is None, "one run a night"
    work(shop, run)
    assert states(run) == ["moved"] * 6
    set_policy(nightly="propose", pin_months=12)
    again = start_nightly("2")
    assert again is not None
    work(shop, again)
    assert (again.state, again.result["moving"]) == ("done", 0), "nobody whose outcome stayed is touched"
    assert policy().nightly == "propose"


def test_a_night_does_not_move_people_for_evenness(shop: Company) -> None:
    both = (shop.portfolio["alice"], shop.portfolio["bob"])
    rules_in_force(shop, rule("All", EVERYBODY, to(*both, move=True)))
    run_rules(shop, "automatic")
    shop.add_customer("new1", "alice")
    shop.add_customer("new2", "alice")
    set_policy(nightly="automatic", pin_months=12)
    run = start_nightly("1")
    assert run is not None
    work(shop, run)
    assert run.result["moving"] == 0


def test_only_who_sees_the_customers_decides(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    with pytest.raises(ProposalsRefused, match="not in your reach"):
        accept_proposals(access=shop.access("alice"), run=run, which=ALL)


def test_a_cancelled_run_proposes_nothing(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    cancel_run(run=run)
    run.refresh_from_db()
    assert (run.state, states(run)) == ("cancelled", ["stale"] * 6)
    other = start_run(access=shop.access("admin"), mode="propose")
    cancel_run(run=other)
    assert other.job is not None
    run_job(shop.tenant.id, other.job.id)
    other.refresh_from_db()
    assert other.state == "cancelled"


def test_the_trash_is_left_alone(shop: Company) -> None:
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    Customer.objects.filter(id=shop.customer["n1"].id).update(trashed_at=timezone.now())
    assert admin_accepts(shop, run).accepted == 5
    assert Assignment.objects.filter(customer=shop.customer["n1"]).count() == 1


def test_many_are_moved_by_a_job(shop: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portfolios.services.proposals.AT_ONCE", 2)
    monkeypatch.setattr("portfolios.services.proposals.PART", 2)
    rules_in_force(shop, rule("Germans", country("DE"), to(shop.portfolio["bob"])))
    run = run_rules(shop)
    job = admin_accepts(shop, run).job
    assert job is not None
    assert states(run) == ["accepted"] * 6
    run_job(shop.tenant.id, job.id)
    run.refresh_from_db()
    assert (run.state, states(run)) == ("done", ["moved"] * 6)
    assert Transfer.objects.filter(to=shop.portfolio["bob"]).count() == 1
