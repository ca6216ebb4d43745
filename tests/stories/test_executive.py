"""Elias, executive: what the company is worth, whether to believe it, and who answers for it."""

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

ELIAS = "elias@bluebird.example"


def test_equity_and_evidence(visit: Visit) -> None:
    elias = visit(ELIAS)
    page = elias.page
    elias.look("my-day")
    page.get_by_role("navigation", name="Rooms", exact=True).get_by_role("link", name="Value").click()
    expect(page.locator("main")).to_contain_text(re.compile(r"All 2,3\d\d customers of the company"))
    expect(page.locator(".cs-figure-page .cs-figure-number")).to_have_text(re.compile(r"^\$\d\d,\d{3}$"))
    elias.look("equity")
    nadia = page.locator("tr", has_text="Nadia Okafor")
    expect(nadia).to_contain_text("%")
    elias.click("Can I trust this number?")
    elias.says("We tested it on weeks it had not seen")
    elias.look("evidence")
    page.get_by_role("button", name="As numbers").first.click()
    expect(page.locator("#tracking-numbers, .cs-chart-data").first).to_be_visible()
    elias.look("evidence-as-numbers", sizes=("wide",), themes=("dark",))


def test_portfolios(visit: Visit) -> None:
    elias = visit(ELIAS)
    page = elias.page
    elias.go("/t/bluebird/portfolios/")
    expect(page.locator("tbody tr")).to_have_count(4)
    elias.look("portfolios")
    page.locator("tbody [data-open]", has_text="Tobias Lund").click()
    elias.says("See today")
    elias.look("portfolio")
    for path in ("settings/members/", "settings/tokens/", "settings/audit/", "settings/roles/", "imports/"):
        elias.gets(f"/t/bluebird/{path}", 403)
    elias.go("/t/bluebird/settings/")
    expect(page.get_by_role("navigation", name="Settings").get_by_role("link")).to_have_text(["Absences"])
