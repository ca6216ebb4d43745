"""New customers go where the rules in force say; whatever is wrong with the rules never keeps anybody out."""

from crm.models import Customer
from portfolios.models import Assignment, AssignmentDecision
from portfolios.services.assignments import house_portfolio
from portfolios.services.portfolios import close_portfolio, open_portfolio
from portfolios.services.rules import policy
from portfolios.services.rules_in_force import ruling_in_force
from rules.models import RuleVersion
from tests.cast import Company
from tests.portfolios.assignment import EVERYBODY, country, portfolio_names, rule, rules_in_force, to


def test_a_rule_decides_and_says_so(in_a: Company) -> None:
    rules_in_force(in_a, rule("Germans", country("DE"), to(in_a.portfolio["bob"])))
    dora = in_a.add_customer("dora", country="DE")
    in_a.add_customer("fred", country="FR")
    assert portfolio_names(in_a)["dora"] == "Bob's portfolio"
    assert portfolio_names(in_a)["fred"] == "House"
    held = Assignment.objects.get(customer=dora)
    assert held.reason == "by rule “Germans” of Distribution, version 1"
    made = AssignmentDecision.objects.get(customer=dora)
    assert (made.rule_name, made.how, made.version, made.id) == (
        "Germans",
        "rule",
        RuleVersion.objects.get(rule_set__kind="portfolios.assignment"),
        held.id,
    )
    assert made.facts.facts["facts"]["crm.country"] == "DE"
    assert not AssignmentDecision.objects.filter(customer__external_id="fred-1").exists()


def test_who_was_asked_for_goes_there_whatever_the_rules_say(in_a: Company) -> None:
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["bob"])))
    in_a.add_customer("dora", "alice")
    assert portfolio_names(in_a)["dora"] == "Alice's portfolio"


def test_people_follow_their_organisation_whatever_a_rule_says(in_a: Company) -> None:
    firm = in_a.add_customer("firm", "alice", kind=Customer.Kind.ORGANISATION)
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["bob"]), binding=True))
    in_a.add_customer("dora", acts_for=firm)
    assert portfolio_names(in_a)["dora"] == "Alice's portfolio"


def test_several_portfolios_get_new_customers_in_turn(in_a: Company) -> None:
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["alice"], in_a.portfolio["bob"])))
    for number in range(9):
        in_a.add_customer(f"n{number}")
    names = list(portfolio_names(in_a).values())
    assert abs(names.count("Alice's portfolio") - names.count("Bob's portfolio")) <= 1
    assert names.count("House") == 1


def test_who_finds_every_portfolio_full_stays_in_the_house(in_a: Company) -> None:
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["bob"], limit=3)))
    for number in range(5):
        in_a.add_customer(f"n{number}")
    names = list(portfolio_names(in_a).values())
    assert (names.count("Bob's portfolio"), names.count("House")) == (3, 4)


def test_the_house_is_where_rules_find_new_customers(in_a: Company) -> None:
    at_home = {"all": [{"fact": "portfolios.in_house", "is": "yes"}]}
    rules_in_force(in_a, rule("From the house", at_home, to(in_a.portfolio["bob"])))
    in_a.add_customer("dora")
    assert portfolio_names(in_a)["dora"] == "Bob's portfolio"


def test_a_portfolio_takes_whom_its_own_rules_want_within_the_boundaries(in_a: Company) -> None:
    rules_in_force(
        in_a, rule("Germans", country("DE"), to(in_a.portfolio["bob"]), binding=True),
        rule("The rest", EVERYBODY, to(house_portfolio())),
    )  # fmt: skip
    rules_in_force(in_a, rule("Mine", EVERYBODY, {"answer": "take"}), name="Alice takes", portfolio="alice")
    dora = in_a.add_customer("dora", country="DE")
    in_a.add_customer("fred", country="FR")
    names = portfolio_names(in_a)
    assert (names["dora"], names["fred"]) == ("Bob's portfolio", "Alice's portfolio")
    [stopped] = AssignmentDecision.objects.get(customer=dora).stopped
    assert (stopped["name"], stopped["rule_name"]) == ("Alice takes", "Mine")


def test_a_portfolio_that_does_not_take_somebody_is_left_out(in_a: Company) -> None:
    both = to(in_a.portfolio["alice"], in_a.portfolio["bob"])
    rules_in_force(in_a, rule("All", EVERYBODY, both))
    no_germans = rule("No Germans", country("DE"), {"answer": "leave"})
    rules_in_force(in_a, no_germans, name="Alice", portfolio="alice")
    for number in range(4):
        in_a.add_customer(f"n{number}", country="DE")
    names = portfolio_names(in_a)
    assert {names[f"n{number}"] for number in range(4)} == {"Bob's portfolio"}


def test_a_rule_that_names_a_closed_portfolio_puts_nobody_there(in_a: Company) -> None:
    carol = in_a.add("carol", "relationship-manager")
    in_a.portfolio["carol"] = open_portfolio(name="Carol's", manager=carol)
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["carol"])))
    close_portfolio(portfolio=in_a.portfolio["carol"], to=None, reason="closed")
    in_a.add_customer("dora")
    assert portfolio_names(in_a)["dora"] == "House"
    [trouble] = ruling_in_force(
        at=in_a.customer["dora"].created_at.max.replace(tzinfo=in_a.customer["dora"].created_at.tzinfo)
    ).troubles
    assert "closed" in trouble.message


def test_rules_that_cannot_be_asked_keep_nobody_out(in_a: Company, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    rules_in_force(in_a, rule("All", EVERYBODY, to(in_a.portfolio["bob"])))

    def broken(*args: object) -> None:
        raise RuntimeError("the fact's table is away")

    monkeypatch.setattr("portfolios.services.assignments_by_rule.read_records", broken)
    in_a.add_customer("dora")
    assert portfolio_names(in_a)["dora"] == "House"
    assert "house portfolio" in policy().trouble
