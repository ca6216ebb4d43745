"""Nadia, relationship manager of Bluebird Records, from her first line to the file she takes along."""

import re

import pytest
from playwright.sync_api import Page, expect

from crm.selectors.where import all_of, in_address, line
from tests.stories.conftest import Visit, sign_in
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

NADIA, TOBIAS, ADA = "nadia@bluebird.example", "tobias@bluebird.example", "ada@bluebird.example"
CUSTOMERS = "/t/bluebird/customers/"


def open_customer(visitor: Visitor, at: int = 0, query: str = "?sort=-value.lifetime_value") -> str:
    """Opens one row of the list; returns the customer's name."""
    visitor.go(f"{CUSTOMERS}{query}")
    link = visitor.page.locator("tbody [data-open]").nth(at)
    name = link.inner_text()
    link.click()
    expect(visitor.page.get_by_role("heading", level=1)).to_have_text(name)
    return name


def names_on(page: Page) -> list[str]:
    return page.locator("tbody [data-open]").all_inner_texts()


def choose_first(page: Page, count: int) -> list[str]:
    for at in range(count):
        page.locator("[data-select]").nth(at).check()
    return names_on(page)[:count]


def test_morning_by_keyboard(visit: Visit) -> None:
    nadia = visit()
    sign_in(nadia, NADIA)
    page = nadia.page
    expect(page.get_by_role("heading", level=1)).to_have_text("My day")
    nadia.says("next three years")
    nadia.look("my-day")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-row]").first.locator("[data-open]")
    expect(first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("My day")


def test_customer_page(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    open_customer(nadia)
    expect(page.locator(".cs-figure-first .cs-figure-number")).to_have_text(re.compile(r"^\$[\d,]+$"))
    expect(page.locator(".cs-figure-first .cs-figure-note")).to_have_text(
        re.compile(r"likely \$[\d,]+ to \$[\d,]+")
    )
    nadia.says("Rhythm")
    nadia.look("customer")
    nadia.click("Lifetime value, three years")
    nadia.says("In 8 cases of 10")
    nadia.look("where-it-comes-from", sizes=("wide",))
    page.keyboard.press("Escape")
    expect(page.locator("dialog#source")).to_be_hidden()
    page.get_by_role("link", name=re.compile(r"^Orders \d+")).click()
    expect(page.locator(".cs-timeline").get_by_text(re.compile("^Order ")).first).to_be_visible()
    expect(page.locator(".cs-timeline").get_by_text("Became a customer")).to_have_count(0)
    assert "00:00" not in page.locator(".cs-timeline").inner_text()
    nadia.click("Why", role="button")
    nadia.says("Who can see")
    expect(page.locator("dialog#viewers")).to_contain_text("Nadia Okafor")


def test_contact_point_and_attribute(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    name = open_customer(nadia, at=6)
    nadia.click("Add a contact point")
    page.get_by_label("Kind").select_option("email")
    page.get_by_label("Address").fill("no address at all")
    nadia.click("Save", role="button")
    expect(page.locator(".cs-error").first).to_be_visible()
    nadia.look("refused-contact-point")
    page.get_by_label("Address").fill("second.mail@inkwell.example")
    nadia.click("Save", role="button")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    nadia.says("second.mail@inkwell.example")
    page.get_by_role("button", name="Change Language").click()
    page.locator("#attribute-language").get_by_role("textbox").fill("nl")
    page.locator("#attribute-language").get_by_role("button", name="Save").click()
    expect(page.locator("#attribute-language .cs-inplace")).to_have_text("nl")
    nadia.look("changed-attribute")


def test_two_windows(visit: Visit) -> None:
    """Both edit one customer; the later one sees the other's words and nothing is lost."""
    nadia = visit(NADIA)
    here = nadia.page
    open_customer(nadia, at=8)
    address = here.url
    there = nadia.open_window()
    for window in (here, there):
        window.goto(f"{address}edit/")
    there.get_by_label("Language").fill("de")
    there.get_by_role("button", name="Save").click()
    there.wait_for_url(address)
    here.get_by_label("Language").fill("fr")
    here.get_by_label("Time zone").fill("Europe/Paris")
    nadia.expected.add(409)
    here.get_by_role("button", name="Save").click()
    nadia.says("while you were writing")
    nadia.look("conflict")
    here.get_by_label("fr").check()
    here.get_by_role("button", name="Save").click()
    here.wait_for_url(address)
    expect(here.locator("#attribute-language")).to_contain_text("fr")
    expect(here.locator("#attribute-time_zone")).to_contain_text("Europe/Paris")


def test_colleagues_customer_is_not_there(visit: Visit) -> None:
    tobias = visit(TOBIAS)
    name = open_customer(tobias)
    address = tobias.page.url
    nadia = visit(NADIA)
    for path in ("", "edit/", "timeline/", "why/value/"):
        nadia.gets(f"{address}{path}", 404)
    nadia.go(f"{CUSTOMERS}?{called(name)}")
    assert name not in names_on(nadia.page)


def test_finding_anybody(visit: Visit) -> None:
    """Ctrl K: by the beginning of a name, by number, phone and e-mail."""
    nadia = visit(NADIA)
    page = nadia.page
    name, reach = reachable_customer(nadia)
    nadia.go("/t/bluebird/")
    for typed in (name[:5].lower(), *reach):
        page.keyboard.press("Control+k")
        field = page.locator("#palette").get_by_role("combobox")
        expect(field).to_be_focused()
        with page.expect_response(re.compile(r"/search/\?q=")):
            field.fill(typed)
        expect(page.locator("#palette-found").get_by_text(name).first).to_be_visible()
        if typed == reach[0]:
            nadia.look("palette")
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()
    page.keyboard.press("/")
    page.locator("#palette").get_by_role("combobox").fill(reach[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.keyboard.press("Control+k")
    page.locator("#palette").get_by_role("combobox").fill("nobody is called this")
    nadia.says("Nobody is called or reached by")


def reachable_customer(visitor: Visitor) -> tuple[str, list[str]]:
    """One of the list who has number, phone and e-mail: name and those three."""
    for at in range(9):
        name = open_customer(visitor, at=at)
        points = visitor.page.locator(".cs-points").inner_text()
        number = visitor.page.locator("#attribute-external_id, dt:has-text('Number') + dd").first.inner_text()
        phone = re.search(r"\+?\d[\d ()-]{7,}\d", points)
        mail = re.search(r"\S+@\S+", points)
        if phone and mail:
            return name, [number.split()[0], phone.group(), mail.group()]
    raise AssertionError("Nobody in the first lines has a phone and an e-mail.")


def called(name: str) -> str:
    return in_address(all_of(line("crm.name", "equals", name)))


def filter_by_status(page: Page, status: str) -> None:
    """By keys alone: F, the fact by its name, the status; Escape leaves the choice."""
    page.keyboard.press("f")
    expect(page.locator("#filter-panel [data-pick]")).to_be_focused()
    page.keyboard.press("Enter")
    search = page.get_by_role("searchbox", name="Find a fact")
    expect(search).to_be_focused()
    search.press_sequentially("status")
    expect(page.locator(".cs-picker-fact").first).to_contain_text("Status")
    expect(page.locator(".cs-picker-fact").first).not_to_contain_text("Name")
    search.press("Enter")
    expect(page.locator("#where-0_pick")).to_contain_text("Status")
    page.locator("#where-0_chosen").click()
    page.get_by_role("checkbox", name=status).check()
    expect(page.locator("#filter-count")).to_contain_text("customers")
    page.keyboard.press("Escape")


def test_list_and_transfer(visit: Visit) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go(CUSTOMERS)
    nadia.click("Lifetime value")
    expect(page.locator("th[aria-sort]")).to_contain_text("Lifetime value")
    sorted_first = names_on(page)
    nadia.click("Later")
    expect(page.locator("tbody [data-open]").first).not_to_have_text(sorted_first[0])
    later = names_on(page)
    assert not set(later) & set(sorted_first) or later != sorted_first
    nadia.click("Earlier")
    expect(page.locator("tbody [data-open]").first).to_have_text(sorted_first[0])
    filter_by_status(page, "active")
    nadia.look("filter")
    nadia.click("Show", role="button", exact=True)
    expect(page.locator(".cs-filter")).to_contain_text("active", ignore_case=True)
    nadia.look("filtered")
    nadia.click("Drop the filter Status")
    expect(page.locator(".cs-filter")).to_have_count(0)
    moved = choose_first(page, 2)
    nadia.says("2 chosen")
    nadia.look("chosen", themes=("light",))
    page.keyboard.press("t")
    nadia.look("transfer-dialog")
    page.get_by_label("To the portfolio").select_option(label="Tobias Lund, Tobias Lund")
    page.get_by_label("Why").fill("Moved house, now nearer to Tobias")
    page.locator("#transfer-dialog").get_by_role("button", name="Transfer", exact=True).click()
    page.wait_for_load_state()
    ada = visit(ADA)
    ada.go(f"{CUSTOMERS}?{called(moved[0])}")
    ada.page.locator("tbody [data-open]", has_text=moved[0]).first.click()
    ada.says("Moved house, now nearer to Tobias")
    expect(ada.page.locator(".cs-timeline")).to_contain_text("Moved to Tobias Lund")


def test_export(visit: Visit) -> None:
    """Why is asked before anything leaves the house; the file comes by itself and the log knows it."""
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go(f"{CUSTOMERS}?sort=-value.lifetime_value")
    chosen = choose_first(page, 3)
    page.keyboard.press("e")
    page.get_by_label("What the file is for").select_option(index=1)
    page.get_by_label("In your words").fill("=Letters for the concert on Friday")
    nadia.look("export-dialog")
    nadia.click("Make the file", role="button")
    page.wait_for_load_state()
    nadia.go("/t/bluebird/jobs/")
    link = page.get_by_role("link", name="Get the file").first
    for _ in range(30):
        if link.count():
            break
        page.wait_for_timeout(500)
        page.reload()
    nadia.look("notifications")
    with page.expect_download() as coming:
        link.click()
    text = coming.value.path().read_text(encoding="utf-8-sig")
    assert all(name in text for name in chosen), text[:300]
    assert len(text.strip().splitlines()) == 4
