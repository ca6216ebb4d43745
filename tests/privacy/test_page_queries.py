"""What the pages of privacy ask the database: as much for ten times the rows, and no count without an end."""

import re
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from privacy.gate import Ask, check_many
from privacy.models import ConsentUpload, ListUpload
from privacy.selectors.lists import lists_now
from privacy.services.consents import record_consents
from privacy.services.health import start_measure
from privacy.services.requests import open_request, refuse
from privacy.services.suppressions import suppress_address
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tests.cast import Company
from tests.privacy.test_privacy_pages import entry, page

BASELINE = {
    "privacy/": 27,
    "privacy/ledger/": 20,
    "privacy/ledger/?worth=worthless": 21,
    "privacy/answers/": 17,
    "privacy/requests/": 17,
    "privacy/requests/?show=closed": 17,
    "privacy/lists/": 20,
    "privacy/imports/": 16,
}
"""Statements of a page, those that open the session and the tenant among them."""
BIG = re.compile(
    r'COUNT\(\*\)[^(]*FROM "privacy_(consentevent|suppression|gateanswer|personrequest)"', re.IGNORECASE
)
"""A count of the whole; one of a slice stands around a subquery."""


def more(company: Company, rows: int, turn: str) -> None:
    with tenant_context(company.tenant.id):
        record_consents([
            entry(company, who, source=f"{turn} {number}", method="import" if number % 2 else "web_form")
            for number in range(rows) for who in ("ada", "ben", "hal")
        ])  # fmt: skip
        check_many(
            [Ask(customer_id=company.customer["ada"].id, channel="email", purpose="newsletter")] * rows
        )
        for number in range(rows):
            made = [open_request(kind="access", came="member", asker=f"{turn} {number}", words="all of it",
                                 received_at=timezone.now() - timedelta(days=1)) for _ in range(2)]  # fmt: skip
            refuse(request_id=made[0].id, reason="is not who they say they are")
            suppress_address(kind="email", value=f"{turn}-{number}@example.org", source="a call")
            ConsentUpload.objects.create(name=f"{number}.csv", encoding="utf-8", delimiter=",", header=[])
            ListUpload.objects.create(
                list="US-DNC", mode="replace", as_of=timezone.localdate(), added=7, removed=2
            )
        run_job(company.tenant.id, start_measure(slot=turn).id)


def officer(company: Company) -> Client:
    with tenant_context(company.tenant.id):
        company.add("oscar", "privacy-officer")
        return page(company, "oscar")


def test_pages_ask_as_much_of_many_rows_as_of_few(company_a: Company) -> None:
    client = officer(company_a)

    def asked(path: str) -> int:
        client.get(company_a.url(path))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(company_a.url(path)).status_code == 200
        assert not [query["sql"] for query in queries if BIG.search(query["sql"])]
        return len(queries)

    more(company_a, 2, "first")
    few = {path: asked(path) for path in BASELINE}
    more(company_a, 20, "then")
    many = {path: asked(path) for path in BASELINE}
    assert many == few
    assert few == BASELINE
    with tenant_context(company_a.tenant.id):
        counts = {one.known.code: one.addresses for one in lists_now(timezone.localdate())}
    assert (counts["do_not_contact"], counts["US-DNC"]) == (22, 110)


def test_open_requests_are_paged_by_what_is_due_first(company_a: Company) -> None:
    client = officer(company_a)
    with tenant_context(company_a.tenant.id):
        for days in range(53):
            open_request(kind="access", came="member", asker=f"{days}", words="all",
                         received_at=timezone.now() - timedelta(days=days % 20))  # fmt: skip
    first = client.get(company_a.url("privacy/requests/"))
    second = client.get(first.context["pager"]["later_url"])
    due = [row["request"].due_at for shown in (first, second) for row in shown.context["rows"]]
    assert (len(due), due) == (53, sorted(due))
    assert second.context["pager"]["earlier_url"]
    assert "53 open" in first.content.decode()
