"""Before anybody picks up a phone: may we, and why."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

NADIA, PRIYA = "nadia@bluebird.example", "priya@bluebird.example"


def test_may_we(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/customers/")
    page.locator("tbody [data-open]").first.click()
    chips = page.get_by_role("group", name="May we contact them")
    expect(chips.get_by_role("link")).to_have_count(5)
    expect(chips).to_contain_text("E-mail")
    nadia.look("customer")
    chip = chips.get_by_role("link", name="E-mail")
    address = chip.get_attribute("href") or ""
    chip.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("#source")
    expect(dialog.get_by_role("heading", level=2)).to_contain_text("E-mail to")
    expect(dialog).to_contain_text("Offers and news")
    expect(dialog).to_contain_text("What was looked at")
    nadia.look("why")
    page.keyboard.press("Escape")
    nadia.go(address)
    nadia.says("What was looked at")
    nadia.look("page-of-its-own", sizes=("wide", "small"))
    card = address.split("may-we/")[0] + "card/"
    priya = visit(PRIYA)
    priya.go(card)
    expect(priya.page.get_by_role("group", name="May we contact them").get_by_role("link")).to_have_count(5)
    priya.page.get_by_role("group", name="May we contact them").get_by_role("link", name="Phone").click()
    expect(priya.page.locator("#source")).to_contain_text("Phone to")
    assert "What was looked at" not in priya.page.locator("#source").inner_text()
    priya.look("counter", sizes=("wide", "phone"))
