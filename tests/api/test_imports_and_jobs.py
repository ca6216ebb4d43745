"""imports/, jobs/, whoami/: long work is asked for, followed, and stopped."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from crm.models import Customer, Import
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job
from tests.api.conftest import V1, token_client
from tests.cast import Company

IMPORTS, JOBS = f"{V1}imports/", f"{V1}jobs/"
CSV = b"Customer No;Name;E-Mail\nK-1;Ada King;ada@example.com\nK-2;Bo;not an address\nK-3;;\n"


def upload(client: APIClient, content: bytes = CSV, **headers: str) -> Any:
    body = {"kind": "customers", "file": SimpleUploadedFile("c.csv", content)}
    return client.post(IMPORTS, body, format="multipart", headers=headers)


def run(company: Company, job: str) -> None:
    from uuid import UUID

    run_job(company.tenant.id, UUID(job))


def test_a_file_is_uploaded_checked_and_loaded(
    company_a: Company, shop: APIClient, charlie: APIClient
) -> None:
    made = upload(shop)
    assert made.status_code == 201, made.content
    one = f"{IMPORTS}{made.json()['id']}/"
    assert (made.json()["delimiter"], made.json()["state"]) == (";", "mapping")
    assert charlie.get(one).status_code == 404
    mapping = {"columns": {"external_id": "Customer No", "name": "Name"}}
    checking = shop.post(f"{one}check/", {"mapping": mapping}, format="json")
    assert (checking.status_code, checking.json()["state"]) == (202, "checking")
    run(company_a, checking.json()["job"])
    checked = shop.get(one).json()
    assert (checked["state"], checked["counts"]["read"]) == ("checked", 3)
    rejected = shop.get(f"{one}rejected/").json()["results"]
    assert len(rejected) == checked["counts"]["rejected"]
    loading = shop.post(f"{one}load/")
    assert loading.status_code == 202, loading.content
    job = loading.json()["job"]
    assert shop.get(f"{JOBS}{job}/").json()["state"] == "queued"
    run(company_a, job)
    assert shop.get(one).json()["state"] == "done"
    assert shop.get(f"{JOBS}{job}/").json()["state"] == "done"
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.filter(external_id="K-1").exists()


def test_bad_files_and_mappings(company_a: Company, shop: APIClient) -> None:
    assert upload(shop, b"").status_code in (400, 422)
    assert upload(shop, b"PK\x03\x04 not text").status_code == 422
    assert (
        shop.post(
            IMPORTS, {"kind": "aliens", "file": SimpleUploadedFile("c.csv", CSV)}, format="multipart"
        ).status_code
        == 400
    )
    assert shop.post(IMPORTS, {"kind": "customers"}, format="multipart").status_code == 400
    assert shop.post(IMPORTS, {"kind": "customers"}, format="json").status_code == 415
    one = f"{IMPORTS}{upload(shop).json()['id']}/"
    wrong = shop.post(f"{one}check/", {"mapping": {"columns": {"name": "No such column"}}}, format="json")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (422, ["name"])
    unknown = shop.post(f"{one}check/", {"mapping": {"columns": {}, "evil": 1}}, format="json")
    assert (unknown.status_code, list(unknown.json()["errors"])) == (400, ["mapping.evil"])
    assert shop.post(f"{one}load/").status_code == 422


def test_the_same_upload_with_a_key_is_one(company_a: Company, shop: APIClient) -> None:
    first, again = (upload(shop, **{"Idempotency-Key": "file"}) for _ in range(2))
    assert first.content == again.content
    assert upload(shop, CSV + b"K-4;Di;\n", **{"Idempotency-Key": "file"}).status_code == 422
    with tenant_context(company_a.tenant.id):
        assert Import.objects.count() == 1


def test_a_job_is_cancelled_and_resumed(company_a: Company, shop: APIClient, alice: APIClient) -> None:
    one = f"{IMPORTS}{upload(shop).json()['id']}/"
    job = shop.post(f"{one}check/", {}, format="json").json()["job"]
    path = f"{JOBS}{job}/"
    assert alice.post(f"{path}cancel/").status_code == 404
    assert shop.post(f"{path}cancel/").json()["cancel_asked_at"] is not None
    run(company_a, job)
    assert shop.get(path).json()["state"] == "cancelled"
    assert shop.post(f"{path}resume/").json()["state"] == "queued"
    with tenant_context(company_a.tenant.id):
        assert Job.objects.get(id=job).cancel_asked_at is None
    assert [row["id"] for row in shop.get(JOBS, {"state": "queued"}).json()["results"]] == [job]


def test_whoami(company_a: Company, alice: APIClient) -> None:
    token = token_client(company_a, "analyst").get(f"{V1}whoami/").json()
    assert (token["kind"], token["role"], token["tenant"], token["scope"]) == (
        "token",
        "Analyst",
        "alpha",
        "all",
    )
    member = alice.get(f"{V1}whoami/").json()
    assert (member["kind"], member["name"], member["id"]) == (
        "member",
        "Alice",
        str(company_a.member["alice"].id),
    )
