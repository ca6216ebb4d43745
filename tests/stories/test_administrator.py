"""Ada, administrator: a file with mistakes, new people, keys, roles, and the log of all that."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, Page, Playwright, expect

from tests.stories.conftest import Visit
from tests.stories.installation import Installation
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

ADA = "ada@bluebird.example"
LATELY = datetime.now(UTC).date() - timedelta(days=2)
ORDERS = f"""\
receipt;bought;client no.;what;how many;to pay
S-1;{LATELY:%d.%m.%Y};story-1;Kind of Blue;2;39,80
S-1;{LATELY:%d.%m.%Y};story-1;Blue Train;1;12,50
S-2;{LATELY:%d.%m.%Y};story-2;Café Zürich;1;9,90
S-3;31.02.2026;story-2;No such day;1;9,90
S-4;{LATELY:%d.%m.%Y};story-3;=HYPERLINK("x");1;seven
S-5;{LATELY:%d.%m.%Y};;Nobody's;1;5,00
"""

COLUMNS = {"order": "receipt", "ordered_at": "bought", "customer": "client no.", "amount": "to pay"}


def upload(visitor: Visitor) -> None:
    visitor.go("/t/bluebird/imports/")
    page = visitor.page
    page.get_by_label("The file").set_input_files(
        {"name": "till.csv", "mimeType": "text/csv", "buffer": ORDERS.encode("cp1252")}
    )
    page.get_by_label(re.compile("^Orders")).or_(page.get_by_label(re.compile("Kind|What"))).first.evaluate(
        "node => node.tagName === 'SELECT' ? (node.value = 'orders') : node.click()"
    )
    visitor.click("Upload and look at the columns", role="button")


def map_columns(page: Page) -> None:
    """What was guessed stays where it is right; the rest is corrected."""
    for field, column in (
        ("order", "receipt"),
        ("ordered_at", "bought"),
        ("customer", "client no."),
        ("amount", "to pay"),
    ):
        chosen = page.locator(f"#map-{field}")
        if column not in chosen.locator("option:checked").inner_text():
            chosen.select_option(label=column)


def test_import_orders(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    upload(ada)
    ada.says("How the file is written")
    ada.look("columns")
    map_columns(page)
    ada.click("Check the whole file", role="button")
    button = page.get_by_role("button", name="Import what can be read")
    button.wait_for()
    ada.says("Why rows are left out")
    ada.look("check")
    button.click()
    ada.says("Done in")
    ada.look("result")
    with page.expect_download() as coming:
        page.get_by_role("link", name=re.compile("Error file")).click()
    rows = list(csv.reader(io.StringIO(coming.value.path().read_text(encoding="utf-8-sig"))))
    assert len(rows) > 2
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
    ada.go("/t/bluebird/search/?q=story-1")
    page.locator("tbody [data-open]").first.click()
    ada.says("Order S-1")
    ada.says("52.30")
    upload(ada)
    map_columns(page)
    ada.click("Check the whole file", role="button")
    page.get_by_role("button", name=re.compile("nothing would change")).wait_for()
    ada.look("same-file-again", sizes=("wide",))


def test_members_roles_and_audit(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    ada.go("/t/bluebird/settings/members/")
    ada.click("Add a member")
    page.locator("main").get_by_label("E-mail").fill("felix@bluebird.example")
    page.locator("main").get_by_label("Name").fill("Felix Nowak")
    page.get_by_label("Role").select_option(label="Frontline")
    page.get_by_label("Unit").select_option(index=1)
    ada.look("invite")
    ada.click("Add and send the mail", role="button")
    ada.says("Felix Nowak is a member now")
    ada.look("members")
    ada.go("/t/bluebird/settings/roles/")
    ada.look("roles")
    page.get_by_role("columnheader", name="Frontline").get_by_role("link").click()
    page.get_by_label(re.compile("add customers")).uncheck()
    ada.click("Show what would change", role="button")
    ada.says("What would change")
    expect(page.get_by_role("status").first).to_contain_text("Priya Raman")
    ada.look("role-change")
    ada.click("Change the role", role="button")
    page.wait_for_load_state()
    ada.go("/t/bluebird/settings/audit/")
    expect(page.locator("tbody tr").first).to_contain_text("Ada Thorne")
    expect(page.locator("tbody tr").first).to_contain_text(re.compile("role", re.I))
    ada.look("audit")


def test_token_and_api(visit: Visit, served: Installation, playwright_here: Playwright) -> None:
    """Shown once, works at once, sees its own company only, and is over when it is revoked."""
    ada = visit(ADA)
    page = ada.page
    ada.go("/t/bluebird/settings/tokens/")
    page.locator("main").get_by_label("Name").fill("Till in Springfield")
    page.get_by_label("Role").select_option(label="API client")
    ada.click("Make the token", role="button")
    secret = page.locator("code").first.inner_text()
    ada.says("shown once")
    ada.go("/t/bluebird/settings/tokens/")
    assert secret not in page.content()
    ada.look("tokens")
    api = playwright_here.request.new_context(
        base_url=served.address, extra_http_headers={"Authorization": f"Bearer {secret}"}
    )
    customers = answered(api, "/api/v1/customers/", 200)["results"]
    assert customers
    answered(api, f"/api/v1/customers/{customers[0]['id']}/summary/", 200)
    ada.go("/t/bluebird/settings/tokens/")
    page.get_by_role("button", name="Revoke Till in Springfield").click()
    ada.says("is revoked")
    answered(api, "/api/v1/customers/", 401)
    api.dispose()


def answered(api: APIRequestContext, path: str, status: int) -> Any:
    answer = api.get(path)
    assert answer.status == status, f"{path}: {answer.status} {answer.text()[:200]}"
    return answer.json()


def test_recompute(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    ada.go("/t/bluebird/value/")
    ada.click("Compute again", role="button")
    page.wait_for_load_state()
    ada.look("computing", sizes=("wide",), themes=("light",))
    ada.go("/t/bluebird/jobs/")
    title = page.get_by_text(re.compile("valu|recompute", re.I)).first
    expect(title).to_be_visible()
    expect(page.locator("progress")).to_have_count(0, timeout=60_000)
    ada.go("/t/bluebird/value/evidence/")
    ada.says("Mostly.")
