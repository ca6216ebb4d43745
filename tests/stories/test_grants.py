"""Priya gives what she may at once, and asks Nadia for what is above."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

PRIYA, NADIA = "priya@bluebird.example", "nadia@bluebird.example"


def test_within_and_above_the_limit(visit: Visit) -> None:
    nadia = visit(NADIA)
    nadia.go("/t/bluebird/customers/")
    link = nadia.page.locator("tbody [data-open]").first
    name, record = link.inner_text(), link.get_attribute("href") or ""
    priya = visit(PRIYA)
    page = priya.page
    priya.go(f"{record}card/")
    expect(page.get_by_role("heading", name="What you may give")).to_be_visible()
    priya.look("service-card-with-authority")
    page.keyboard.press("g")
    page.get_by_label("What it costs us, USD").fill("12.50")
    page.get_by_label("Reason").fill("The sleeve was torn")
    priya.look("give")
    priya.click("Give or ask", role="button")
    expect(page.get_by_text("Given: Credit, $12.50")).to_be_visible()
    priya.go(f"{record}give/")
    page.get_by_label("What it costs us, USD").fill("45")
    page.get_by_label("Reason").fill("Third parcel that came damaged")
    priya.click("Give or ask", role="button")
    expect(page.get_by_text("waits for Nadia Okafor").first).to_be_visible()
    nadia.go("/t/bluebird/grants/")
    nadia.look("grants-waiting")
    row = nadia.page.locator("tr", has_text=name).first
    expect(row).to_contain_text("$45.00")
    row.locator("[data-open]").click()
    nadia.look("grant")
    nadia.page.keyboard.press("y")
    expect(nadia.page.get_by_text("Given").first).to_be_visible()
    nadia.go(record)
    expect(nadia.page.locator(".cs-timeline")).to_contain_text("Given: credit, $45.00")
    expect(nadia.page.locator(".cs-timeline")).to_contain_text("Given: credit, $12.50")
    nadia.look("customer-with-grants")
