"""Oscar hears of a death, loads the register of those who want no calls, and lets old data go."""

from typing import Final

import pytest

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

OSCAR: Final = "oscar@bluebird.example"
BLUEBIRD: Final = "/t/bluebird/"


def test_what_protects_people(visit: Visit) -> None:
    oscar = visit(OSCAR)
    page = oscar.page
    oscar.go(f"{BLUEBIRD}customers/")
    page.locator("tbody th a").first.click()
    page.wait_for_url("**/customers/*-*/")
    there = page.url
    page.get_by_role("link", name="Change rights and protection").click()
    oscar.look("person")
    page.get_by_label("Born on").fill("2014-03-01")
    page.get_by_role("button", name="Save").click()
    oscar.says("no parent agreed")
    oscar.look("protected")
    page.get_by_role("link", name="Report a death").click()
    page.get_by_label("Who reported it, and how").fill("her daughter, by phone")
    page.get_by_role("button", name="Report it").click()
    oscar.says("Reported dead: no contact")
    for _ in range(180):
        if page.get_by_text("No score, reported dead").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    oscar.says("No score, reported dead")
    oscar.look("reported-dead")
    oscar.go(f"{there}card/")
    oscar.look("card-of-the-dead", sizes=("phone",))
    oscar.go(f"{BLUEBIRD}customers/")
    oscar.look("list-with-mark")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Take the report of death back").click()
    page.get_by_label("Why it was wrong").fill("a namesake")
    page.get_by_role("button", name="Take the report back").click()
    oscar.says("no parent agreed")


def test_lists_looks_and_retention(visit: Visit) -> None:
    oscar = visit(OSCAR)
    page = oscar.page
    oscar.go(f"{BLUEBIRD}privacy/lists/")
    oscar.look("lists")
    page.get_by_role("link", name="Load a list").click()
    page.get_by_label("List", exact=True).select_option("UK-TPS")
    numbers = b"\n".join(b"0207946%04d" % number for number in range(300))
    page.get_by_label("The file", exact=True).set_input_files(
        {"name": "tps.txt", "mimeType": "text/plain", "buffer": numbers}
    )
    oscar.look("load-a-list")
    page.get_by_role("button", name="Load it").click()
    oscar.says("300 lines read")
    page.get_by_label("Address", exact=True).fill("+44 20 7946 0007")
    page.locator("main").get_by_label("Kind").select_option("phone")
    for _ in range(120):
        page.get_by_role("button", name="Look it up").click()
        if page.get_by_text("must not be used:").count():
            break
        page.wait_for_timeout(500)
    oscar.says("must not be used:")
    oscar.look("looked-up")
    oscar.go(f"{BLUEBIRD}privacy/looks/")
    oscar.look("looks")
    oscar.go(f"{BLUEBIRD}privacy/retention/")
    page.get_by_role("link", name="Who looked at whom").click()
    page.get_by_role("button", name="Count what would go").click()
    oscar.says("nothing would go")
    oscar.look("retention-rule")
    page.get_by_label("Why this long").fill("as our register says")
    page.get_by_role("button", name="Put it in force").click()
    oscar.says("730 days")
    oscar.look("retention")
