"""A form that is sent twice, by a reload or an impatient hand, makes one token."""

import re

import pytest
from django.test import Client

from tenancy.context import tenant_context
from tenancy.models import ApiToken
from tests.at_once import at_once
from tests.cast import Company, make_company
from tests.tenancy.test_settings_pages import signed_in

SECRET = re.compile(r"cs_[\w-]{43}")


def key_on(page: str) -> str:
    found = re.search(r'name="key" value="([0-9a-f-]{36})"', page)
    assert found
    return found[1]


def filled(company: Company, client: Client, **values: str) -> dict[str, str]:
    key = key_on(client.get(company.url("settings/tokens/")).content.decode())
    return {
        "name": "Till",
        "role": str(company.roles["api-client"].id),
        "expires_on": "",
        "key": key,
        **values,
    }


def tokens(company: Company) -> list[str]:
    with tenant_context(company.tenant.id):
        return list(ApiToken.objects.values_list("name", flat=True))


def test_a_reload_makes_no_second_token(company_a: Company) -> None:
    admin, url = signed_in(company_a, "admin"), company_a.url("settings/tokens/")
    asked = filled(company_a, admin)
    first = admin.post(url, asked).content.decode()
    assert SECRET.search(first)
    again = admin.post(url, asked, follow=True)
    assert again.redirect_chain == [(url, 302)]
    page = again.content.decode()
    assert "made of this form already" in page
    assert not SECRET.search(page)
    assert tokens(company_a) == ["Till"]


def test_the_page_with_the_secret_has_a_form_for_another(company_a: Company) -> None:
    admin, url = signed_in(company_a, "admin"), company_a.url("settings/tokens/")
    asked = filled(company_a, admin)
    page = admin.post(url, asked).content.decode()
    assert key_on(page) != asked["key"]
    assert SECRET.search(admin.post(url, {**asked, "name": "Shop", "key": key_on(page)}).content.decode())
    assert sorted(tokens(company_a)) == ["Shop", "Till"]


def test_a_mistake_keeps_the_key_and_nonsense_is_refused(company_a: Company) -> None:
    admin, url = signed_in(company_a, "admin"), company_a.url("settings/tokens/")
    asked = filled(company_a, admin)
    wrong = admin.post(url, {**asked, "role": ""})
    assert wrong.status_code == 422
    assert key_on(wrong.content.decode()) == asked["key"]
    assert admin.post(url, {**asked, "key": "nonsense"}).status_code == 422
    assert tokens(company_a) == []


def test_another_company_may_have_the_same_key(company_a: Company, company_b: Company) -> None:
    admin = signed_in(company_a, "admin")
    asked = filled(company_a, admin)
    admin.post(company_a.url("settings/tokens/"), asked)
    theirs = {**asked, "role": str(company_b.roles["api-client"].id)}
    page = signed_in(company_b, "admin").post(company_b.url("settings/tokens/"), theirs).content.decode()
    assert SECRET.search(page)


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once() -> None:
    company = make_company("alpha")
    asked = filled(company, signed_in(company, "admin"))
    clients = [signed_in(company, "admin") for _ in range(3)]
    answers = at_once(*[lambda c=c: c.post(company.url("settings/tokens/"), asked) for c in clients])
    assert sorted(getattr(answer, "status_code", 500) for answer in answers) == [200, 302, 302], answers
    assert tokens(company) == ["Till"]
