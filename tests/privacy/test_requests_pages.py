"""The requests desk in the browser's words: what is due, one thing to do next, and nothing for strangers."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Customer
from crm.services.contact_points import add_contact_point
from privacy.models import PersonRequest
from privacy.services.requests import identify_by_member, open_request
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AccessEntry, Job
from tests.cast import Company


@pytest.fixture(autouse=True)
def erasures_file(tmp_path: Path, settings: Any) -> None:
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"


@pytest.fixture
def olga(company_a: Company, client: Client) -> Client:
    """The privacy officer, signed in."""
    with tenant_context(company_a.tenant.id):
        add_contact_point(
            customer=company_a.customer["ada"], kind="email", value="ada@e.example", source="member"
        )
        user = company_a.add("olga", "privacy-officer").user
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def at(company: Company, one: PersonRequest, do: str = "") -> str:
    return company.url(f"privacy/requests/{one.id}/" + (f"{do}/" if do else ""))


def known(company: Company, kind: str) -> PersonRequest:
    with tenant_context(company.tenant.id):
        request = open_request(kind=kind, came="member", customer_id=company.customer["ada"].id)
        return identify_by_member(request_id=request.id, how="her passport")


def test_from_a_letter_to_the_hand_over(olga: Client, company_a: Company) -> None:
    assert "Nobody waits for an answer" in olga.get(company_a.url("privacy/requests/")).content.decode()
    day = timezone.localdate() - timedelta(days=16)
    made = olga.post(
        company_a.url("privacy/requests/new/"),
        {
            "kind": "access",
            "received_on": day.isoformat(),
            "asker": "Ada Lovelace",
            "words": "What do you know of me?",
        },
    )
    page = olga.get(made.url).content.decode()  # type: ignore[attr-defined]
    assert "It is about them" in page
    with tenant_context(company_a.tenant.id):
        one = PersonRequest.objects.get()
    olga.post(at(company_a, one, "customer"), {"customer_id": company_a.customer["ada"].id})
    olga.post(at(company_a, one, "identity"), {"how": "came with her passport"})
    olga.post(at(company_a, one, "assemble"))
    with tenant_context(company_a.tenant.id):
        job = Job.objects.get(kind="privacy.export_person")
    run_job(company_a.tenant.id, job.id)
    file = olga.get(at(company_a, one, "file"))
    assert file["Content-Type"] == "application/zip"
    olga.post(at(company_a, one, "hand_over"), {"how": "at the counter"})
    page = olga.get(at(company_a, one)).content.decode()
    assert "at the counter" in page
    with tenant_context(company_a.tenant.id):
        assert PersonRequest.objects.get().state == "done"
        assert AccessEntry.objects.filter(view="export", subject_id=company_a.customer["ada"].id).count() == 1
    assert "Handed over" in page or "Data handed over" in page


def test_what_erasure_will_do_is_shown_and_the_name_is_typed(olga: Client, company_a: Company) -> None:
    one = known(company_a, "erasure")
    page = olga.get(at(company_a, one)).content.decode()
    assert "How we reach you" in page
    assert "accounts have to be kept" in page or "kept" in page
    assert "No address of theirs was verified" in page
    assert "no letter goes out from here" in page
    refused = olga.post(at(company_a, one, "erase"), {"typed": "Ada"})
    assert (refused.status_code, "as it stands on this page" in refused.content.decode()) == (422, True)
    olga.post(at(company_a, one, "erase"), {"typed": "Ada Lovelace"})
    assert "The request is done when this is" in olga.get(at(company_a, one)).content.decode()
    with tenant_context(company_a.tenant.id):
        job = Job.objects.get(kind="privacy.erase_person")
    run_job(company_a.tenant.id, job.id)
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.get(id=company_a.customer["ada"].id).name == "Erased customer"
    assert "Lovelace" not in olga.get(at(company_a, one)).content.decode()


@pytest.mark.parametrize("do", ["identity", "extend", "refuse", "note", "customer", "send_code", "code"])
def test_what_is_missing_is_said_beside_its_field(olga: Client, company_a: Company, do: str) -> None:
    with tenant_context(company_a.tenant.id):
        one = open_request(kind="access", came="member")
    answer = olga.post(at(company_a, one, do), {})
    assert answer.status_code == 422
    assert (
        b"cs-error" in answer.content
        or b"cs-note-bad" in answer.content
        or do in {"send_code", "code", "identity"}
    )


def test_what_is_due_stands_on_my_day(olga: Client, company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        open_request(kind="erasure", came="member", received_at=timezone.now() - timedelta(days=20))
    assert "Asked for erasure of their data" in olga.get(company_a.url()).content.decode()


def test_who_lies_in_the_trash_is_found_here(olga: Client, company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        Customer.objects.filter(id=company_a.customer["ada"].id).update(trashed_at=timezone.now())
        one = open_request(kind="erasure", came="member", asker="Ada Lovelace")
    assert "in the trash since" in olga.get(at(company_a, one)).content.decode()
    olga.post(at(company_a, one, "customer"), {"customer_id": company_a.customer["ada"].id})
    assert "is done all the same" in olga.get(at(company_a, one)).content.decode()


def test_a_manager_and_another_company_find_nothing(
    olga: Client, company_a: Company, company_b: Company
) -> None:
    one = known(company_a, "access")
    for company, who, status in ((company_a, "bob", 403), (company_b, "admin", 404)):
        visitor = Client()
        visitor.force_login(company.member[who].user, "allauth.account.auth_backends.AuthenticationBackend")
        assert visitor.get(company.url(f"privacy/requests/{one.id}/")).status_code == status
        assert (
            visitor.post(company.url(f"privacy/requests/{one.id}/erase/"), {"typed": "x"}).status_code
            == status
        )


def test_an_unknown_deed_and_a_missing_file_are_not_found(olga: Client, company_a: Company) -> None:
    one = known(company_a, "access")
    assert olga.post(at(company_a, one, "dance")).status_code == 404
    assert olga.get(at(company_a, one, "file")).status_code == 404
