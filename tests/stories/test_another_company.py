"""Greta administers Harbour Books in the same installation; Bluebird Records does not exist for her."""

import re

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit
from tests.stories.visitor import Visitor

pytestmark = pytest.mark.browser

GRETA, ADA = "greta@harbour.example", "ada@bluebird.example"
ROOMS = ("", "customers/", "portfolios/", "value/", "jobs/", "settings/members/", "settings/audit/", "trash/")


def test_one_company_cannot_see_another(visit: Visit) -> None:
    ada = visit(ADA)
    ada.go("/t/bluebird/customers/?sort=-value.lifetime_value")
    theirs = ada.page.locator("tbody [data-open]")
    names = theirs.all_inner_texts()
    address = str(theirs.first.get_attribute("href"))
    staff = ["Bluebird", "Nadia Okafor", "Tobias Lund", "Priya Raman"]
    greta = visit(GRETA)
    page = greta.page
    for path in ROOMS:
        greta.go(f"/t/harbour/{path}")
        text = page.locator("body").inner_text()
        # Their own note says that the other company stays unseen; nothing else may name it.
        text = text.replace("This company cannot see Bluebird Records.", "")
        assert not [word for word in staff if word in text], path
    greta.look("my-day")
    mine = all_names(greta)
    assert mine
    for name in [name for name in names if name not in mine][:3]:
        greta.go(f"/t/harbour/search/?q={name}")
        greta.says("Nobody is called or reached by")
        expect(page.locator("main table")).to_have_count(0)
    greta.gets(address, 404)
    greta.gets(address.replace("/bluebird/", "/harbour/"), 404)
    greta.gets("/t/bluebird/", 404)
    greta.gets("/t/no-such-company/", 404)
    greta.look("not-there")


def all_names(visitor: Visitor) -> set[str]:
    """Of every page of the list: invented people of two companies may share a name."""
    visitor.go("/t/harbour/customers/")
    names: set[str] = set()
    while True:
        names |= set(visitor.page.locator("tbody [data-open]").all_inner_texts())
        later = visitor.page.locator("a[rel=next]")
        if not later.count():
            return names
        with visitor.page.expect_navigation():
            later.click()


def test_a_guess_and_nothing_look_alike(visit: Visit) -> None:
    """A customer of the other company and one that never was: the same answer, word for word."""
    ada = visit(ADA)
    ada.go("/t/bluebird/customers/")
    real = str(ada.page.locator("tbody [data-open]").first.get_attribute("href")).replace(
        "bluebird", "harbour"
    )
    never = re.sub(r"[0-9a-f]{12}/$", "000000000000/", real)
    greta = visit(GRETA)
    said = []
    for path in (real, never):
        greta.gets(path, 404)
        said.append(greta.page.locator("body").inner_text())
    assert said[0] == said[1]
