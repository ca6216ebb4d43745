"""Ada writes rules from nothing: by keyboard, read back in words, tried, in force from tomorrow, taken back."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.stories.conftest import Visit
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

ADA = "ada@bluebird.example"
EVERY_SIZE = ("wide", "phone", "huge", "small")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))


def tab_to(page: Page, wanted: str, back: bool = False) -> None:
    """As somebody without a mouse gets there."""
    for _ in range(80):
        if focused(page) == wanted or focused(page).startswith(wanted):
            return
        page.keyboard.press("Shift+Tab" if back else "Tab")
    raise AssertionError(f"{wanted} cannot be reached by Tab; the focus is on {focused(page)}")


def choose(page: Page, line: str, words: str, label: str) -> None:
    """Letters on a line open the search; Enter takes the first that was found."""
    expect(page.locator(f"#{line}_pick")).to_be_focused()
    page.keyboard.type(words[0])
    search = page.locator(f"#{line}_facts input[type=search]")
    expect(search).to_be_focused()
    page.keyboard.type(words[1:])
    expect(page.locator(f"#{line}_found button").first).to_contain_text(label)
    page.keyboard.press("Enter")
    expect(page.locator(f"#{line}_pick")).to_have_text(label)


def figure(page: Page) -> int:
    text = page.locator("#when_figure .cs-bigfigure").inner_text()
    return int(text.replace(",", ""))


def count_becomes_other_than(page: Page, before: int) -> int:
    expect(page.locator("#when_figure .cs-bigfigure")).not_to_have_text(f"{before:,}")
    return figure(page)


def saved(page: Page) -> None:
    """Every change was answered."""
    page.wait_for_timeout(800)
    expect(page.locator(".htmx-request")).to_have_count(0, timeout=20_000)


def begin(ada: Visitor, name: str) -> str:
    """New rules of a kind, with nothing but keys; answers with their address."""
    page = ada.page
    ada.go("/t/bluebird/rules/")
    page.keyboard.press("n")
    page.wait_for_url("**/rules/new/")
    tab_to(page, "id_kind")
    page.keyboard.type("Kind")
    tab_to(page, "id_name")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/rules/[0-9a-f-]{36}/$"))
    return page.url


def write_the_first_rule(page: Page) -> None:
    tab_to(page, "The first rule")
    page.keyboard.press("Enter")
    page.wait_for_url("**?rule=*")
    choose(page, "when-0", "days since the last", "Days since the last order")
    page.keyboard.type("90")
    page.keyboard.press("Enter")
    choose(page, "when-1", "lifetime value", "Lifetime value")
    page.keyboard.type("50")
    page.keyboard.press("Shift+Enter")
    choose(page, "when-2-0", "orders ever", "Orders ever")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    choose(page, "when-2-1", "country", "Country")
    expect(page.locator("#when-2-1_chosen")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("united k")
    page.locator("#when-2-1_found label, #when-2-1_list label").filter(has_text="United Kingdom").locator(
        "visible=true"
    ).first.wait_for()
    tab_to_checkbox(page, "United Kingdom")
    page.keyboard.press("Space")
    page.keyboard.press("Escape")


def tab_to_checkbox(page: Page, label: str) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('label')?.textContent.trim()") == label:
            return
    raise AssertionError(f"{label} cannot be reached")


def test_an_administrator_builds_a_rule_from_nothing(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    address = begin(ada, "Kinds of a story")
    ada.says("When the last order is")
    write_the_first_rule(page)
    reading = page.locator("#rule-reading")
    expect(reading).to_contain_text("90 or more")
    expect(reading).to_contain_text("$50 or more")
    expect(reading).to_contain_text("3 orders or more")
    expect(reading).to_contain_text("in United Kingdom")
    tab_to(page, "then_kind")
    page.keyboard.type("most v")
    expect(reading).to_contain_text("most valuable")
    tab_to(page, "rule-title", back=True)
    page.keyboard.press("Control+A")
    page.keyboard.type("Worth a call")
    saved(page)
    page.reload()
    expect(page.locator("#rule-title")).to_have_value("Worth a call")
    expect(reading).to_contain_text("$50 or more")
    before = figure(page)
    assert 0 < before < 2357
    expect(page.locator("#when-0_count b")).to_be_visible()
    expect(page.locator(".cs-five li")).to_have_count(5)
    ada.look("built", sizes=EVERY_SIZE)
    page.goto(address)
    by_keys(page)
    try_it(ada, address)
    take_it_into_force(ada, address)


def by_keys(page: Page) -> None:
    """Lines move, leave their group and go, and the focus stays with them."""
    page.locator("#when-1_value").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#when-0_value")).to_be_focused()
    expect(page.locator("#when-0_pick")).to_have_text("Lifetime value")
    saved(page)
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("#when-1_value")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#when-2_pick")).to_be_focused()
    page.keyboard.press("Backspace")
    expect(page.locator("[data-line]")).to_have_count(4)
    before = figure(page)
    page.locator("#when-1_value").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("100")
    count_becomes_other_than(page, before)
    expect(page.locator("#when-1_value")).to_be_focused()
    saved(page)


def try_it(ada: Visitor, address: str) -> None:
    page = ada.page
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    trial = page.locator("#trial")
    expect(trial).to_contain_text("Dry run of the draft")
    expect(trial.locator(".cs-trial-number").first).to_be_visible(timeout=60_000)
    expect(trial).to_contain_text("Whose work it becomes")
    page.goto(address)
    ada.look("tried")


def take_it_into_force(ada: Visitor, address: str) -> None:
    page = ada.page
    page.goto(address)
    activate(page, day=datetime.now(UTC).date() + timedelta(days=2), why="Agreed with sales")
    ada.says("comes into force on")
    ada.look("planned", sizes=("wide",))
    page.goto(address)
    page.get_by_role("button", name="Withdraw").click()
    ada.says("was withdrawn")
    activate(page, why="Agreed with sales")
    ada.says("In force, version 1")
    page.locator("#when-1_value").fill("500")
    expect(page.locator("#rule-chip")).to_contain_text("Draft, version 2")
    expect(page.locator("#rule-compare a")).to_be_visible()
    saved(page)
    page.get_by_role("link", name="Compare with 1").click()
    expect(page.locator("td.cs-was")).to_contain_text("$100 or more")
    expect(page.locator("td.cs-now")).to_contain_text("$500 or more")
    ada.look("compared")
    page.goto(address)
    activate(page, why="Fewer of them")
    ada.says("In force, version 2")
    ada.go(f"{address}versions/")
    ada.look("versions", sizes=("wide",))
    page.goto(f"{address}versions/")
    page.get_by_role("button", name="Roll back to 1").click()
    ada.says("Version 1 is in force")
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("menuitem", name="Into the archive").click()
    ada.says("nothing of it is in force")


def activate(page: Page, *, day: date | None = None, why: str) -> None:
    page.get_by_role("button", name="Activate from a date").click()
    if day:
        page.get_by_label("From the day").fill(day.isoformat())
    page.get_by_label("What changes, and why").fill(why)
    page.get_by_role("button", name="Activate", exact=True).click()
    page.wait_for_load_state()


def test_two_writers_of_one_rule(visit: Visit) -> None:
    """Who comes second is told, loses nothing, and decides."""
    ada = visit(ADA)
    page = ada.page
    address = begin(ada, "Written by two")
    write_the_first_rule(page)
    saved(page)
    other = ada.open_window()
    other.goto(address)
    other.locator("#when-1_value").fill("75")
    saved(other)
    page.locator("#when-1_value").fill("60")
    expect(page.locator("#rule-conflict")).to_contain_text("changed this rule")
    expect(page.locator("#when-1_value")).to_have_value("60")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator("#rule-conflict")).to_be_empty()
    saved(page)
    page.goto(address)
    expect(page.locator("#when-1_value")).to_have_value("60")


def test_who_may_only_read(visit: Visit) -> None:
    ada = visit(ADA)
    address = begin(ada, "To be read")
    write_the_first_rule(ada.page)
    saved(ada.page)
    reader = visit("oscar@bluebird.example")
    reader.page.goto(address)
    reader.says("You can read these rules")
    expect(reader.page.locator("#when_figure .cs-bigfigure")).to_be_visible()
    assert reader.page.get_by_role("button", name="Dry run").count() == 0
    reader.look("read-only")
    reader.go("/t/bluebird/rules/facts/")
    reader.look("facts")
    reader.go("/t/bluebird/rules/")
    reader.look("list")
