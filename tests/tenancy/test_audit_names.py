"""The audit names people, portfolios and customers; ids are for machines."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.services.customers import change_customer
from crm.services.margins import start_restating
from crm.services.orders import Line, record_order
from portfolios.services.assignments import transfer_customers
from portfolios.services.portfolios import change_portfolio
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AuditEntry, Member
from tenancy.services.audit import record_batch
from tenancy.services.members import change_member
from tenancy.services.units import add_unit
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-")


@pytest.fixture
def busy(company_a: Company) -> Company:
    """A day on which one of everything that points at something else has changed."""
    alice = f"member:{company_a.member['alice'].id}"
    with tenant_context(company_a.tenant.id, actor=alice):
        ada, portfolio = company_a.customer["ada"], company_a.portfolio
        transfer_customers(customer_ids=[ada.id], to=portfolio["bob"], reason="moved", author_name="Alice")
        north = add_unit(name="North", parent=company_a.root)
        change_portfolio(
            portfolio=portfolio["alice"], name="Leeds", manager=company_a.member["bob"], unit=north
        )
        fran = Member.objects.select_related("role").get(id=company_a.member["fran"].id)
        change_member(member=fran, name="Fran", role=company_a.roles["analyst"], unit=north)
        change_customer(
            customer=ada, version=ada.version, source="member",
            changes={"acts_for_id": company_a.customer["ben"].id},
        )  # fmt: skip
        record_order(external_id="o-1", customer=ada, ordered_at=timezone.now() - timedelta(days=1),
                     lines=[Line(Decimal(1), Decimal(10))], source="member")  # fmt: skip
        job = start_restating()
        run_job(company_a.tenant.id, job.id)
        record_batch(action="transfer", table="portfolios_assignment",
                     note={"portfolio": str(portfolio["bob"].id), "customers": 51})  # fmt: skip
    return company_a


def pages(company: Company) -> str:
    admin, url, text = signed_in(company, "admin"), company.url("settings/audit/"), ""
    while url:
        answer = admin.get(url)
        text += re.sub(
            r"<(nav|head|form|dialog).*?</\1>|<[^>]+>", " ", answer.content.decode(), flags=re.DOTALL
        )
        url = answer.context["pager"]["later_url"]
    return " ".join(text.split())


def test_no_page_of_the_audit_shows_an_id(busy: Company) -> None:
    text = pages(busy)
    assert not ID.findall(text), [text[max(0, at.start() - 80) : at.end() + 40] for at in ID.finditer(text)]
    for words in (
        "changed portfolio Leeds", "manager: Alice → Bob", "unit: Alpha → North", "made unit North",
        "path: Alpha/North", "acts for: Ben Bernanke", "changed customer Ada Lovelace", "transfer: moved",
        "changed member Fran", "role: Frontline → Analyst", "made order o-1", "customer: Ada Lovelace",
        "job Restating estimated margins", "customers 51, portfolio Bob's portfolio",
    ):  # fmt: skip
        assert words.replace("'", "&#x27;") in text, words


def test_what_is_gone_keeps_the_name_it_had(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        unit = add_unit(name="West", parent=company_a.root)
        unit.delete()
    assert "took away unit West" in pages(company_a)


def test_the_number_of_queries_does_not_grow_with_the_changes(busy: Company) -> None:
    admin, url = signed_in(busy, "admin"), busy.url("settings/audit/?table=tenancy_member")
    with tenant_context(busy.tenant.id):
        AuditEntry.objects.filter(table="crm_order")

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(url).status_code == 200
        return len(captured)

    queries()
    few = queries()
    with tenant_context(busy.tenant.id):
        for number in range(12):
            busy.add(f"extra{number}", "frontline")
    assert queries() <= few + 1


def test_ids_of_another_company_stay_ids(company_a: Company, company_b: Company) -> None:
    cleo, nobody = company_b.customer["cleo"].id, uuid.uuid4()
    with tenant_context(company_a.tenant.id):
        record_batch(action="import", table="crm_customer", note={"customer": str(cleo), "job": str(nobody)})
    text = pages(company_a)
    assert "Cleo" not in text
    assert str(nobody) in text
