"""Every main page in both themes, wide and on a phone, and some in a huge and a small window."""

import pytest

from tests.stories.conftest import Visit

pytestmark = pytest.mark.browser

ADA, NADIA = "ada@bluebird.example", "nadia@bluebird.example"
MAIN = (
    "", "customers/", "customers/new/", "portfolios/", "transfers/", "transfers/new/", "value/", "value/evidence/",
    "imports/", "jobs/", "search/?q=an", "trash/",
)  # fmt: skip
SETTINGS = (
    "company",
    "members",
    "members/new",
    "absences",
    "roles",
    "units",
    "tokens",
    "audit",
    "work",
)


def named(path: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in path.strip("/")) or "my-day"


def test_main_pages(visit: Visit) -> None:
    ada = visit(ADA)
    for path in MAIN:
        ada.gets(f"/t/bluebird/{path}", 200)
        ada.look(named(path))


def test_settings(visit: Visit) -> None:
    ada = visit(ADA)
    for path in SETTINGS:
        ada.gets(f"/t/bluebird/settings/{path}/", 200)
        ada.look(named(path))


def test_huge_and_small_windows(visit: Visit) -> None:
    nadia = visit(NADIA)
    for path in ("", "customers/?sort=-value.lifetime_value", "value/evidence/"):
        nadia.go(f"/t/bluebird/{path}")
        nadia.look(named(path), sizes=("huge", "small"))
    nadia.go("/t/bluebird/customers/?sort=-value.lifetime_value")
    nadia.page.locator("tbody [data-open]").first.click()
    nadia.page.wait_for_url("**/customers/*-*/")
    nadia.look("customer", sizes=("huge", "small"))
    for pane in ("Now", "About"):
        nadia.page.set_viewport_size({"width": 390, "height": 844})
        nadia.click(pane, role="button", exact=True)
        nadia.look(f"customer-{pane.lower()}", sizes=("phone",))
    nadia.go("/t/bluebird/portfolios/")
    nadia.page.locator("tbody [data-open]").first.click()
    nadia.page.wait_for_url("**/portfolios/*-*/")
    nadia.look("portfolio")


def test_before_the_desk(visit: Visit) -> None:
    """Pages for those who are not signed in."""
    stranger = visit()
    for path in ("/accounts/login/", "/accounts/password/reset/"):
        stranger.go(path)
        stranger.look(named(path))
    stranger.expected.add(404)
    stranger.go("/no/such/page/")
    stranger.look("not-found")
    stranger.go("/accounts/login/")
    stranger.page.get_by_label("E-mail").fill("nadia@bluebird.example")
    stranger.page.get_by_label("Password").first.fill("not the password")
    stranger.page.get_by_role("button", name="Sign in").click()
    stranger.says("not correct")
    stranger.look("wrong-password")
