"""What is written to a customer: through the gate at the moment of sending, over a real mail server."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import timezone

from crm.models import TimelineEntry
from crm.services.customers import trash_customers
from interactions.models import Message, Task
from interactions.services import sending
from interactions.services.holding import CustomerRefused
from interactions.services.message_ends import EXCERPT
from interactions.services.messages import MessageRefused, cancel_message, queue_message
from interactions.services.sending import WAITS, send_message, sweep_messages
from privacy.models import Contact, GateAnswer, PrivacyProfile
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.cast import Company
from tests.interactions.mailing import (
    ALICE,
    MoodyOffice,
    letter,
    now_due,
    send_all,
    service_letter,
    state_address,
)
from tests.post_office import text_of
from tests.privacy.gate.asking import give_address, reachable, say
from tests.privacy.post import path, press

pytestmark = pytest.mark.django_db(transaction=True)


def entries(company: Company) -> list[tuple[str, str]]:
    with tenant_context(company.tenant.id):
        rows = TimelineEntry.objects.filter(kind="message").order_by("at")
        return list(rows.values_list("title", "text"))


def again(message: Message, company: Company) -> Message:
    with tenant_context(company.tenant.id):
        return Message.objects.get(id=message.id)


def test_a_letter_goes_with_all_that_the_law_asks_for(company_a: Company, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        state_address()
        ada = reachable(company_a, value="ada@veld.example")
        message = letter(
            ada, body="Dear <b>Ada</b>,\n\nthe pears are ripe: https://veld.example/?a=1&b=2.\nYours"
        )
    assert office.letters == []
    send_all(company_a)
    send_all(company_a)
    [mail] = office.letters
    assert (mail["Subject"], mail["To"]) == ("Ripe pears", "ada@veld.example")
    assert mail["From"].startswith("Alpha Ltd <")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, html = text_of(mail), mail.get_body(("html",)).get_content()
    for said in ("1 High Street, Ely", "Unsubscribe: http", "My choices: http"):
        assert said in text
    assert "Dear &lt;b&gt;Ada&lt;/b&gt;," in html
    assert '<a href="https://veld.example/?a=1&amp;b=2" ' in html
    assert "1 High Street, Ely" in html
    sent = again(message, company_a)
    assert (sent.state, sent.code, sent.tries) == ("sent", "", 1)
    assert mail["Message-ID"] == f"<{sent.mail_id}>"
    [(title, words)] = entries(company_a)
    assert title == "Sent by e-mail"
    assert words.startswith("Ripe pears Dear <b>Ada</b>")
    with tenant_context(company_a.tenant.id):
        contact = Contact.objects.get()
        assert (contact.id, contact.state, contact.is_marketing) == (sent.contact_id, "sent", True)
        assert GateAnswer.objects.get(id=sent.answer_id).is_permit
        names = OutboxEvent.objects.filter(name__startswith="interactions.").order_by("id")
        assert list(names.values_list("name", flat=True)) == [
            "interactions.message_queued", "interactions.message_ended",
        ]  # fmt: skip
    # The link that mail programs press ends the newsletter at once: the next letter stays here.
    press(path(mail["List-Unsubscribe"].strip(" <>")), **{"List-Unsubscribe": "One-Click"})
    with tenant_context(company_a.tenant.id):
        second = letter(ada)
    send_all(company_a)
    assert len(office.letters) == 1
    assert again(second, company_a).code == "OPTED_OUT"


def test_a_no_is_on_the_timeline_with_its_reason(company_a: Company, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        ada = reachable(company_a)
        queued = letter(ada)
        say(ada, "withdraw")  # after it was queued, before it is sent
        no_address = letter(company_a.customer["hal"])
    send_all(company_a)
    assert office.letters == []
    message = again(queued, company_a)
    assert (message.state, message.code) == ("withheld", "CONSENT_WITHDRAWN")
    assert "took" in message.why or "withdr" in message.why.lower()
    assert again(no_address, company_a).state == "withheld"
    assert "Not sent: took it back" in [title for title, _ in entries(company_a)]
    with tenant_context(company_a.tenant.id):
        assert Contact.objects.count() == 0


def test_a_deferral_moves_it_on(company_a: Company, office: MoodyOffice) -> None:
    until = timezone.now() + timedelta(days=3)
    with tenant_context(company_a.tenant.id):
        message = letter(reachable(company_a))
        PrivacyProfile.objects.update(marketing_paused_until=until)
    send_all(company_a)
    waiting = again(message, company_a)
    assert (waiting.state, waiting.code) == ("queued", "PAUSED_BY_POLICY")
    assert waiting.due_at >= until
    assert waiting.why
    assert entries(company_a) == []
    with tenant_context(company_a.tenant.id):
        PrivacyProfile.objects.update(marketing_paused_until=None)
    send_all(company_a)
    assert office.letters == [], "it is not due yet"
    now_due(company_a)
    send_all(company_a)
    assert len(office.letters) == 1


def test_a_promotion_makes_marketing_of_a_service_message(company_a: Company, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        ada = company_a.customer["ada"]
        give_address(ada)
        message = letter(ada, purpose="order_confirmation", has_promotion=True)
        assert message.is_marketing
    send_all(company_a)
    assert again(message, company_a).code == "TRANSACTIONAL_WITH_PROMO"


@pytest.mark.parametrize(
    ("mood", "state", "letters", "contact"),
    [
        ("later", "queued", 0, "let_go"),
        ("never", "failed", 0, "let_go"),
        ("drops", "unsure", 0, "reserved"),
        ("dies", "unsure", 1, "reserved"),
        ("slow", "unsure", 0, "reserved"),
    ],
)
def test_what_becomes_of_marketing(
    company_a: Company, office: MoodyOffice, mood: str, state: str, letters: int, contact: str
) -> None:
    """It is tried again only where the server said that it had not taken it."""
    office.mood, office.seconds = mood, 6
    with tenant_context(company_a.tenant.id):
        message = letter(reachable(company_a))
    send_all(company_a)
    assert (again(message, company_a).state, len(office.letters)) == (state, letters)
    with tenant_context(company_a.tenant.id):
        assert Contact.objects.get().state == contact
    office.mood = "ok"
    now_due(company_a)
    send_all(company_a)
    expected = 1 if mood == "later" else letters
    assert len(office.letters) == expected
    assert again(message, company_a).state == ("sent" if mood == "later" else state)


def test_a_service_notice_is_sent_until_it_is_taken(company_a: Company, office: MoodyOffice) -> None:
    """Also where it may have arrived already: under the same Message-ID, so that mail programs show it once."""
    office.mood = "dies"
    with tenant_context(company_a.tenant.id):
        message = service_letter(company_a)
    send_all(company_a)
    waiting = again(message, company_a)
    assert (waiting.state, waiting.tries, len(office.letters)) == ("queued", 1, 1)
    assert timedelta(seconds=50) < waiting.due_at - timezone.now() <= timedelta(minutes=WAITS[0])
    office.mood = "ok"
    now_due(company_a)
    send_all(company_a)
    assert again(message, company_a).state == "sent"
    first, second = office.letters
    assert first["Message-ID"] == second["Message-ID"] == f"<{again(message, company_a).mail_id}>"
    assert second["List-Unsubscribe"] is None
    with tenant_context(company_a.tenant.id):
        assert Contact.objects.count() == 1


def test_a_mail_server_that_is_down(company_a: Company, office: MoodyOffice) -> None:
    """The first message finds out, the others wait untried; after a day it has failed, and the timeline says so."""
    with tenant_context(company_a.tenant.id):
        state_address()
        ada, ben = reachable(company_a), reachable(company_a, "ben")
        messages = [letter(ada), letter(ben)]
    office.close()
    send_all(company_a)
    tries = sorted(again(one, company_a).tries for one in messages)
    assert tries == [0, 1]
    waits = []
    for _ in range(len(WAITS) + 1):
        now_due(company_a)
        cache.delete("down:email")
        for one in messages:
            cache.delete("down:email")
            send_message(company_a.tenant.id, one.id)
        found = again(messages[0], company_a)
        if found.state == "queued":
            waits.append(round((found.due_at - timezone.now()).total_seconds() / 60))
    assert waits == sorted(waits)
    assert sum(WAITS) == 24 * 60
    assert {again(one, company_a).state for one in messages} == {"failed"}
    assert "tried for a day" in again(messages[0], company_a).why
    assert [title for title, _ in entries(company_a)] == ["Could not be sent by e-mail"] * 2
    with tenant_context(company_a.tenant.id):
        assert not Contact.objects.exclude(state="let_go").exists()


def test_a_mail_server_that_refuses_half(company_a: Company, office: MoodyOffice) -> None:
    office.mood = "half"
    with tenant_context(company_a.tenant.id):
        good = letter(reachable(company_a, value="ada@veld.example"))
        bad = letter(reachable(company_a, "ben", value="ben@veld.example"))
    send_all(company_a)
    assert again(good, company_a).state == "sent"
    assert (again(bad, company_a).state, again(bad, company_a).why) == (
        "failed", "The mail server refused it (550).",
    )  # fmt: skip


def test_a_claim_whose_worker_died(company_a: Company, office: MoodyOffice) -> None:
    """Marketing stays where it is and is said to be unsure; a service notice goes again."""
    with tenant_context(company_a.tenant.id):
        notice, offer = service_letter(company_a), letter(reachable(company_a, "ben"))
    for one in (notice, offer):
        assert sending._claim(company_a.tenant.id, one.id) is not None
    send_all(company_a)
    assert [again(one, company_a).state for one in (notice, offer)] == ["claimed", "claimed"]
    now_due(company_a)
    send_all(company_a)
    assert [again(one, company_a).state for one in (notice, offer)] == ["queued", "unsure"]
    now_due(company_a)
    with tenant_context(company_a.tenant.id):
        sweep_messages("")
    send_all(company_a)
    assert [again(one, company_a).state for one in (notice, offer)] == ["sent", "unsure"]
    assert len(office.letters) == 1


def test_taking_a_message_back(company_a: Company, office: MoodyOffice) -> None:
    with tenant_context(company_a.tenant.id):
        message = letter(reachable(company_a))
        cancel_message(message=message, by=ALICE)
        with pytest.raises(MessageRefused, match="cannot be taken back: it is not sent"):
            cancel_message(message=message, by=ALICE)
    send_all(company_a)
    assert office.letters == []
    assert entries(company_a)[0][0] == "Not sent: Taken back by Alice before it was sent."


def test_calls_and_letters_by_post_are_work_for_the_manager(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        state_address()
        ada = company_a.customer["ada"]
        give_address(ada, kind="phone", value="+44 20 7946 0018")
        say(ada, channel="phone", purposes=("marketing",), written_agreement=True)
        call = letter(ada, channel="phone", purpose="marketing", subject="Pears", body="Ask about the pears.")
        refused = letter(ada, channel="post", purpose="marketing", subject="", body="A card")
    send_all(company_a)
    done = again(call, company_a)
    assert (done.state, done.code) in {
        ("task", ""),
        ("queued", "QUIET_HOURS_LEGAL"),
        ("queued", "QUIET_HOURS_POLICY"),
    }
    assert again(refused, company_a).state == "withheld"
    if done.state == "task":
        with tenant_context(company_a.tenant.id):
            task = Task.objects.get()
            assert (task.kind, task.portfolio, task.subject) == (
                "call",
                company_a.portfolio["alice"],
                "Call: Pears",
            )
            assert "+442079460018" in task.text.replace(" ", "")
            assert Contact.objects.get().state == "sent"


def test_what_cannot_be_queued(in_a: Company, company_b: Company) -> None:
    ada = in_a.customer["ada"]
    point = give_address(in_a.customer["ben"])
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"channel": "ad_audience"}, "channel"), ({"purpose": "profiling"}, "purpose"), ({"purpose": "x"}, "purpose"),
        ({"subject": ""}, "subject"), ({"body": " "}, "body"), ({"body": "a\0b"}, "body"),
        ({"body": "x" * 100_001}, "body"), ({"channel": "sms", "body": "x" * 1_001}, "body"),
        ({"language": "klingon"}, "language"), ({"point_id": point.id}, "contact_point"), ({"key": "k" * 121}, "key"),
    ]  # fmt: skip
    for values, field in wrong:
        with pytest.raises(MessageRefused) as refused:
            letter(ada, **values)
        assert refused.value.field == field, values
    long = letter(ada, body="ü̈字" * 33_000, key="once")
    assert len(long.body) == 99_000
    same = {
        "subject": "Ripe pears",
        "channel": "email",
        "purpose": "newsletter",
        "language": "en",
        "by": ALICE,
    }
    assert queue_message(customer=ada, body=long.body, key="once", **same) == (long, False)
    with pytest.raises(MessageRefused) as refused:
        letter(ada, key="once")
    assert refused.value.code == "key_reused"
    trash_customers(customer_ids=[ada.id], by=in_a.member["alice"])
    with pytest.raises(CustomerRefused):
        letter(ada)
    assert EXCERPT == 400
