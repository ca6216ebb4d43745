"""Oscar's morning: what is wrong, what one consent is worth, what we would answer, and a clearer notice."""

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

OSCAR, PRIYA = "oscar@bluebird.example", "priya@bluebird.example"
PRIVACY = "/t/bluebird/privacy/"


def test_a_privacy_officers_morning(visit: Visit) -> None:
    oscar = visit(OSCAR)
    page = oscar.page
    oscar.click("Privacy")
    oscar.says("Consents that can be proved")
    oscar.look("health", sizes=("wide", "phone", "huge"))
    page.get_by_role("table", name="Consents by method and source").get_by_role(
        "link", name="customers-2019.xlsx"
    ).click()
    oscar.says("worth nothing")
    oscar.look("ledger")
    page.keyboard.press("f")
    oscar.look("ledger-filter")
    page.keyboard.press("Escape")
    page.locator("tbody th a").first.click()
    oscar.says("Checked just now")
    oscar.look("event")
    oscar.go(f"{PRIVACY}ledger/?worth=provable&purpose=newsletter")
    page.locator("tbody th a").first.click()
    oscar.says("It can be proved")
    name = page.locator("dl dd").first.inner_text().splitlines()[0]
    oscar.look("proof")
    oscar.click("Tester")
    oscar.look("tester-empty")
    page.get_by_label("Customer").fill(name)
    page.get_by_label("Purpose").select_option("newsletter")
    page.get_by_role("button", name="What would we answer?").click()
    oscar.says("Step by step")
    oscar.look("tester")
    page.get_by_label("What if they lived in").select_option("EU-FR")
    page.get_by_label("Channel").select_option("phone")
    page.get_by_role("button", name="What would we answer?").click()
    oscar.says("Under what you supposed")
    oscar.look("tester-supposed")
    oscar.click("Answers")
    oscar.look("answers")
    page.locator("tbody th a").first.click()
    page.get_by_role("button", name="Give it again").click()
    expect(page.get_by_text("the same, bit for bit")).to_be_visible()
    oscar.look("answer")
    oscar.click("Purposes")
    oscar.look("purposes")
    page.get_by_role("link", name="Newsletter").click()
    oscar.look("purpose")
    oscar.click("Write a new version")
    english = page.get_by_label(re.compile("^English"))
    english.fill(english.input_value() + " No issue is longer than one page.")
    oscar.look("notice")
    page.get_by_role("button", name="Publish this version").click()
    oscar.says("is what people are told now")
    oscar.look("published", sizes=("wide",))
    oscar.click("Policy")
    oscar.look("policy")
    page.get_by_role("link", name="France").click()
    oscar.look("regime")
    oscar.go(f"{PRIVACY}policy/sender/")
    oscar.look("sender", sizes=("wide",))
    oscar.go(f"{PRIVACY}policy/own/new/")
    page.get_by_label("Rules as JSON").fill('{\n "code": "CH",\n "name": "Switzerland",\n "bases": "all"\n}')
    page.get_by_role("button", name="Apply them").click()
    oscar.says("Line 4, bases")
    oscar.look("own-rules")


def test_who_only_serves_sees_no_ledger(visit: Visit) -> None:
    priya = visit(PRIYA)
    expect(priya.page.get_by_role("link", name="Privacy", exact=True)).to_have_count(0)
    priya.gets(PRIVACY, 403)
