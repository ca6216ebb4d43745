"""Nadia promises something; at its hour it is broken, on her list and on the customer's page, whoever looks or not."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit
from tests.stories.installation import Installation

pytestmark = pytest.mark.browser

NADIA, ELIAS = "nadia@bluebird.example", "elias@bluebird.example"
WORDS = "Send the liner notes of the box"

THE_HOUR_COMES = f"""
from datetime import timedelta
from django.utils import timezone
from interactions.models import Promise
from interactions.services.promise_sweep import sweep_promises
from tenancy.context import tenant_context
from tenancy.models import Tenant
with tenant_context(Tenant.objects.get(slug="bluebird").id):
    Promise.objects.filter(words="{WORDS}").update(due_at=timezone.now() - timedelta(seconds=1))
    sweep_promises("story")
"""


def test_a_promise_that_breaks_at_its_hour(visit: Visit, served: Installation) -> None:
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/promises/")
    nadia.look("promises-mine")
    row = page.locator("tbody tr[data-row]").first
    customer = row.locator("td a").first.get_attribute("href") or ""
    page.keyboard.press("j")
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Move it")).to_be_visible()
    nadia.look("promise-moved-within-the-list", sizes=("wide",))
    page.get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("button", name="Move it")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("d")
    expect(page.locator("tbody").first).to_contain_text("kept")

    nadia.go(f"{customer}promises/new/")
    page.get_by_label("What we promise").fill(WORDS)
    page.get_by_label("Until").fill("2099-01-01")
    nadia.click("Promise it", role="button")
    nadia.says("At most 5 years ahead.")
    tomorrow = page.evaluate("() => new Date(Date.now() + 36e5 * 48).toISOString().slice(0, 10)")
    page.get_by_label("Until").fill(tomorrow)
    nadia.click("Promise it", role="button")
    part = page.get_by_role("region", name="Promises")
    expect(part).to_contain_text(WORDS)
    served.shell(THE_HOUR_COMES)

    page.reload()
    line = part.get_by_role("listitem").filter(has_text=WORDS)
    expect(line).to_contain_text("broken")
    expect(page.locator(".cs-timeline")).to_contain_text(f"Promise broken: {WORDS}")
    nadia.look("customer-with-a-broken-promise")
    nadia.go("/t/bluebird/promises/?state=broken")
    nadia.says(WORDS)
    nadia.look("promises-broken")
    nadia.click("Kept after all", role="button")
    nadia.says("kept later")

    nadia.go("/t/bluebird/needs/")
    nadia.look("needs")
    page.locator("tbody [data-open]").first.click()
    nadia.look("need")
    elias = visit(ELIAS)
    elias.go("/t/bluebird/needs/unmet/")
    elias.look("needs-not-met")
    elias.go("/t/bluebird/promises/kept/")
    elias.look("promises-kept")
    nadia.is_content()
    elias.is_content()
