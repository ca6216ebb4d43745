"""Writing to a customer, templates and connectors: the pages and the API over them."""

import re
from typing import Any

import pytest
from django.core import mail

from interactions.models import Connector, Message, Template, TemplateVersion
from interactions.services.authors import author_of
from interactions.services.templates import TemplateRefused, Words, add_template, word_template
from interactions.wording import fill, html_of, wrong_fields
from privacy.models import Contact, GateAnswer
from tenancy.context import tenant_context
from tests.cast import Company
from tests.desk.conftest import SignIn, sign_in
from tests.interactions.mailing import letter, state_address
from tests.privacy.gate.asking import reachable

__all__ = ["sign_in"]

READY = Words(
    "en", "Ready, {{ customer.first_name }}", "Dear {{customer.name}},\n\nit is ready.\n{{ manager.name }}"
)


def ready(company: Company, **values: Any) -> Template:
    values = {
        "name": "Repair is ready",
        "channel": "email",
        "purpose": "newsletter",
        "words": READY,
        **values,
    }
    return add_template(by=author_of(company.access("admin")), **values)


def test_fields_are_a_closed_list() -> None:
    assert wrong_fields("{{ customer.name }} {{customer.value}} {{ a|b }} {% if %}") == [
        "customer.value",
        "a|b",
        "{%",
    ]
    assert wrong_fields("{{ customer.name }") == ["{{"]
    assert wrong_fields("{{" + " " * 100_000) == ["{{"], "in time, however many spaces there are"
    values = {"customer.name": "{{ manager.name }}\n<b>", "manager.name": "Alice"}
    assert fill("{{ customer.name }}, {{ manager.name }}", values) == "{{ manager.name }} <b>, Alice"
    assert "&lt;b&gt;" in html_of("<b>")
    assert 'href="https://a.example/?x=&quot;' not in html_of('https://a.example/?x="onclick')


def test_templates_have_versions_by_language(in_a: Company) -> None:
    by = author_of(in_a.access("admin"))
    template = ready(in_a)
    again = word_template(template=template, words=READY, by=by)
    assert again.number == 1, "the same words are the wording that is there"
    second = word_template(template=template, words=Words("en", "Done", "It is done."), by=by)
    german = word_template(template=template, words=Words("de", "Fertig", "Es ist fertig."), by=by)
    assert (second.number, german.number, TemplateVersion.objects.count()) == (2, 1, 3)
    for words, field in (
        (Words("en", "", "x"), "subject"), (Words("xx", "s", "b"), "language"), (Words("en", "s", " "), "body"),
        (Words("en", "s", "{{ customer.margin }}"), "body"), (Words("en", "{{ x", "b"), "subject"),
    ):  # fmt: skip
        with pytest.raises(TemplateRefused) as refused:
            word_template(template=template, words=words, by=by)
        assert refused.value.field == field
    with pytest.raises(TemplateRefused, match="of that name"):
        ready(in_a)


