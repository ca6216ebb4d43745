"""Every customer is in exactly one portfolio at every instant: the database refuses anything else."""

import pytest
from django.db import IntegrityError, connection, transaction

from crm.models import Customer
from portfolios.models import Assignment
from portfolios.services.assignments import TransferRefused, transfer_customers
from portfolios.services.portfolios import close_portfolio
from tenancy.services.members import remove_member
from tests.cast import Company


def portfolios_of(customer: Customer) -> list[str]:
    rows = Assignment.objects.filter(customer=customer).order_by("period").select_related("portfolio")
    return [row.portfolio.name for row in rows]


def check_now() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_new_customer_is_in_the_house_unless_asked(in_a: Company) -> None:
    assert portfolios_of(in_a.customer["hal"]) == ["House"]
    assert portfolios_of(in_a.customer["ada"]) == ["Alice's portfolio"]


def test_a_transfer_leaves_no_gap(in_a: Company) -> None:
    transfer_customers(
        customer_ids=[in_a.customer["ada"].id], to=in_a.portfolio["bob"], reason="moved to Leeds"
    )
    first, second = Assignment.objects.filter(customer=in_a.customer["ada"]).order_by("period")
    assert first.period.lower == in_a.customer["ada"].created_at
    assert first.period.upper == second.period.lower
    assert second.period.upper is None
    in_a.customer["ada"].summary.refresh_from_db()
    assert in_a.customer["ada"].summary.portfolio_id == in_a.portfolio["bob"].id
    check_now()


def test_a_transfer_needs_a_reason_and_moves_only_who_is_elsewhere(in_a: Company) -> None:
    ada = in_a.customer["ada"].id
    with pytest.raises(TransferRefused, match="why"):
        transfer_customers(customer_ids=[ada], to=in_a.portfolio["bob"], reason=" ")
    assert transfer_customers(customer_ids=[ada], to=in_a.portfolio["alice"], reason="again").customers == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO portfolios_assignment (tenant_id, id, customer_id, portfolio_id, period, reason)"
        " SELECT tenant_id, gen_random_uuid(), customer_id, portfolio_id, period, 'twice'"
        " FROM portfolios_assignment LIMIT 1",
        "DELETE FROM portfolios_assignment",
        "UPDATE portfolios_assignment SET period = tstzrange(lower(period), now() + interval '1 hour')",
        "UPDATE portfolios_assignment SET period = tstzrange(lower(period) + interval '1 second', NULL)",
        "UPDATE portfolios_assignment SET portfolio_id = (SELECT id FROM portfolios_portfolio LIMIT 1),"
        " customer_id = gen_random_uuid()",
        "INSERT INTO crm_customer (tenant_id, id, kind, name, name_key, country, language, time_zone, manual_status,"
        " source, source_detail, version, created_at, updated_at) SELECT tenant_id, gen_random_uuid(), 'person', 'X',"
        " 'x', '', '', '', '', 'member', '', 1, now(), now() FROM portfolios_portfolio LIMIT 1",
    ],
)
def test_the_database_refuses_two_none_and_gaps(in_a: Company, statement: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        check_now()


def test_a_member_who_leaves_hands_over(in_a: Company) -> None:
    remove_member(member=in_a.member["alice"])
    assert portfolios_of(in_a.customer["ada"]) == ["Alice's portfolio", "House"]
    close_portfolio(portfolio=in_a.portfolio["bob"], to=None, reason="merged")
    check_now()
