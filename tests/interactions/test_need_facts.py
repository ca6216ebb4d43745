"""What rules, lists and figures may know of needs and promises: nothing that is private to somebody else."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from crm.models import CustomerSummary
from interactions.models import Need, NeedKind, Promise
from interactions.selectors.needs import needs_card, needs_part, unmet_needs, visible_needs
from interactions.selectors.promise_shares import ENOUGH, Share, shares_kept
from interactions.selectors.promises import (
    answered_by,
    in_own_portfolios,
    promises_card,
    promises_part,
    visible_promises,
)
from interactions.services.authors import Author, author_of
from interactions.services.needs import end_need, record_need
from interactions.services.promise_sweep import sweep_promises
from interactions.services.promises import break_promise, keep_promise, make_promise
from portfolios.services.assignments import transfer_customers
from privacy.selectors.person_data import declared, rows_of
from rules.moment import setting_now
from tenancy.models import Role
from tests.cast import Company
from tests.rules.asker import Asker

ADA, BEN, HAL = "Ada Lovelace", "Ben Bernanke", "Hal House"


def line(fact: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {
        "all": [
            {"fact": f"interactions.{fact}", "is": operator} | ({} if value is None else {"value": value})
        ]
    }


def kinds() -> list[NeedKind]:
    return list(NeedKind.objects.order_by("position")[:2])


def need(company: Company, kind: NeedKind, of: str, **values: Any) -> Need:
    return record_need(customer=company.customer[of], kind=kind, by=Author("system"), **values)[0]


def promise(company: Company, of: str, words: str = "Call", **values: Any) -> Promise:
    values = {"due_at": timezone.now() + timedelta(days=3), **values}
    return make_promise(customer=company.customer[of], words=words, by=Author("system"), **values)[0]


def test_rules_ask_for_needs_that_are_shared_and_for_promises(in_a: Company) -> None:
    first, second = kinds()
    alice = author_of(in_a.access("alice"))
    need(in_a, first, "ada", strength=3)
    need(in_a, first, "ada", strength=1)
    need(in_a, second, "ada", visibility="portfolio", strength=3)
    end_need(need=need(in_a, second, "ben"), status="unmet", because="we have none", by=alice)
    break_promise(promise=promise(in_a, "ada"), reason="r", by=alice)
    keep_promise(promise=promise(in_a, "ada"), by=alice)
    promise(in_a, "hal")
    ask = Asker(setting_now())
    assert ask(line("open_need", "has_any", [str(first.id)])) == {ADA}
    assert ask(line("open_need", "has_any", [str(second.id)])) == set()
    assert ask(line("unmet_need", "has_any", [str(second.id)])) == {BEN}
    assert ask(line("strongest_need", "one_of", ["decisive"])) == {ADA}
    assert ask(line("strongest_need", "unknown")) == {BEN, HAL}
    assert ask(line("open_promises", "at_least", 1)) == {HAL}
    assert ask(line("broken_promises", "at_least", 1)) == {ADA}
    assert ask(line("promises_kept", "between", ["0.4", "0.6"])) == {ADA}
    assert ask(line("promises_kept", "unknown")) == {BEN, HAL}


def test_a_private_need_is_seen_by_its_portfolio_and_by_who_sees_everybody(in_a: Company) -> None:
    first, _ = kinds()
    private = need(in_a, first, "ada", visibility="portfolio", words="Is ill")
    ada = in_a.customer["ada"]
    unit_wide = in_a.access("bob")
    Role.objects.filter(id=unit_wide.role.id).update(scope=Role.Scope.OWN_UNIT)
    bob, alice, admin, fran = (in_a.access(key) for key in ("bob", "alice", "admin", "fran"))
    assert visible_needs(alice).get() == visible_needs(admin).get() == private
    assert not visible_needs(bob).exists(), (
        "the unit reaches the customer, not what was told to the portfolio"
    )
    part = needs_part(alice, ada)
    assert part is not None
    assert [entry["need"].words for entry in part["needs"]] == ["Is ill"]
    assert needs_card(alice, ada) is None, "the card is for whoever serves"
    assert needs_part(fran, ada) is None
    transfer_customers(customer_ids=[ada.id], to=in_a.portfolio["bob"], reason="r")
    assert not visible_needs(in_a.access("bob")).exists(), "it was told to the portfolio before"
    (entry,) = [one for one in declared() if one.table == "interactions_need"]
    assert [row["words"] for row in rows_of(entry, ada.id).rows] == ["Is ill"], "their own data are whole"


def test_unmet_needs_are_gathered_with_the_value_of_each_customer_once(in_a: Company) -> None:
    first, second = kinds()
    for key, value in (("ada", 5000), ("ben", 3000), ("hal", -100)):
        CustomerSummary.objects.filter(customer=in_a.customer[key]).update(value=value)
        need(in_a, first, key)
    need(in_a, first, "ada", words="said again", visibility="portfolio")
    end_need(need=need(in_a, second, "ben"), status="unmet", because="b", by=Author("system"))
    old = need(in_a, second, "ada")
    end_need(need=old, status="unmet", because="b", by=Author("system"))
    Need.objects.filter(id=old.id).update(expires_on=timezone.now().date() - timedelta(days=3))
    found = [
        (row.kind_id, row.status, row.needs, row.customers, row.value)
        for row in unmet_needs(in_a.access("admin"))
    ]
    assert found == [(first.id, "open", 4, 3, 8000), (second.id, "unmet", 1, 1, 3000)]


def test_whoever_manages_the_portfolio_of_today_answers_and_the_share_stays_where_it_was_made(
    in_a: Company,
) -> None:
    unnamed = promise(in_a, "ada", "unnamed")
    named = promise(in_a, "ada", "named", member=in_a.member["alice"])
    ada = in_a.customer["ada"]
    transfer_customers(customer_ids=[ada.id], to=in_a.portfolio["bob"], reason="r")
    bob, alice = in_a.access("bob"), in_a.access("alice")
    assert visible_promises(bob).filter(answered_by(bob)).get() == unnamed
    assert set(visible_promises(bob).filter(in_own_portfolios(bob))) == {unnamed, named}
    assert not visible_promises(alice).exists()
    keep_promise(promise=unnamed, by=author_of(bob))
    break_promise(promise=named, reason="r", by=author_of(bob))
    days = {"since": timezone.now() - timedelta(days=30), "until": timezone.now() + timedelta(minutes=1)}
    admin = in_a.access("admin")
    assert [
        (share.name, share.kept, share.broken) for share in shares_kept(admin, by="portfolio", **days)
    ] == [("Alice's portfolio", 1, 1)]
    assert [(share.name, share.count) for share in shares_kept(admin, by="member", **days)] == [("Alice", 2)]
    assert shares_kept(bob, by="portfolio", **days) == []
    (company,) = shares_kept(admin, by="company", **days)
    assert (company.count, company.share) == (2, None), "too few to say"
    assert Share(None, "x", ENOUGH - 1, 1).share == (ENOUGH - 1) / ENOUGH


def test_the_parts_show_what_binds_us_and_what_was_broken_until_it_is_mended(in_a: Company) -> None:
    alice, fran, ada = in_a.access("alice"), in_a.access("fran"), in_a.customer["ada"]
    late, later = promise(in_a, "ada", "late"), promise(in_a, "ada", "later")
    Promise.objects.filter(id=late.id).update(due_at=timezone.now() - timedelta(minutes=1))

    def shown(build: Any, access: Any) -> list[tuple[str, str]]:
        ada.summary.refresh_from_db()
        return [
            (entry["line"].promise.words, entry["line"].state) for entry in build(access, ada)["promises"]
        ]

    expected = [("late", "broken"), ("later", "open")]
    assert shown(promises_part, alice) == expected, "its hour is over though no sweep came by"
    sweep_promises("x")
    assert shown(promises_part, alice) == shown(promises_card, fran) == expected
    keep_promise(promise=late, by=author_of(alice))
    assert shown(promises_part, alice) == [("later", "open")]
    keep_promise(promise=later, by=author_of(alice))
    assert promises_card(fran, ada) is None