def test_writing_with_a_template(company_a: Company, sign_in: SignIn) -> None:
    """Filled for the customer, looked at with the gate's answer, sent by one click, twice harmless."""
    with tenant_context(company_a.tenant.id):
        template, ada = ready(company_a), reachable(company_a)
        ben = reachable(company_a, "ben")
    alice = sign_in("alice")
    write = company_a.url(f"customers/{ada.id}/write/")
    assert write in alice.get(company_a.url(f"customers/{ada.id}/")).content.decode()
    page = alice.get(f"{write}?template={template.id}").content.decode()
    assert "Ready, Ada" in page
    assert "Dear Ada Lovelace," in page
    key, wording = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("key", "wording"))
    given = {
        "key": key, "wording": wording, "channel": "email", "purpose": "newsletter", "language": "en",
        "subject": "Ready, Ada", "body": "It is ready.",
    }  # fmt: skip
    seen = alice.post(write, given | {"do": "preview"}).content.decode()
    assert "we may now" in seen
    assert "It names no postal address" in seen
    with tenant_context(company_a.tenant.id):
        assert GateAnswer.objects.filter(asked_for="message preview").count() == 1
        assert not Contact.objects.exists()
        assert not Message.objects.exists()
        state_address()
    assert "It names no postal address" not in alice.post(write, given | {"do": "preview"}).content.decode()
    first, again = (alice.post(write, given | {"do": "send"}) for _ in range(2))
    assert first.status_code == 302
    assert first["Location"] == again["Location"]
    shown = alice.get(first["Location"]).content.decode()
    assert "It goes in a moment." in shown
    assert "Repair is ready, version 1" in shown
    part = alice.get(first["Location"], headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<div id="message" hx-get=')
    cancel = first["Location"] + "cancel/"
    alice.post(cancel)
    assert "Taken back by Alice" in alice.get(first["Location"]).content.decode()
    listed = alice.get(company_a.url(f"customers/{ada.id}/messages/")).content.decode()
    assert "not sent" in listed
    assert alice.post(write, given | {"do": "send", "subject": "", "key": ""}).status_code == 422
    # Bob's customer, a message of one customer under another, and another company.
    assert alice.get(company_a.url(f"customers/{ben.id}/write/")).status_code == 404
    bob = sign_in("bob")
    assert bob.get(first["Location"]).status_code == 404
    assert bob.get(first["Location"].replace(str(ada.id), str(ben.id))).status_code == 404


def test_the_pages_of_templates(company_a: Company, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    new = company_a.url("settings/templates/new/")
    given = {
        "name": "Thanks", "channel": "email", "purpose": "order_confirmation", "language": "en", "subject": "Thanks",
        "body": "Dear {{ customer.nom }}",
    }  # fmt: skip
    refused = admin.post(new, given)
    assert refused.status_code == 422
    assert "There is no field {{ customer.nom }}" in refused.content.decode()
    made = admin.post(new, given | {"body": "Dear {{ customer.name }}, <i>thanks</i>."})
    page = admin.get(made["Location"] + "?q=Ada").content.decode()
    assert "&lt;i&gt;thanks" in page
    assert f"write/?template={made['Location'].split('/')[-2]}" in page
    admin.post(made["Location"] + "act/", {"do": "test", "language": "en"})
    assert (mail.outbox[0].to, "Dear Ada Example" in mail.outbox[0].body) == (["admin@alpha.example"], True)
    admin.post(made["Location"] + "words/", {"language": "de", "subject": "Danke", "body": "Danke."})
    admin.post(made["Location"] + "edit/", {"name": "Thank you", "purpose": "newsletter"})
    admin.post(made["Location"] + "act/", {"do": "archive"})
    listed = admin.get(company_a.url("settings/templates/")).content.decode()
    assert "Thank you" in listed
    assert "de, en" in listed
    assert "not used" in listed
    assert sign_in("alice").get(new).status_code == 403


def test_a_connectors_secret_is_shown_once(company_a: Company, sign_in: SignIn, settings: Any) -> None:
    admin, new = sign_in("admin"), company_a.url("settings/connectors/new/")
    given = {"channel": "sms", "name": "Our provider", "cost": "4"}
    for url in ("http://sms.example/x", "ftp://sms.example", "https://me:pw@sms.example/", "https://"):
        assert admin.post(new, given | {"url": url}).status_code == 422, url
    answer = admin.post(new, given | {"url": "https://sms.example/send"})
    shown = answer.content.decode()
    secret = re.search(r"whsec_[A-Za-z0-9+/=]+", shown)[0]
    assert answer["Cache-Control"] == "no-store"
    with tenant_context(company_a.tenant.id):
        connector = Connector.objects.get()
    assert secret.removeprefix("whsec_") not in str(vars(connector))
    page = admin.get(company_a.url(f"settings/connectors/{connector.id}/")).content.decode()
    assert secret not in page
    renewed = admin.post(company_a.url(f"settings/connectors/{connector.id}/act/"), {"do": "renew"})
    assert secret not in renewed.content.decode()
    admin.post(new, given | {"url": "https://other.example/send", "name": "Another"})
    with tenant_context(company_a.tenant.id):
        assert list(Connector.objects.filter(is_active=True).values_list("name", flat=True)) == ["Another"]
        assert not Connector.objects.filter(secret__contains="whsec").exists()


def test_a_message_of_a_customer_in_the_trash_is_gone(company_a: Company, sign_in: SignIn) -> None:
    from crm.services.customers import trash_customers

    with tenant_context(company_a.tenant.id):
        message = letter(reachable(company_a))
        trash_customers(customer_ids=[message.customer_id], by=company_a.member["alice"])
    path = company_a.url(f"customers/{message.customer_id}/messages/{message.id}/")
    assert sign_in("admin").get(path).status_code == 404
