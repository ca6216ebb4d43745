"""A promise breaks at its hour, stands first on the manager's day, and one key answers it."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit
from tests.stories.installation import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NADIA = "nadia@bluebird.example"
WORDS = "Ring about the misprinted Coltrane box"
# The most that is at stake of all her customers, so that it is the first of what broke.
THE_HOUR_COMES = f"""
from datetime import timedelta
from django.utils import timezone
from crm.models import CustomerSummary
from interactions.models import Promise
from interactions.services.authors import SYSTEM
from interactions.services.promise_sweep import sweep_promises
from interactions.services.promises import make_promise
from tenancy.context import tenant_context
from tenancy.models import Tenant
with tenant_context(Tenant.objects.get(slug="bluebird").id):
    hers = CustomerSummary.objects.filter(customer__assignments__period__endswith=None, trashed=False,
        customer__assignments__portfolio__manager__user__email="{NADIA}", no_order_90__isnull=False)
    one = max(hers, key=lambda row: (row.value or 0) * row.no_order_90)
    due = timezone.now() + timedelta(hours=1)
    promise, _ = make_promise(customer=one.customer, words="{WORDS}", due_at=due, by=SYSTEM)
    Promise.objects.filter(id=promise.id).update(due_at=timezone.now() - timedelta(seconds=1))
    sweep_promises("story")
"""


def test_promise_breaks(visit: Visit, served: Installation) -> None:
    served.shell(THE_HOUR_COMES)
    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/")
    first = page.locator(".cs-lines > li").first
    expect(first).to_contain_text(f"Promise broken: {WORDS}")
    nadia.look("my-day")
    page.keyboard.press("d")
    expect(page.get_by_role("status").or_(page.locator("#toasts")).first).to_be_visible()
    expect(page.locator("#day")).not_to_contain_text(WORDS)
    expect(page.locator(".cs-line-open [data-open]")).to_be_focused()
    nadia.go("/t/bluebird/jobs/")
    nadia.look("bell", sizes=("wide",))
