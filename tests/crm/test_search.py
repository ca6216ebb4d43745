"""Search: what finds whom, in which order, and that it never leaves the scope or the tenant."""

import pytest
from django.db import connection

from crm.selectors.search import find_customers
from crm.services.contact_points import add_contact_point
from crm.services.customers import trash_customers
from tenancy.context import tenant_context
from tests.cast import Company, make_company_a
from tests.stock import stocked

XSS = '<img src=x onerror="alert(1)">'


@pytest.fixture
def company_a(db: None) -> Company:
    return stocked("shop to search", _shop)


@pytest.fixture
def shop(in_a: Company) -> Company:
    return in_a


def _shop() -> Company:
    company = make_company_a()
    with tenant_context(company.tenant.id):
        _fill(company)
    return company


def _fill(company: Company) -> None:
    company.add_customer("zoe", "alice", name="Zoë Åkerman", external_id="A-100%_1")
    company.add_customer("rosa", "bob", name="Rosalind Achterberg", external_id="A-2001")
    company.add_customer("rosb", "bob", name="Bert Rosalindson", external_id="B-2001")
    company.add_customer("li", name="Li", external_id="c-7")
    for key, kind, value in (
        ("zoe", "email", "Zoe@Akerman.example"),
        ("zoe", "phone", "020 7946 0000"),
        ("rosa", "phone", "+31 71 555 0142"),
    ):
        add_contact_point(customer=company.customer[key], kind=kind, value=value, source="member")


def names(company: Company, who: str, typed: str) -> list[str]:
    return [found.customer.name for found in find_customers(company.access(who), typed)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("zoe akerman", "Zoë Åkerman"),
        ("ZOË", "Zoë Åkerman"),
        ("kerm", "Zoë Åkerman"),
        ("akerman zo", "Zoë Åkerman"),
        ("li", "Li"),
        ("A-2001", "Rosalind Achterberg"),
        ("A-100%_1", "Zoë Åkerman"),
        ("zoe@akerman.example", "Zoë Åkerman"),
        ("zoe@ak", "Zoë Åkerman"),
        ("020 7946 0000", "Zoë Åkerman"),
        ("0207946", "Zoë Åkerman"),
        ("+44 20 7946 0000", "Zoë Åkerman"),
        ("+3171555", "Rosalind Achterberg"),
        ("0031 71 555", "Rosalind Achterberg"),
    ],
)
def test_one_finds_by_name_number_phone_and_mail(shop: Company, typed: str, first: str) -> None:
    assert names(shop, "fran", typed)[:1] == [first]


def test_a_beginning_comes_before_a_later_word(shop: Company) -> None:
    assert names(shop, "fran", "rosalind") == ["Rosalind Achterberg", "Bert Rosalindson"]


@pytest.mark.parametrize(
    "typed", ["%", "_", "\\", "%%%", "a%b", "'", "''--", "", "   ", "\x00"[:0], "zzz", "é" * 300]
)
def test_signs_of_patterns_are_letters(shop: Company, typed: str) -> None:
    assert names(shop, "fran", typed) == []


def test_the_own_ones_come_first_and_others_only_as_a_card(shop: Company) -> None:
    shop.add_customer("mine", "alice", name="Zacharias Rosalindus")
    found = find_customers(shop.access("alice"), "rosalind")
    assert [(f.customer.name, f.in_scope) for f in found] == [
        ("Zacharias Rosalindus", True),
        ("Rosalind Achterberg", False),
        ("Bert Rosalindson", False),
    ]


def test_without_the_permission_to_find_the_scope_is_the_limit(shop: Company) -> None:
    role = shop.roles["relationship-manager"]
    role.permissions = [code for code in role.permissions if code != "crm.find_customer"]
    role.save()
    assert names(shop, "alice", "rosalind") == []
    assert names(shop, "bob", "rosalind") == ["Rosalind Achterberg", "Bert Rosalindson"]
    assert names(shop, "alice", "+3171555") == []
    assert names(shop, "alice", "A-2001") == []
    role.permissions = []
    role.save()
    assert names(shop, "bob", "rosalind") == []


def test_another_company_finds_nobody_here(shop: Company, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        for typed in ("zoe", "A-2001", "zoe@akerman.example", "+442079460000"):
            assert names(company_b, "charlie", typed) == []
        assert names(company_b, "charlie", "ada-1") == ["Cleo Canary"]


def test_the_function_itself_holds_the_wall(shop: Company, company_b: Company) -> None:
    """Raw, as the application: no tenant finds nothing, and no argument reaches another one."""

    def raw() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM crm_find_customers('zoe akerman', 'A-2001', '{zoe@}', NULL, 200)"
            )
            return int(cursor.fetchone()[0])

    assert raw() == 2
    with tenant_context(company_b.tenant.id):
        assert raw() == 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL app.tenant_id = ''")
    assert raw() == 0


def test_at_most_two_hundred_whatever_is_asked(shop: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM crm_find_customers('', '', '{+}', NULL, 100000)")
        assert cursor.fetchone()[0] <= 200


def test_the_trash_is_not_found(shop: Company) -> None:
    trash_customers(customer_ids=[shop.customer["zoe"].id], by=None)
    assert names(shop, "fran", "zoe") == []


def test_names_are_only_text(shop: Company) -> None:
    shop.add_customer("xss", "alice", name=XSS)
    assert names(shop, "fran", "<img src") == [XSS]
