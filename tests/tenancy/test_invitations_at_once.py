"""Two administrators invite the same new person at the same moment: one user, one clear answer each."""

import pytest
from django.core import mail
from django.http import HttpResponse

from tenancy.context import tenant_context
from tenancy.models import Member, Membership, User
from tenancy.services.members import MemberRefused, add_member, remove_member
from tests.at_once import at_once
from tests.cast import Company, make_company
from tests.tenancy.test_settings_pages import invite, signed_in

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "nora@new.example"


def add(company: Company, role: str = "frontline", email: str = NEW) -> Member:
    with tenant_context(company.tenant.id):
        return add_member(email=email, name="Nora", role=company.roles[role], unit=None)


def test_in_one_company() -> None:
    company = make_company("alpha")
    spellings = [NEW, NEW.upper(), f" {NEW}"]
    results = at_once(*[lambda e=e: add(company, email=e) for e in spellings])
    made = [result for result in results if isinstance(result, Member)]
    refused = [result for result in results if isinstance(result, MemberRefused)]
    assert (len(made), len(refused)) == (1, 2), results
    assert "already a member" in str(refused[0])
    assert User.objects.filter(email=NEW).count() == 1


def test_in_two_companies() -> None:
    companies = [make_company("alpha"), make_company("beta")]
    results = at_once(*[lambda c=c: add(c) for c in companies])
    assert all(isinstance(result, Member) for result in results), results
    user = User.objects.get(email=NEW)
    assert Membership.objects.filter(user=user).count() == 2


def test_who_left_and_is_asked_back_twice() -> None:
    company = make_company("alpha")
    nora = add(company)
    with tenant_context(company.tenant.id):
        remove_member(member=nora)
    results = at_once(lambda: add(company), lambda: add(company, "analyst"))
    assert sorted(type(result).__name__ for result in results) == ["Member", "MemberRefused"]


def test_on_the_page() -> None:
    company = make_company("alpha")
    clients = [signed_in(company, "admin") for _ in range(3)]
    answers = at_once(*[lambda c=c: invite(company, c, NEW) for c in clients])
    codes = sorted(answer.status_code if isinstance(answer, HttpResponse) else 500 for answer in answers)
    assert codes == [302, 422, 422], answers
    assert len(mail.outbox) == 1
