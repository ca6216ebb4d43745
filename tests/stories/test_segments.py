"""Ada keeps a condition under a name, finds it everywhere; Nadia sees her own share of it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.stories.conftest import Visit
from tests.stories.test_rules import choose, saved

pytestmark = pytest.mark.browser

ADA, NADIA = "ada@bluebird.example", "nadia@bluebird.example"


def customers(page: Page) -> int:
    return int(page.locator(".cs-figure-number").first.inner_text().replace(",", ""))


def test_a_segment_from_nothing_to_the_list(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    ada.go("/t/bluebird/segments/")
    page.keyboard.press("n")
    page.wait_for_url("**/segments/new/")
    page.get_by_label("Name", exact=True).fill("Ordered four times")
    page.locator("#condition-0_pick").focus()
    choose(page, "condition-0", "orders ever", "Orders ever")
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    saved(page)
    expected = int(page.locator("#condition_figure .cs-bigfigure").inner_text().replace(",", ""))
    assert expected > 10
    ada.look("new", sizes=("wide", "phone", "huge", "small"))
    ada.click("Keep this segment", role="button")
    page.wait_for_url(re.compile(r"/segments/[0-9a-f-]{36}/$"))
    address = page.url
    ada.says("4 orders or more")
    expect(page.locator(".cs-figure-number").first).to_have_text(f"{expected:,}", timeout=60_000)
    ada.look("one", sizes=("wide", "phone", "huge", "small"))
    page.get_by_label("Another segment").select_option(index=1)
    ada.click("Compare", role="button")
    ada.says("in both")
    ada.click("Show in the list")
    ada.says(f"{expected:,} customers")
    ada.go("/t/bluebird/segments/")
    ada.says("Ordered four times")
    ada.look("list", sizes=("wide", "phone", "huge", "small"))

    nadia = visit(NADIA)
    nadia.go(address)
    nadia.says("of those you have today")
    assert 0 < customers(nadia.page) < expected
    expect(nadia.page.get_by_role("link", name="Change")).to_have_count(0)
