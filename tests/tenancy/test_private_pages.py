"""What is left behind: nothing in the browser's cache, nothing on our disk from a stranger."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tenancy.context import tenant_context
from tenancy.services.tokens import create_token
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in


@pytest.mark.parametrize("path", ["", "customers/", "settings/absences/", "settings/roles/", "nowhere/"])
def test_no_page_stays_in_a_cache(company_a: Company, path: str) -> None:
    answer = signed_in(company_a, "alice").get(company_a.url(path))
    assert "no-store" in answer.headers["Cache-Control"]
    assert "private" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("path", ["whoami/", "customers/"])
def test_no_answer_of_the_api_stays_in_a_cache(company_a: Company, path: str) -> None:
    with tenant_context(company_a.tenant.id):
        _, secret = create_token(name="till", role=company_a.roles["api-client"], created_by=None)
    answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.fixture
def spool(settings: Any, tmp_path: Path) -> Path:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    return tmp_path


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/"])
def test_a_stranger_stores_no_file(db: None, spool: Path, path: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(path, {"file": SimpleUploadedFile("big.csv", b"x" * 200_000)})
    assert answer.status_code in {400, 405, 413}
    assert not list(spool.iterdir())


def test_an_upload_without_end_is_refused_before_it_is_read(
    company_a: Company, spool: Path, settings: Any
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = signed_in(company_a, "admin").post(
        company_a.url("imports/new/"),
        {"kind": "orders", "file": SimpleUploadedFile("a.csv", b"x" * 2_000_000)},
    )
    assert answer.status_code in {400, 413}
    assert not list(spool.iterdir())
