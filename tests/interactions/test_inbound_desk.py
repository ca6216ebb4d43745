"""Mailboxes in the settings, and the desk of mail that nobody could place."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from interactions.models import InboundMail, Interaction, Mailbox
from interactions.services.inbound_retention import MAIL
from privacy.models import ConsentEvent
from tenancy.context import tenant_context
from tests.cast import Company
from tests.interactions.incoming import a_mailbox, plain, receive
from tests.privacy.gate.asking import give_address

pytestmark = pytest.mark.django_db


def signed_in(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_mail_is_placed_by_somebody(company_a: Company, company_b: Company) -> None:
    client, here = signed_in(company_a, "admin"), company_a.url("settings/mailboxes/")
    assert client.post(f"{here}new/", {"address": "nowhere"}).status_code == 422
    made = client.post(f"{here}new/", {"address": "hello@alpha.example"})
    assert b"mail_receive --tenant alpha" in client.get(made["Location"]).content
    with tenant_context(company_a.tenant.id):
        ada = company_a.customer["ada"]
        give_address(ada, value="ada@veld.example")
        stop = receive(plain("Stop", sender="ada@old.example"))
        shown = receive(plain("<script>1</script>", sender="eve@evil.example"))
    page = client.get(f"{here}mail/").content.decode()
    assert "Nobody here has this address." in page
    page = client.get(f"{here}mail/{shown.id}/?q=Ada").content.decode()
    assert "&lt;script&gt;" in page
    assert "Nobody checked" in page
    assert "Ada Lovelace" in page
    act = f"{here}mail/{stop.id}/act/"
    assert client.post(act, {"customer": str(company_b.customer["cleo"].id)}).status_code == 404
    for _ in range(2):
        assert client.post(act, {"customer": str(ada.id)}).status_code == 302
    client.post(f"{here}mail/{shown.id}/act/", {"do": "ignore"})
    with tenant_context(company_a.tenant.id):
        stop.refresh_from_db()
        assert (stop.state, stop.customer_id, Interaction.objects.count()) == ("filed", ada.id, 1)
        event = ConsentEvent.objects.get()
        assert (event.customer_id, event.action, event.purposes) == (ada.id, "withdraw", ["marketing"])
        mailbox = Mailbox.objects.get()
        later = timezone.now() + timedelta(days=1)
        assert (MAIL.count(later).count, MAIL.remove(later, 10), InboundMail.objects.count()) == (2, 2, 0)
    client.post(f"{here}{mailbox.id}/act/", {"do": "close"})
    assert client.get(f"{here}{mailbox.id}/").status_code == 404
    assert signed_in(company_a, "alice").get(here).status_code == 403


def test_other_companies_mail_is_not_there(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        a_mailbox()
        mail = receive(plain("Hello"))
    client = signed_in(company_a, "admin")
    assert client.get(company_a.url(f"settings/mailboxes/mail/{mail.id}/")).status_code == 404
    assert client.get(company_a.url(f"settings/mailboxes/{mail.mailbox_id}/")).status_code == 404
