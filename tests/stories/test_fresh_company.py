"""A company on its first day: every empty page says what to do first."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit
from tests.stories.installation import Installation

pytestmark = pytest.mark.browser

PASSWORD = "seven geese over the harbour"
OPEN = "--name", "Corner Tea", "--country", "GB", "--currency", "GBP", "--timezone", "Europe/London"


def test_first_day(visit: Visit, served: Installation) -> None:
    made = served.manage("tenant_create", "corner-tea", *OPEN, "--admin-email", "wren@tea.example")
    wren = visit()
    page = wren.page
    wren.go(made["set_password"])
    wren.look("choose-a-password")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main").get_by_role("button").first.click()
    page.wait_for_url("**/t/corner-tea/")
    wren.says("Begin with your customers")
    expect(page.get_by_role("link", name="Import customers and orders")).to_be_visible()
    wren.look("my-day")
    empty = {
        "customers/": "The customers of Corner Tea stand here",
        "value/": "Import",
        "value/evidence/": "there are no orders",
        "jobs/": "Nothing runs, nothing waits",
        "transfers/": "Nobody has been transferred yet",
        "trash/": "The trash is empty",
        "settings/tokens/": "No system is connected yet",
        "settings/absences/": "Nobody is away",
        "privacy/looks/": "Nobody has looked yet",
    }
    for path, words in empty.items():
        wren.go(f"/t/corner-tea/{path}")
        expect(page.locator("main")).to_contain_text(words)
        wren.look(path.strip("/").replace("/", "-"), themes=("light",))
    wren.go("/t/corner-tea/portfolios/")
    expect(page.locator("tbody")).to_contain_text("House")
    wren.look("portfolios")


def test_first_customer_by_hand(visit: Visit, served: Installation) -> None:
    made = served.manage("tenant_create", "corner-jam", *OPEN, "--admin-email", "jo@jam.example")
    jo = visit()
    page = jo.page
    jo.go(made["set_password"])
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.locator("main").get_by_role("button").first.click()
    jo.click("Add one by hand")
    page.get_by_label("Name", exact=True).fill("<b>Bea</b> O'Malley-Ødegård")
    page.locator("main").get_by_label("E-mail").fill("bea@")
    jo.click("Add the customer", role="button")
    expect(page.locator(".cs-error").first).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("<b>Bea</b> O'Malley-Ødegård")
    jo.look("refused")
    page.locator("main").get_by_label("E-mail").fill("bea@jam.example")
    jo.click("Add the customer", role="button")
    expect(page.get_by_role("heading", level=1)).to_have_text("<b>Bea</b> O'Malley-Ødegård")
    jo.look("first-customer")
