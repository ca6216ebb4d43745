"""Two people, one customer, the same moment: committed transactions in threads of their own."""

from collections.abc import Callable

import pytest
from django.db import connection

from portfolios.models import Assignment, Portfolio
from portfolios.services.assignments import TransferRefused, transfer_customers
from portfolios.services.portfolios import close_portfolio, open_portfolio
from tenancy.context import tenant_context
from tests.at_once import at_once_in
from tests.cast import Company, make_company

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop() -> Company:
    company = make_company("alpha")
    with tenant_context(company.tenant.id):
        for name in ("alice", "bob", "carol"):
            company.add_manager(name)
        for number in range(20):
            company.add_customer(f"c{number}", "alice")
    return company


def assert_one_portfolio_each(company: Company) -> None:
    with tenant_context(company.tenant.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE held = tstzmultirange(tstzrange(born, NULL, '[)'))) FROM ("
            " SELECT c.created_at AS born, range_agg(a.period) AS held FROM crm_customer c"
            " JOIN portfolios_assignment a ON a.tenant_id = c.tenant_id AND a.customer_id = c.id"
            " GROUP BY c.tenant_id, c.id) AS each"
        )
        assert cursor.fetchone() == (20, 20)
        cursor.execute(
            "SELECT count(*) FROM crm_customersummary s JOIN portfolios_assignment a ON a.customer_id = s.customer_id"
            " AND a.tenant_id = s.tenant_id AND upper_inf(a.period) AND a.portfolio_id = s.portfolio_id"
        )
        assert cursor.fetchone() == (20,)


def test_transfers_at_once_in_opposite_orders(shop: Company) -> None:
    ids = [customer.id for customer in shop.customer.values()]

    def move(key: str, order: list) -> Callable[[], object]:
        return lambda: transfer_customers(customer_ids=order, to=shop.portfolio[key], reason=f"to {key}")

    results = at_once_in(shop, *[move(k, o) for k in ("bob", "carol", "alice") for o in (ids, ids[::-1])])
    assert not [r for r in results if isinstance(r, Exception)]
    assert_one_portfolio_each(shop)


def test_nobody_is_left_in_a_portfolio_that_closes_meanwhile(shop: Company) -> None:
    ids = [customer.id for customer in shop.customer.values()]
    at_once_in(
        shop,
        lambda: close_portfolio(portfolio=shop.portfolio["bob"], to=None, reason="closed"),
        lambda: transfer_customers(customer_ids=ids, to=shop.portfolio["bob"], reason="to Bob"),
        lambda: open_portfolio(name="another", manager=shop.member["carol"]),
    )
    assert_one_portfolio_each(shop)
    with tenant_context(shop.tenant.id):
        closed = Portfolio.objects.get(id=shop.portfolio["bob"].id)
        assert closed.closed_at is not None
        inside = Assignment.objects.filter(portfolio=closed, period__endswith=None).count()
        assert inside == 0
        with pytest.raises(TransferRefused, match="closed"):
            transfer_customers(customer_ids=ids[:1], to=closed, reason="too late")
