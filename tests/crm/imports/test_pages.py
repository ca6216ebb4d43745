"""The way of a file through the browser."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm.models import Import, Order
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import User
from tests.cast import Company
from tests.crm.imports.test_orders import FILE

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{key}@{company.tenant.slug}.example"), backend=BACKEND)
    return client


@pytest.fixture
def admin(company_a: Company) -> Client:
    return signed_in(company_a, "admin")


def send(
    client: Client, company: Company, content: str | bytes = FILE, kind: str = "orders", name: str = "o.csv"
):
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile(name, data, content_type="text/csv")
    return client.post(company.url("imports/new/"), {"kind": kind, "file": file})


def mapped(company: Company, **changes: str) -> dict[str, str]:
    with tenant_context(company.tenant.id):
        run = Import.objects.latest("created_at")
        sent = {**run.mapping["columns"], "encoding": run.encoding, "delimiter": run.delimiter,
                "date_order": "day", "decimal": "point"}  # fmt: skip
        return {**sent, **({"c_is_return": "on"} if run.mapping["c_is_return"] else {}), **changes}


def finish_job(company: Company) -> Import:
    with tenant_context(company.tenant.id):
        job = Import.objects.select_related("job").latest("created_at").job
    run_job(job.tenant_id, job.id)
    with tenant_context(company.tenant.id):
        return Import.objects.select_related("job").latest("created_at")


def test_a_file_goes_its_way(company_a: Company, admin: Client) -> None:
    page = admin.get(company_a.url("imports/"))
    assert page.status_code == 200
    address = send(admin, company_a)["Location"]
    page = admin.get(address).content.decode()
    assert re.search(r'<option value="InvoiceNo" selected>', page)
    assert "85123A" in page
    assert admin.post(f"{address}check/", mapped(company_a)).status_code == 302
    assert "hx-get" in admin.get(address).content.decode()
    assert admin.get(f"{address}progress/").status_code == 200
    run = finish_job(company_a)
    assert admin.get(f"{address}progress/")["HX-Refresh"] == "true"
    page = admin.get(address).content.decode()
    assert "Import what can be read" in page
    assert "Order 536365" in page
    assert admin.post(f"{address}go/").status_code == 302
    run = finish_job(company_a)
    assert run.state == "done"
    page = admin.get(address).content.decode()
    assert "Done in" in page
    assert "See the customers" in page
    assert "4 new" in admin.get(company_a.url("imports/")).content.decode()


def test_the_error_file_is_safe_to_open(company_a: Company, admin: Client) -> None:
    bad = FILE.replace("WHITE HEART,6,", "\"=cmd|' /C calc'!A0\",six,")
    address = send(admin, company_a, bad)["Location"]
    admin.post(f"{address}check/", mapped(company_a, quantity="Quantity"))
    finish_job(company_a)
    page = admin.get(address)
    assert "is no number" in page.content.decode()
    answer = admin.get(f"{address}errors/")
    text = b"".join(answer).decode("utf-8-sig")
    assert "attachment" in answer["Content-Disposition"]
    lines = text.splitlines()
    assert lines[0].startswith("Line,Why it was left out,InvoiceNo,")
    assert lines[1].startswith("2,'six' is no number")
    assert "'=cmd|" in lines[1]
    assert lines[2].startswith('4,"left out with order 536365, because of line 2",536365,71053,LANTERN,6,')


def test_a_mapping_that_will_not_do_says_so(company_a: Company, admin: Client) -> None:
    address = send(admin, company_a)["Location"]
    answer = admin.post(f"{address}check/", mapped(company_a, ordered_at=""))
    assert answer.status_code == 422
    assert "Choose the column that holds the date." in answer.content.decode()
    answer = admin.post(f"{address}check/", mapped(company_a, product="InvoiceNo"))
    assert "used twice" in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "e.csv", "The file is empty."),
        (b"a,b,c\n", "h.csv", "a first line and no rows"),
        (b"PK\x03\x04rest", "x.xlsx", "Save it as CSV"),
        (b"\xfd7zXZ\x00rest", "x.xz", "an xz file"),
        (b"\x1f\x8brest", "x.gz", "a gzip file"),
    ],
)
def test_other_files_are_refused_in_words(
    company_a: Company, admin: Client, content: bytes, name: str, words: str
) -> None:
    answer = send(admin, company_a, content, name=name)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    with tenant_context(company_a.tenant.id):
        assert not Import.objects.exists()


def test_a_file_too_large_is_refused(company_a: Company, admin: Client, settings) -> None:
    settings.UPLOAD_MAX_BYTES = 100
    answer = send(admin, company_a)
    assert answer.status_code == 422
    assert "larger than" in answer.content.decode()


def test_names_and_cells_are_text(company_a: Company, admin: Client) -> None:
    evil = "<script>alert(1)</script>"
    content = FILE.replace("Country", f'"{evil}"').replace("WHITE HEART", evil)
    address = send(admin, company_a, content, name=f"{evil}.csv")["Location"]
    for _ in range(2):
        assert evil not in admin.get(address).content.decode()
        assert evil not in admin.get(company_a.url("imports/")).content.decode()
        admin.post(f"{address}check/", mapped(company_a))
        finish_job(company_a)


def test_cancel_resume_and_drop(company_a: Company, admin: Client) -> None:
    address = send(admin, company_a)["Location"]
    admin.post(f"{address}check/", mapped(company_a))
    assert admin.post(f"{address}cancel/", headers={"HX-Request": "true"}).status_code == 200
    assert finish_job(company_a).state == "cancelled"
    assert "Go on from there" in admin.get(address).content.decode()
    admin.post(f"{address}resume/")
    assert finish_job(company_a).state == "checked"
    admin.post(f"{address}columns/")
    assert "In your file" in admin.get(address).content.decode()
    assert admin.post(f"{address}drop/")["Location"] == company_a.url("imports/")
    assert admin.get(address).status_code == 404


def test_who_may_and_who_may_not(company_a: Company, company_b: Company, admin: Client) -> None:
    address = send(admin, company_a)["Location"]
    ada, charlie = signed_in(company_a, "alice"), signed_in(company_b, "admin")
    doors = ["", "progress/", "errors/"]
    posts = ["check/", "read-again/", "go/", "columns/", "cancel/", "resume/", "drop/"]
    for path in doors:
        assert ada.get(address + path).status_code == 403
        assert charlie.get(address + path).status_code == 404
        assert charlie.get(address.replace("/alpha/", "/beta/") + path).status_code == 404
    for path in posts:
        assert ada.post(address + path).status_code == 403
        assert charlie.post(address.replace("/alpha/", "/beta/") + path).status_code == 404
        assert admin.get(address + path).status_code == 405
    with tenant_context(company_a.tenant.id):
        assert Import.objects.exists()
        assert not Order.objects.exists()


def test_read_again_with_another_delimiter(company_a: Company, admin: Client) -> None:
    address = send(admin, company_a, "order;date;amount,x\n1;2026-01-01;5,0\n")["Location"]
    admin.post(f"{address}read-again/", {"encoding": "cp1252", "delimiter": ","})
    with tenant_context(company_a.tenant.id):
        run = Import.objects.get()
    assert (run.encoding, run.delimiter, run.header) == ("cp1252", ",", ["order;date;amount", "x"])
