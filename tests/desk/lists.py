"""The customers list as tests ask for it."""

from typing import Any

from django.test import Client

from crm.selectors.where import all_of, in_address, line
from portfolios.models import Assignment
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job
from tests.cast import Company

CUSTOMERS = line("crm.name", "starts_with", "customer")
LOST = line("crm.status", "one_of", ["lost"])


def body(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return str(response.content.decode())


def those(*lines: Any, **more: str) -> str:
    """The query of a list in which all of these hold."""
    return "?" + in_address(all_of(*lines), **more)


def rows_of(client: Client, url: str) -> list[str]:
    return [row["name"] for row in client.get(url).context["rows"]]


def transfer(client: Client, company: Company, whose: str, **data: Any) -> Any:
    given = {"to": company.portfolio[whose].id, "reason": "holiday", **data}
    return client.post(company.url("customers/transfer/"), given)


def home_of(company: Company, key: str) -> Any:
    with tenant_context(company.tenant.id):
        return Assignment.objects.get(customer=company.customer[key], period__endswith=None).portfolio_id


def run_of_kind(company: Company, kind: str) -> Job:
    with tenant_context(company.tenant.id):
        job = Job.objects.get(kind=kind)
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        return Job.objects.get(id=job.id)


def export(client: Client, company: Company, **data: Any) -> Any:
    given = {"purpose": "accounting", "note": "the yearly statement", **data}
    return client.post(company.url("customers/export/"), given)
