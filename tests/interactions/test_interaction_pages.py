"""The page of one contact: what was told, every correction, and correcting it."""

from typing import Any

import pytest
from django.test import Client

from interactions.models import Interaction
from interactions.services.authors import author_of
from interactions.services.interactions import Contact, correct_interaction, record_interaction
from tenancy.context import tenant_context
from tenancy.models import AccessEntry
from tests.cast import Company

HEBREW = "\u05e9\u05dc\u05d5\u05dd\n\u05d4\u05ea\u05e0\u05d5\u05e8"


def client_of(company: Company, key: str) -> Client:
    client = Client()
    client.force_login(company.member[key].user, "allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def talk(company_a: Company) -> Interaction:
    contact = Contact("phone", subject="the oven <b>", text=HEBREW, satisfaction=2)
    with tenant_context(company_a.tenant.id):
        by = author_of(company_a.access("alice"))
        return record_interaction(customer=company_a.customer["ada"], contact=contact, by=by)[0]


def page(company: Company, talk: Interaction, rest: str = "") -> str:
    return company.url(f"customers/{talk.customer_id}/contacts/{talk.id}/{rest}")


def typed(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What the browser would send of the form, its line ends included."""
    form = client.get(url).context["form"]
    data = {name: form[name].value() for name in form.fields}
    data |= {
        "text": data["text"].replace("\n", "\r\n"),
        "time": f"{data['time']:%H:%M}",
        "reason": "misheard",
    }
    return {name: "" if value is None else value for name, value in (data | changes).items()}


def test_a_contact_and_who_reads_it(company_a: Company, company_b: Company, talk: Interaction) -> None:
    here = page(company_a, talk)
    alice, bob, fran = (client_of(company_a, key) for key in ("alice", "bob", "fran"))
    shown = alice.get(here).content.decode()
    assert "the oven &lt;b&gt;" in shown
    assert "\u05e9\u05dc\u05d5\u05dd<br>" in shown
    assert "2 of 5" in shown
    timeline = alice.get(company_a.url(f"customers/{talk.customer_id}/")).content.decode()
    assert f'href="{here}"' in timeline
    assert [client.get(here).status_code for client in (bob, fran)] == [404, 404]
    charlie = client_of(company_b, "charlie")
    assert charlie.get(here).status_code == 404
    assert charlie.get(page(company_b, talk)).status_code == 404
    assert (
        alice.get(company_a.url(f"customers/{company_a.customer['ben'].id}/contacts/{talk.id}/")).status_code
        == 404
    )
    with tenant_context(company_a.tenant.id):
        assert AccessEntry.objects.filter(view="contact", subject_id=talk.customer_id).count() == 1


def test_a_correction_is_visible_with_what_stood_there(company_a: Company, talk: Interaction) -> None:
    alice, url = client_of(company_a, "alice"), page(company_a, talk, "correct/")
    missing = alice.post(url, typed(alice, url, reason=""))
    assert missing.status_code == 422
    nothing = alice.post(url, typed(alice, url), follow=True)
    assert "nothing changed" in nothing.content.decode(), "line ends and seconds are no change"
    late = alice.post(url, typed(alice, url, day="2999-01-01"))
    assert (late.status_code, list(late.context["form"].errors)) == (422, ["day"])
    done = alice.post(url, typed(alice, url, subject="the stove", satisfaction=""), follow=True)
    shown = done.content.decode()
    assert (done.status_code, done.redirect_chain[0][1]) == (200, 302)
    assert "Called us: the stove" in shown
    assert "misheard" in shown
    assert "<del>the oven &lt;b&gt;</del>" in shown
    assert "<del>2 of 5</del>" in shown
    with tenant_context(company_a.tenant.id):
        talk.refresh_from_db()
    assert (talk.version, talk.satisfaction, talk.text) == (2, None, HEBREW)


def test_two_correct_at_the_same_time(company_a: Company, talk: Interaction) -> None:
    alice, url = client_of(company_a, "alice"), page(company_a, talk, "correct/")
    begun = typed(alice, url, subject="the fridge", sentiment="bad")
    with tenant_context(company_a.tenant.id):
        contact = Contact("phone", subject="the stove", text=HEBREW, satisfaction=2)
        by = author_of(company_a.access("admin"))
        correct_interaction(interaction=talk, contact=contact, reason="asked again", version=1, by=by)
    conflict = alice.post(url, begun)
    assert conflict.status_code == 409
    (row,) = conflict.context["conflicts"]
    assert (row["name"], row["theirs"], row["yours"]) == ("subject", "the stove", "the fridge")
    form = conflict.context["form"]
    again = {name: form[name].value() for name in form.fields}
    again = {name: "" if value is None else value for name, value in again.items()}
    assert (again["version"], again["sentiment"], again["reason"]) == (2, "bad", "misheard")
    done = alice.post(url, {**again, "keep_subject": "theirs"})
    assert done.status_code == 302
    with tenant_context(company_a.tenant.id):
        talk.refresh_from_db()
    assert (talk.subject, talk.sentiment, talk.version) == ("the stove", "bad", 3)
    assert alice.post(url, {**again, "version": "99"}).status_code == 302, "an odd version begins anew"


def test_frontline_sees_and_corrects_what_they_wrote(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        by = author_of(company_a.access("fran"))
        own, _ = record_interaction(customer=company_a.customer["ada"], contact=Contact("shop"), by=by)
    fran = client_of(company_a, "fran")
    assert "Ada Lovelace" in fran.get(page(company_a, own)).content.decode()
    url = page(company_a, own, "correct/")
    assert fran.post(url, typed(fran, url, text="Wants rye.")).status_code == 302
