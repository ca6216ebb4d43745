"""Priya, at the counter: anybody can be found, nobody is an open book."""

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

PRIYA, ADA = "priya@bluebird.example", "ada@bluebird.example"


def test_service_card(visit: Visit) -> None:
    priya = visit(PRIYA)
    page = priya.page
    priya.says("Find who stands before you")
    expect(page.get_by_role("navigation", name="Rooms", exact=True)).not_to_contain_text("Customers")
    priya.look("my-day")
    priya.go("/t/bluebird/search/")
    page.get_by_label("Name, number, phone or e-mail").fill("anders")
    priya.click("Find", role="button", exact=True)
    priya.look("search")
    link = page.locator("tbody [data-open]").first
    name = link.inner_text()
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    priya.says("This is the service card")
    priya.look("service-card")
    assert "$" in page.locator("main").inner_text(), "no order on the card"
    record = re.sub(r"card/$", "", page.url)
    for path in ("", "edit/", "timeline/", "why/value/"):
        priya.gets(f"{record}{path}", 403, 404)
    for path in ("customers/", "portfolios/", "value/", "settings/audit/"):
        priya.gets(f"/t/bluebird/{path}", 403)
    priya.look("refused", sizes=("wide",))
    ada = visit(ADA)
    ada.go("/t/bluebird/privacy/looks/")
    row = ada.page.locator("tr", has_text=name).first
    expect(row).to_contain_text("Priya Raman")
    ada.look("who-looked-at-whom")
