"""A contact with its needs and promises: all or nothing, and once however often it is sent."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import CustomerSummary, TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import Interaction, Need, NeedKind, Promise
from interactions.services.authors import author_of
from interactions.services.interactions import Contact
from interactions.services.logging import Logged, SaidNeed, SaidPromise, log_contact
from interactions.services.need_kinds import put_need_kind_aside
from interactions.services.promises import PromiseRefused, keep_promise
from interactions.services.refusals import Refused
from tenancy.context import tenant_context
from tests.at_once import at_once_in
from tests.cast import Company, make_company_a

CALL = Contact("phone", text="Wants it for her sister; will call her back.")


def gift() -> NeedKind:
    return NeedKind.objects.get(name="Gift")


def said(due_at: datetime | None = None) -> dict[str, Any]:
    due_at = due_at or timezone.now() + timedelta(days=2)
    return {"needs": [SaidNeed(gift(), "for her sister")], "promises": [SaidPromise("call her back", due_at)]}


def log(
    company: Company, of: str = "ada", who: str = "alice", contact: Contact = CALL, **values: Any
) -> Logged:
    by = author_of(company.access(who))
    return log_contact(customer=company.customer[of], contact=contact, by=by, **values)


def test_a_contact_its_need_and_its_promise_are_one(in_a: Company) -> None:
    logged = log(in_a, **said())
    (need,), (promise,) = logged.needs, logged.promises
    assert need.interaction == promise.interaction == logged.interaction
    assert (need.words, promise.words, promise.member) == ("for her sister", "call her back", None)
    kinds = TimelineEntry.objects.filter(customer=in_a.customer["ada"]).values_list("kind", flat=True)
    assert {"contact", "need", "promise"} <= set(kinds)
    assert CustomerSummary.objects.get(customer=in_a.customer["ada"]).open_promises == 1


def test_what_is_wrong_with_one_part_leaves_nothing_of_the_others(in_a: Company) -> None:
    past = SaidPromise("call", timezone.now() - timedelta(minutes=1))
    with pytest.raises(PromiseRefused):
        log(in_a, needs=said()["needs"], promises=[past])
    trash_customers(customer_ids=[in_a.customer["ada"].id], by=None)
    for wrong in (said(), {"key": "x" * 101}, {"needs": [SaidNeed(gift())] * 21}):
        with pytest.raises(Refused):
            log(in_a, **wrong)
    assert not Interaction.objects.exists()
    assert not Need.objects.exists()
    assert not Promise.objects.exists()


def test_the_same_sent_again_is_what_is_there_whatever_became_of_it(in_a: Company) -> None:
    what = said()
    first = log(in_a, key="draft-1", **what)
    keep_promise(promise=first.promises[0], by=author_of(in_a.access("alice")))
    put_need_kind_aside(kind=gift())
    again = log(in_a, key="draft-1", **what)
    assert (again.interaction, again.is_new) == (first.interaction, False)
    assert ([again.needs, again.promises]) == ([first.needs, first.promises])
    with pytest.raises(Refused) as refused:
        log(in_a, key="draft-1", needs=what["needs"])
    assert refused.value.code == "key_reused"
    with pytest.raises(Refused) as refused:
        log(in_a, key="draft-1", contact=Contact("phone", text="Something else."), **what)
    assert refused.value.code == "key_reused"
    assert (Interaction.objects.count(), Need.objects.count(), Promise.objects.count()) == (1, 1, 1)


def test_where_nobody_manages_them_whoever_promised_answers_for_it(in_a: Company) -> None:
    (promise,) = log(in_a, of="hal", who="admin", promises=said()["promises"]).promises
    assert promise.member == in_a.member["admin"]


@pytest.mark.django_db(transaction=True)
def test_sent_by_several_tabs_at_once_it_is_logged_once() -> None:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        what = said()
    logged = at_once_in(company, *[lambda: log(company, key="draft-2", **what)] * 4)
    assert sorted(one.is_new for one in logged) == [False, False, False, True]
    with tenant_context(company.tenant.id):
        assert (Interaction.objects.count(), Need.objects.count(), Promise.objects.count()) == (1, 1, 1)
