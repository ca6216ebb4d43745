"""A contact is logged while the customer is still there: with one thumb, by keyboard, and without a connection."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.stories.conftest import Visit
from tests.stories.visitor import SIZES

pytestmark = pytest.mark.browser

PRIYA, NADIA = "priya@bluebird.example", "nadia@bluebird.example"
TEXT = "Has been ill, not unhappy. #gift for her sister. !call when the box is in, by tuesday"
COUNT_KEYS = """() => {
  const count = () => Number(sessionStorage.getItem('keys') || 0);
  addEventListener('keydown', (event) => {
    const typed = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    if (!typed && !['Alt', 'Control', 'Shift'].includes(event.key)) sessionStorage.setItem('keys', count() + 1);
  }, true);
}"""


def phone(page: Page) -> None:
    width, height = SIZES["phone"]
    page.set_viewport_size({"width": width, "height": height})


def a_customer(page: Page, name: str = "anders") -> str:
    """The address of the log of somebody called so."""
    page.goto(f"/t/bluebird/log/?q={name}")
    return page.locator("[data-best]").get_attribute("href") or ""


def test_at_the_counter(visit: Visit) -> None:
    priya = visit(PRIYA)
    page = priya.page
    phone(page)
    page.add_init_script(f"({COUNT_KEYS})()")
    page.get_by_role("navigation", name="Rooms, short").get_by_role("link", name="Log").click()
    expect(page.get_by_label("Name, number, phone or e-mail")).to_be_focused()
    page.keyboard.type("anders")
    page.locator("[data-best]").wait_for()
    priya.look("found")
    phone(page)
    page.get_by_label("Name, number, phone or e-mail").focus()
    page.keyboard.press("Enter")
    text = page.get_by_label("What it was about")
    expect(text).to_be_focused()
    page.keyboard.type(TEXT)
    expect(page.locator("[data-said]")).to_have_count(2)
    page.keyboard.press("Alt+n")
    page.keyboard.press("Alt+p")
    expect(page.locator("[data-said]:checked")).to_have_count(2)
    priya.look("written")
    phone(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/card/")
    priya.says("with a need and a promise")
    assert page.evaluate("sessionStorage.getItem('keys')") == "4", "find, need, promise, save"
    assert (
        page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('cs-draft')).length") == 0
    )


def test_by_keyboard_beside_the_timeline(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/customers/")
    page.locator("tbody [data-open]").first.click()
    page.wait_for_url(re.compile(r"/customers/[0-9a-f-]{36}/$"))
    page.keyboard.press("l")
    text = page.get_by_label("What it was about")
    expect(text).to_be_focused()
    page.keyboard.type("Wants the oven set. #advice before buying, !send the list tomorrow 15:00")
    expect(page.locator("[data-said]")).to_have_count(2)
    page.keyboard.press("Alt+n")
    page.keyboard.press("Alt+p")
    expect(page.locator("[data-marks] mark")).to_have_count(2)
    nadia.look("composer")
    text.focus()
    page.keyboard.press("Control+Enter")
    entry = page.locator("#timeline .cs-entry").first
    expect(entry).to_contain_text("Wants the oven set")
    expect(entry).to_contain_text("Promise: send the list, by")
    expect(entry).to_contain_text("Advice before buying")
    expect(text).to_have_value("")
    nadia.look("logged")


def test_the_connection_and_the_tab_are_lost_and_nothing_else(visit: Visit) -> None:
    priya = visit(PRIYA)
    page = priya.page
    address = a_customer(page)
    priya.go(address)
    page.get_by_label("What it was about").fill("Half a thought")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    page.close()
    page = priya.page = priya.open_window()
    priya.go(address)
    text = page.get_by_label("What it was about")
    expect(text).to_have_value("Half a thought")
    phone(page)
    priya.context.set_offline(True)
    text.fill("A whole one, said without a connection. !ring in 2 days")
    save = page.get_by_role("button", name="Keep and send later")
    save.wait_for()
    priya.look("without-a-connection", sizes=("phone",))
    save.click()
    expect(page.get_by_text("Kept. It is sent by itself")).to_be_visible()
    expect(text).to_have_value("")
    priya.context.set_offline(False)
    expect(
        page.get_by_text(re.compile("The connection is back. Logged with .* with a promise"))
    ).to_be_visible()
    left = page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('cs-waiting')).length")
    assert left == 0
    priya.complaints = [one for one in priya.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def test_two_tabs_do_not_write_over_each_other_and_sign_out_takes_all_away(visit: Visit) -> None:
    priya = visit(PRIYA)
    first = priya.page
    address = a_customer(first, "berg")
    priya.go(address)
    second = priya.open_window()
    second.goto(address)
    first.get_by_label("What it was about").fill("From the first tab")
    expect(second.get_by_text("Another tab has a draft too: “From the first tab”")).to_be_visible()
    second.get_by_label("What it was about").fill("From the second tab")
    expect(first.get_by_label("What it was about")).to_have_value("From the first tab")
    second.get_by_role("button", name="Take that one").click()
    expect(second.get_by_label("What it was about")).to_have_value("From the first tab")
    priya.page = second
    priya.look("taken", sizes=("wide",))
    second.get_by_role("button", name=re.compile("your menu")).click()
    second.get_by_role("button", name="Sign out").click()
    second.wait_for_url("**/accounts/login/**")
    assert (
        second.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('cs-draft')).length") == 0
    )
