"""Surveys: who is asked after a contact, the page behind the letter, and what the answers say."""

import re
from datetime import timedelta
from math import isclose
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Customer, TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import Interaction, Message, Survey, SurveyAnswer, SurveyAsk
from interactions.scales import ENOUGH, estimate
from interactions.selectors import surveys as read
from interactions.services.interactions import Contact, record_interaction
from interactions.services.survey_answers import answer_survey
from interactions.services.survey_asks import ask_about, is_drawn, note_letters_ended, survey_link
from interactions.services.surveys import SurveyRefused, Terms, save_survey
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.cast import Company
from tests.interactions.mailing import ALICE, MoodyOffice, send_all, state_address
from tests.post_office import text_of
from tests.privacy.gate.asking import give_address, say
from tests.privacy.post import path
from tests.tenancy.test_settings_pages import signed_in

pytestmark = pytest.mark.django_db(transaction=True)

CALL = Terms(
    "After a call", "csat", "How satisfied are you with our help?", ("phone",), wait_minutes=0, is_active=True
)


def talk(customer: Customer, **values: Any) -> Interaction:
    return record_interaction(customer=customer, contact=Contact(**{"channel": "phone", **values}), by=ALICE)[
        0
    ]


def willing(company: Company, key: str = "ada") -> Customer:
    """Somebody who agreed to be asked."""
    state_address()
    customer = company.customer[key]
    give_address(customer, value=f"{key}@veld.example")
    say(customer, purposes=("survey",))
    return customer


def asked(company: Company, terms: Terms = CALL) -> SurveyAsk:
    """Ada was asked about a call."""
    save_survey(terms=terms)
    contact = talk(willing(company))
    assert ask_about(interaction_ids=[contact.id]) == 1
    return SurveyAsk.objects.select_related("survey", "customer", "interaction").get()


