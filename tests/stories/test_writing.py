"""Nadia writes to a customer: one letter arrives, the other is held back, and the page says why."""

import pytest
from playwright.sync_api import expect

from tests.post_office import text_of
from tests.stories.conftest import Visit
from tests.stories.installation import Installation
from tests.stories.test_person_at_home import newcomer

pytestmark = pytest.mark.browser

NADIA, ADA = "nadia@bluebird.example", "ada@bluebird.example"
ADDRESS = "wilma.osei@veldpost.example"
# An order of this morning, so that a letter about it may go at any hour; and no to everything else.
BOUGHT_AND_REFUSED = f"""
from decimal import Decimal
from django.utils import timezone
from crm.models import ContactPoint
from crm.services.orders import Line, record_order
from privacy.services.consents import ConsentEntry, record_consent
from tenancy.context import tenant_context
from tenancy.models import Tenant

with tenant_context(Tenant.objects.get(slug="bluebird").id):
    customer = ContactPoint.objects.select_related("customer").get(value_key="{ADDRESS}").customer
    record_order(external_id="story-1", customer=customer, ordered_at=timezone.now(), source="api",
                 lines=[Line(Decimal(1), Decimal(20))])
    record_consent(ConsentEntry(customer_id=customer.id, action="object", channel="*", purposes=("*",), method="call",
                                source="by phone", wording="specific"))
"""


def test_writing_to_a_customer(visit: Visit, served: Installation) -> None:
    nadia = newcomer(visit, "Wilma Osei", ADDRESS)
    page = nadia.page
    customer = page.url
    served.shell(BOUGHT_AND_REFUSED)
    page.get_by_role("link", name="Write", exact=True).click()
    page.get_by_label("Begin with").select_option(label="Your order is packed, e-mail")
    page.get_by_role("button", name="Fill in").click()
    expect(page.get_by_label("Subject")).to_have_value("Your order is packed, Wilma")
    nadia.look("filled-in")
    page.get_by_role("button", name="Look at it first").click()
    nadia.says("we may now")
    nadia.look("looked-at")
    page.get_by_role("button", name="Send it").click()
    expect(page.locator("#message section").first).to_contain_text("Sent ")
    nadia.look("sent")
    letter = served.office.await_letter(ADDRESS)
    assert letter["Subject"] == "Your order is packed, Wilma"
    assert "Dear Wilma Osei," in text_of(letter)

    page.get_by_role("link", name="Write again").click()
    page.get_by_label("Purpose").select_option(label="Newsletter (marketing)")
    page.get_by_label("Subject").fill("Three new records")
    page.get_by_label("Words").fill("They came in today.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.locator("aside [role=status]")).to_contain_text("No.")
    nadia.look("refused")
    page.get_by_role("button", name="Try all the same").click()
    expect(page.locator("#message")).to_contain_text("Not sent.")
    nadia.look("held-back")
    page.get_by_role("link", name="Messages").click()
    nadia.look("what-was-written")
    nadia.go(customer)
    timeline = page.locator(".cs-timeline")
    expect(timeline).to_contain_text("Sent by e-mail")
    expect(timeline).to_contain_text("Not sent: objected")
    nadia.look("timeline", sizes=("wide",))
    assert len(served.office.to(ADDRESS)) == 1


def test_templates_and_connectors(visit: Visit) -> None:
    ada = visit(ADA)
    page = ada.page
    ada.go("/t/bluebird/settings/templates/")
    ada.look("templates")
    page.get_by_role("link", name="Your order is packed").click()
    ada.look("template")
    page.get_by_role("link", name="Change the words in English").click()
    page.get_by_label("Words").fill("Dear {{ customer.shoe_size }}")
    page.get_by_role("button", name="Use these words").click()
    ada.says("There is no field {{ customer.shoe_size }}.")
    ada.look("unknown-field")
    ada.expected |= {422}
    ada.go("/t/bluebird/settings/connectors/")
    ada.look("no-connector-yet", sizes=("wide",))
    ada.go("/t/bluebird/settings/connectors/new/")
    page.get_by_role("textbox", name="Name", exact=True).fill("Our provider")
    page.get_by_label("Address").fill("https://sms.example/send")
    page.get_by_role("button", name="Add it").click()
    ada.says("shown this once")
    ada.look("secret")
    ada.go("/t/bluebird/settings/connectors/")
    ada.look("connectors")
