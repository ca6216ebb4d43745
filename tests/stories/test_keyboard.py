"""Without a mouse: focus is seen and goes where it should."""

import pytest
from playwright.sync_api import Page, expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

NADIA = "nadia@bluebird.example"
SEEN = """() => {
  const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
  const field = node.closest('.cs-palette-field');
  const ring = field ? getComputedStyle(field) : style;
  return {name: node.outerHTML.slice(0, 90), body: node === document.body, width: parseFloat(ring.outlineWidth),
          style: ring.outlineStyle, shown: box.width > 0 && box.height > 0,
          inside: box.bottom > 0 && box.top < innerHeight};
}"""


def tab_through(page: Page, stops: int) -> None:
    for _ in range(stops):
        page.keyboard.press("Tab")
        seen = page.evaluate(SEEN)
        if seen["body"]:
            continue
        assert seen["style"] == "solid", seen
        assert seen["width"] >= 2, seen
        assert seen["shown"], seen
        assert seen["inside"], seen


def in_dialog(page: Page) -> bool:
    return bool(
        page.evaluate(
            "() => Boolean(document.activeElement.closest('dialog')) || document.activeElement === document.body"
        )
    )


def test_focus_is_seen(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    for path in ("", "customers/", "portfolios/", "value/", "settings/absences/"):
        nadia.go(f"/t/bluebird/{path}")
        tab_through(page, 22)
    nadia.go("/t/bluebird/customers/")
    page.locator("tbody [data-open]").first.press("Enter")
    page.wait_for_url("**/customers/*-*/")
    tab_through(page, 40)


def test_skip_link(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the page")).to_be_focused()
    nadia.look("skip-link", sizes=("wide",), themes=("light",))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_dialogs_keep_and_return_focus(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/customers/")
    page.locator("tbody [data-open]").first.press("Enter")
    page.wait_for_url("**/customers/*-*/")
    opener = page.get_by_role("button", name="Transfer")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#transfer-dialog")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        assert in_dialog(page)
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette").get_by_role("combobox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_menus_and_keys(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    theme = page.get_by_role("button", name="Theme")
    theme.press("Enter")
    expect(page.get_by_role("menuitemradio", name="Light")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("menuitemradio", name="Dark")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.keyboard.press("?")
    nadia.says("Single letters act")
    nadia.look("keys")
    page.get_by_label("Single letters act").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("[data-row][data-focused]")).to_have_count(0)