def test_from_the_letter_to_the_timeline(company_a: Company, client: Client, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        ask = asked(company_a)
    send_all(company_a)
    [mail] = office.letters
    html = mail.get_body(("html",)).get_content()
    [*_, link] = re.findall(r"<(http\S+score=4)>", text_of(mail))
    assert f'href="{link.replace("&", "&amp;")}"' in html
    assert ">5: very satisfied</a>" in html
    assert "List-Unsubscribe" in mail
    with tenant_context(company_a.tenant.id):
        note_letters_ended(message_ids=[ask.message_id or ask.id])
        ask.refresh_from_db()
        assert (ask.state, ask.asked_at is not None) == ("asked", True)

    page = client.get(path(link))
    assert (page.status_code, page.cookies) == (200, {})
    assert 'value="4" checked' in page.content.decode()
    with tenant_context(company_a.tenant.id):
        assert not SurveyAnswer.objects.exists()

    here = path(link).partition("?")[0]
    assert client.post(here, {"text": "no number"}).status_code == 422
    assert client.post(here, {"score": "6"}).status_code == 422
    assert client.post(here, {"score": "4", "text": "x" * 2001}).status_code == 422
    assert client.post(here, {"score": "4", "text": "Quick.\r\nثم ودود"}).status_code == 200
    assert client.post(f"{here}?score=1", {"score": "5", "text": "On second thoughts"}).status_code == 200
    again = client.get(here).content.decode()
    assert 'value="5" checked' in again
    assert "On second thoughts" in again
    with tenant_context(company_a.tenant.id):
        entry = TimelineEntry.objects.get(kind="survey")
        assert (entry.title, entry.text) == ("Answered 5 of 5: After a call", "On second thoughts")
        assert SurveyAsk.objects.get().state == "answered"
        assert OutboxEvent.objects.filter(name="interactions.survey_answered").count() == 2
    contact = signed_in(company_a, "alice").get(
        company_a.url(f"customers/{ask.customer_id}/contacts/{ask.interaction_id}/")
    )
    assert "<b>5 of 5</b>" in contact.content.decode()


def test_a_closed_question_and_a_wrong_link_take_nothing(in_a: Company, client: Client) -> None:
    ask = asked(in_a)
    link = path(survey_link(ask))
    SurveyAsk.objects.update(due_at=timezone.now() - timedelta(days=30, seconds=1))
    with pytest.raises(SurveyRefused, match="closed"):
        answer_survey(ask=ask, score=4)
    SurveyAsk.objects.update(due_at=timezone.now())
    trash_customers(customer_ids=[in_a.customer["ada"].id], by=in_a.member["alice"])
    assert "closed" in client.post(link, {"score": "4"}).content.decode()
    wrong = client.get(link.replace("/survey", "x/survey"))
    assert (wrong.status_code, "mistyped" in wrong.content.decode()) == (404, True)
    SurveyAsk.objects.all().delete()
    assert "Nothing is kept" in client.get(link).content.decode()
    assert not SurveyAnswer.objects.exists()


def test_who_is_asked(in_a: Company) -> None:
    """Not by system, not who was not reached, not about last month, on no other channel, not twice within the rest."""
    save_survey(terms=CALL)
    ada, ben = willing(in_a), in_a.customer["ben"]
    not_now = [
        talk(ada, touchpoint="system"), talk(ada, outcome="no_answer"), talk(ada, channel="chat"),
        talk(ada, occurred_at=timezone.now() - timedelta(days=4)),
    ]  # fmt: skip
    assert ask_about(interaction_ids=[one.id for one in not_now]) == 0
    both = [talk(ada).id, talk(ada).id]
    assert ask_about(interaction_ids=both) == 1
    assert ask_about(interaction_ids=both) == 0
    # Ben has no address and said nothing: the gate will say so when the letter is due.
    assert ask_about(interaction_ids=[talk(ben).id]) == 1
    assert Message.objects.count() == 2
    SurveyAsk.objects.update(due_at=timezone.now() - timedelta(days=91))
    assert ask_about(interaction_ids=[talk(ada).id]) == 1
    Survey.objects.update(is_active=False)
    assert ask_about(interaction_ids=[talk(in_a.customer["hal"]).id]) == 0


def test_the_gate_says_no_and_the_ask_says_why(company_a: Company, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        state_address()
        save_survey(terms=CALL)
        ben = company_a.customer["ben"]
        give_address(ben, value="ben@veld.example")
        ask_about(interaction_ids=[talk(ben).id])
    send_all(company_a)
    with tenant_context(company_a.tenant.id):
        note_letters_ended(message_ids=list(Message.objects.values_list("id", flat=True)))
        ask = SurveyAsk.objects.get()
        assert (office.letters, ask.state, ask.asked_at) == ([], "withheld", None)
        assert ask.why


def test_the_share_is_drawn_once_and_for_ever(in_a: Company) -> None:
    survey = save_survey(terms=Terms("Some", "nps", "Would you recommend us?", share=30))
    ids = [Interaction(customer=in_a.customer["ada"], channel="phone").id for _ in range(2000)]
    drawn = [one for one in ids if is_drawn(survey, one)]
    assert 500 < len(drawn) < 700
    assert drawn == [one for one in ids if is_drawn(survey, one)]


def test_the_settings_refuse_what_cannot_be(in_a: Company) -> None:
    ask = asked(in_a)
    for terms, field in (
        (Terms("Other", "csat", "How was it then?", ("pigeon",)), "channels"),
        (Terms("After a call", "csat", "How was it then?"), "name"),
        (Terms("Other", "stars", "How was it then?"), "kind"),
        (Terms("Other", "csat", "How was it then?", share=0), "share"),
    ):
        with pytest.raises(SurveyRefused) as refused:
            save_survey(terms=terms)
        assert refused.value.field == field
    with pytest.raises(SurveyRefused, match="other scale"):
        save_survey(terms=Terms("After a call", "nps", "Would you recommend us?"), survey=ask.survey)


@pytest.mark.parametrize(
    ("kind", "scores", "expected"),
    [
        # Wilson for 8 of 10 and for 10 of 10, by hand from the formula; and a textbook t interval.
        ("csat", {5: 5, 4: 3, 1: 2}, (80.0, 49.02, 94.33)),
        ("csat", {5: 10}, (100.0, 72.25, 100.0)),
        ("nps", {10: 50, 8: 30, 3: 20}, (30.0, 14.69, 45.31)),
        ("nps", {0: 12}, (-100.0, -100.0, -100.0)),
        ("effort", {4: 5, 6: 5}, (5.0, 4.246, 5.754)),
        ("csat", {5: ENOUGH - 1}, None),
    ],
)
def test_figures_come_with_how_sure_they_are(kind: str, scores: dict[int, int], expected: Any) -> None:
    made = estimate(kind, scores)
    if expected is None or made is None:
        assert made is expected
        return
    for value, wanted in zip((made.value, made.low, made.high), expected, strict=True):
        assert isclose(value, wanted, abs_tol=0.01)


def test_figures_open_to_the_answers_in_scope(in_a: Company) -> None:
    ask = asked(in_a)
    answer_survey(ask=ask, score=4, text="Fine")
    for number in range(2):
        contact = talk(in_a.customer["ben"], subject=str(number))
        other = SurveyAsk.objects.create(
            survey=ask.survey, customer=in_a.customer["ben"], interaction=contact, due_at=timezone.now(),
            asked_at=timezone.now(), state="asked",
        )  # fmt: skip
    answer_survey(ask=other, score=2)
    [figures] = read.figures(in_a.access("admin"))
    [month] = figures.months
    assert (month.asked, month.answered, month.unknown, month.missing, month.estimate) == (3, 2, 1, 8, None)
    Survey.objects.update(name="<b>calls</b>")
    browser = signed_in(in_a, "admin")
    page = browser.get(in_a.url("satisfaction/")).content.decode()
    assert "8 more answers until a figure says something" in page
    assert "67 % of 3" in page
    assert "&lt;b&gt;calls" in page
    answers = browser.get(month.url).content.decode()
    assert re.findall(r"\d of 5", answers) == ["2 of 5", "4 of 5"]
    narrow = read.answers_page(in_a.access("alice"), ask.survey, month.month, "")
    assert len(narrow.lines) + narrow.elsewhere == 2
