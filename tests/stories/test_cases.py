"""A case over a weekend with a holiday Monday, from the customer's page to its end and back."""

import pytest
from playwright.sync_api import expect

from tests.stories.conftest import Visit
from tests.stories.installation import Installation

pytestmark = pytest.mark.browser

ADA, NADIA = "ada@bluebird.example", "nadia@bluebird.example"
OPENED = """
import time_machine
from datetime import datetime
from zoneinfo import ZoneInfo
from django.contrib.auth import get_user_model
from crm.models import Customer
from interactions.models import CaseKind
from interactions.services.authors import Author
from interactions.services.cases import open_case
from tenancy.context import tenant_context
from tenancy.models import Member, Tenant

friday = datetime(2026, 9, 4, 16, 0, tzinfo=ZoneInfo("America/New_York"))
with tenant_context(Tenant.objects.get(slug="bluebird").id):
    nadia = Member.objects.get(user__email="nadia@bluebird.example")
    rows = Customer.objects.filter(summary__portfolio_id__in=nadia.portfolios.values("id"), trashed_at=None)
    # Of the middle of her list: none of the demo's own cases is theirs.
    customer = rows.filter(summary__open_cases=0).order_by("-id")[0]
    with time_machine.travel(friday, tick=False):
        open_case(
            customer=customer, kind=CaseKind.objects.select_related("calendar").get(name="Delivery"),
            subject="Friday's parcel has no lid", by=Author(f"member:{nadia.id}", nadia.name, nadia), key="story",
        )
"""


def test_a_case_over_a_long_weekend(visit: Visit, served: Installation) -> None:
    ada = visit(ADA)
    ada.go("/t/bluebird/settings/cases/")
    ada.look("settings-cases")
    ada.click("Office hours")
    ada.page.get_by_label("Holidays").fill("2026-09-07 Labor Day")
    ada.page.get_by_role("button", name="Keep it").click()
    ada.says("The calendar Office hours is kept")
    served.shell(OPENED)

    nadia = visit(NADIA)
    page = nadia.page
    nadia.go("/t/bluebird/cases/")
    nadia.look("cases")
    nadia.click("Friday's parcel has no lid")
    # 90 minutes of Friday; nothing on the weekend and on Labor Day; the rest from Tuesday 09:00 on.
    clocks = page.locator(".cs-case-clock")
    expect(clocks.nth(0)).to_contain_text("8 Sep 11:45")
    expect(clocks.nth(1)).to_contain_text("9 Sep 16:00")
    nadia.look("case")
    page.get_by_label("What was said or done").fill("Which colour is the lid?")
    page.get_by_role("button", name="Wait for the customer").click()
    nadia.says("Stands since")
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("g")
    nadia.says("Goes on")
    nadia.expected.add(422)
    page.keyboard.press("r")
    nadia.says("Say how it was resolved")
    page.get_by_label("What was said or done").fill("Sent a red lid.")
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("button", name="Open again")).to_be_visible()
    page.get_by_label("Why it is not done").fill("The lid is blue.")
    page.get_by_role("button", name="Open again").click()
    nadia.says("The lid is blue.")
    nadia.says("opened again once")
    nadia.look("case-again")
