"""Mail that comes in: to the right customer, to the message it is about, or to somebody who knows."""

import io
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail as outbox
from django.core.management import CommandError, call_command
from django.test import Client

from crm.models import ContactPoint, TimelineEntry
from crm.services.contact_points import change_contact_point, verify_contact_point
from crm.services.customers import trash_customers
from interactions.models import InboundMail, Interaction, Mailbox, MessageNews
from interactions.services import inbound
from interactions.services.inbound import MailRefused, receive_mail
from interactions.services.mailboxes import MailboxRefused, close_mailbox, link_of, open_mailbox, renew_link
from privacy.gate import Given, Permit, permit
from privacy.models import ConsentEvent, ConsentText, Contact
from privacy.services.mailing import send_preferences_link
from tenancy.context import tenant_context
from tenancy.models import OutboxEvent
from tests.at_once import at_once_in
from tests.cast import Company
from tests.interactions.incoming import a_mailbox, host, mail_named, plain, receive, sent_letter
from tests.interactions.mailing import state_address
from tests.privacy.gate.asking import give_address, may, reachable, say

pytestmark = pytest.mark.django_db

ADDRESS = "ada@veld.example"


def news() -> list[str]:
    return list(MessageNews.objects.order_by("at", "id").values_list("kind", flat=True))


def may_write(company: Company, key: str = "ada", **values: Any) -> bool:
    """Whether the gate lets a newsletter go now; the place it takes is given back."""
    given = permit(may(company.customer[key], **values), key=f"test:{uuid4()}")
    if isinstance(given, Permit):
        given.let_go()
        return True
    assert isinstance(given, Given)
    return False


def test_a_letter_is_a_contact_of_whoever_wrote_it(in_a: Company) -> None:
    a_mailbox(checked_by="mx.alpha.example")
    ada = reachable(in_a, value=ADDRESS)
    taken = receive(mail_named("letter_gmail"))
    assert (taken.kind, taken.state, taken.sender_check, taken.text) == ("letter", "filed", "pass", "")
    said = Interaction.objects.get()
    assert (said.customer_id, said.id) == (ada.id, taken.interaction_id)
    assert (said.channel, said.direction, said.subject) == ("email", "inbound", "Re: Ripe pears 🍐")
    assert said.text.endswith("> the pears are ripe.")
    line = TimelineEntry.objects.get(key=f"interaction:{said.id}")
    assert line.title == "Wrote an e-mail: Re: Ripe pears 🍐"
    assert line.text == "Could I have two boxes on Saturday? My oven won’t fit more.\n\nAda"
    assert OutboxEvent.objects.filter(name="interactions.mail_received").count() == 1
    # Handed over once more, by another way: the same mail.
    again = receive(b"Received: by another.example\n" + mail_named("letter_gmail").replace(b"\n", b"\r\n"))
    assert (again.id, Interaction.objects.count()) == (taken.id, 1)
    assert outbox.outbox == []


def test_whose_a_letter_is_when_that_is_not_plain(in_a: Company) -> None:
    a_mailbox(checked_by="mx.alpha.example")
    assert receive(plain("Nobody knows me")).why == "Nobody here has this address."
    ada = reachable(in_a, value=ADDRESS)
    give_address(in_a.customer["ben"], value=ADDRESS)
    shared = receive(plain("It is one of us two"))
    assert (shared.state, shared.why) == ("unmatched", "2 customers have this address: say whose it is.")
    assert shared.text == "It is one of us two"
    message = sent_letter(ada)
    answered = receive(plain("Two boxes please", In_Reply_To=f"<{message.mail_id}>"))
    assert (answered.customer_id, answered.message_id, news()) == (ada.id, message.id, ["answered"])
    assert "Nobody checked" in Interaction.objects.get().text
    forged = receive(plain("I am Ada", Authentication_Results="mx.alpha.example; dmarc=fail"))
    assert (forged.state, forged.sender_check, forged.customer_id) == ("unmatched", "fail", None)
    trash_customers(customer_ids=[ada.id], by=None)
    ben = receive(plain("Only one of us is left"))
    assert ben.customer_id == in_a.customer["ben"].id


def test_a_letter_to_another_company_finds_nobody_of_ours(company_a: Company, company_b: Company) -> None:
    with tenant_context(company_a.tenant.id):
        message = sent_letter(reachable(company_a, value=ADDRESS))
    with tenant_context(company_b.tenant.id):
        a_mailbox()
        assert receive(plain("Hello")).state == "unmatched"
        bounce = receive(mail_named("bounce_postfix", message))
        assert bounce.why == "It names no message that we sent, so nothing follows from it."
        receive(mail_named("complaint", message))
    with tenant_context(company_a.tenant.id):
        assert news() == []
        assert InboundMail.objects.count() == 0
        assert may_write(company_a)


@pytest.mark.parametrize("name", ["bounce_postfix", "bounce_exchange", "bounce_qmail"])
def test_mail_that_came_back_for_good_ends_the_address(in_a: Company, name: str) -> None:
    a_mailbox()
    ada = reachable(in_a, value=ADDRESS)
    message = sent_letter(ada)
    taken = receive(mail_named(name, message))
    assert (taken.kind, taken.customer_id, taken.message_id) == ("bounce", ada.id, message.id)
    assert ContactPoint.objects.get().invalid_at is not None
    message.refresh_from_db()
    assert message.bounced_at is not None
    assert Contact.objects.get().outcome == "bounced"
    [line] = MessageNews.objects.values_list("kind", "detail")
    assert line[0] == "bounced"
    assert ADDRESS not in line[1]
    assert TimelineEntry.objects.get(key=f"message:{message.id}:bounced").title == "Came back: Ripe pears"
    assert not may_write(in_a)


def test_what_came_back_and_does_not_end_the_address(in_a: Company) -> None:
    a_mailbox()
    message = sent_letter(reachable(in_a, value=ADDRESS))
    receive(mail_named("delayed_postfix", message))
    assert news() == ["delayed"]
    receive(mail_named("bounce_gmail", message))  # refused as unwanted: it is about the message
    assert news() == ["delayed", "bounced"]
    # Forged, by somebody who knows the address and nothing else.
    forged = receive(mail_named("bounce_postfix", f"{uuid4()}@{host()}"))
    assert forged.state == "ignored"
    receive(mail_named("bounce_postfix", message.mail_id.replace(host(), "evil.example")))
    assert ContactPoint.objects.get().invalid_at is None
    assert news() == ["delayed", "bounced"]


def test_an_address_that_was_mended_since_stays(in_a: Company) -> None:
    a_mailbox()
    ada = reachable(in_a, value=ADDRESS)
    message = sent_letter(ada)
    point = ContactPoint.objects.get()
    change_contact_point(point=point, changes={"value": "ada@moved.example"}, source="member")
    receive(mail_named("bounce_postfix", message))
    assert ContactPoint.objects.get().invalid_at is None
    assert news() == ["bounced"]
    change_contact_point(point=point, changes={"value": ADDRESS}, source="member")
    verify_contact_point(point=point)
    receive(mail_named("bounce_exchange", message))
    assert ContactPoint.objects.get().invalid_at is None


def test_letters_of_privacy_come_back_too(in_a: Company) -> None:
    a_mailbox()
    state_address()
    point = give_address(in_a.customer["ada"], value=ADDRESS)
    assert send_preferences_link(point=point, language="en") is None
    [sent] = outbox.outbox
    receive(mail_named("bounce_postfix", sent.extra_headers["Message-ID"].strip("<>")))
    assert ContactPoint.objects.get().invalid_at is not None
    assert Contact.objects.get().outcome == "bounced"


def test_a_complaint_ends_marketing_everywhere(in_a: Company) -> None:
    a_mailbox()
    ada = reachable(in_a, value=ADDRESS)
    message = sent_letter(ada)
    taken = receive(mail_named("complaint", message))
    receive(mail_named("complaint", message, **{"feedback.123": "feedback.124"}))
    event = ConsentEvent.objects.get(action="complain")
    assert (event.method, event.purposes, event.evidence) == (
        "feedback_loop", ["marketing"], [f"complaint:{message.contact_id}"]
    )  # fmt: skip
    assert ConsentText.objects.get(event_id=event.id).detail["mail"] == str(taken.id)
    assert news() == ["complained", "complained"]
    assert not may_write(in_a)
    give_address(ada, value="+44 20 7946 0000", kind="phone")
    say(ada, channel="sms", occurred_at=ConsentEvent.objects.get(action="grant").occurred_at)
    assert not may_write(in_a, channel="sms")


def test_stop_in_an_answer_takes_back_what_was_answered(in_a: Company) -> None:
    a_mailbox()
    ada = reachable(in_a, value=ADDRESS)
    message = sent_letter(ada)
    taken = receive(mail_named("stop_gmail", message))
    assert (taken.kind, taken.state, taken.customer_id) == ("stop", "filed", ada.id)
    event = ConsentEvent.objects.get(action="withdraw")
    assert (event.channel, event.purposes, event.method) == ("email", ["newsletter"], "reply")
    assert ConsentText.objects.get(event_id=event.id).words == "Désinscrire, s’il vous plaît !"
    assert news() == ["stopped"]
    assert Interaction.objects.get().customer_id == ada.id
    assert not may_write(in_a)
    receive(mail_named("out_of_office_exchange", message))  # begins with "Stop", and is a machine's
    assert ConsentEvent.objects.filter(action="withdraw").count() == 1


def test_stop_without_a_message_stops_marketing_for_all_who_have_the_address(in_a: Company) -> None:
    a_mailbox()
    ada = reachable(in_a, value=ADDRESS)
    reachable(in_a, "ben", value=ADDRESS)
    taken = receive(plain("Unsubscribe", Authentication_Results="mx.evil.example; dmarc=fail"))
    assert (taken.kind, taken.state) == ("stop", "unmatched")
    events = ConsentEvent.objects.filter(action="withdraw")
    assert {tuple(one.purposes) for one in events} == {("marketing",)}
    assert {one.customer_id for one in events} == {ada.id, in_a.customer["ben"].id}
    assert not may_write(in_a)
    assert not may_write(in_a, "ben")


def test_machines_are_not_answered_and_our_own_mail_ends_here(in_a: Company) -> None:
    a_mailbox()
    message = sent_letter(reachable(in_a, value=ADDRESS))
    [sent] = outbox.outbox
    loop = receive(sent.message().as_bytes())
    assert (loop.kind, loop.state, loop.why) == (
        "automatic",
        "ignored",
        "This is our own mail that came back.",
    )
    away = receive(mail_named("out_of_office_exchange", message))
    assert (away.kind, away.state) == ("automatic", "ignored")
    assert receive(plain("x", X_Loop=host())).kind == "automatic"
    assert Interaction.objects.count() == 0
    assert len(outbox.outbox) == 1


def test_100_000_characters_and_more_in_any_script(in_a: Company) -> None:
    a_mailbox()
    reachable(in_a, value=ADDRESS)
    receive(plain("пирог 梨 🍐 \u202e" * 20_000, subject="🍐" * 300))
    said = Interaction.objects.get()
    assert len(said.text) <= 100_000
    assert "[It goes on: what is longer than that is not kept.]" in said.text
    assert len(said.subject) == 200


@pytest.mark.django_db(transaction=True)
def test_the_same_mail_at_once_is_one(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        mailbox = a_mailbox()
        reachable(company_a, value=ADDRESS)
    raw = mail_named("letter_gmail")
    taken = at_once_in(company_a, *[lambda: receive_mail(mailbox=mailbox, raw=raw)] * 4)
    assert len({one.id for one in taken}) == 1
    with tenant_context(company_a.tenant.id):
        assert (InboundMail.objects.count(), Interaction.objects.count()) == (1, 1)


def test_mail_by_the_secret_link(company_a: Company, monkeypatch: Any) -> None:
    with tenant_context(company_a.tenant.id):
        mailbox = a_mailbox()
        reachable(company_a, value=ADDRESS)
        address = link_of(mailbox.id).partition("/p/")[2]
    client = Client(enforce_csrf_checks=True)

    def post(raw: bytes, **headers: Any) -> int:
        return client.post(f"/p/{address}", raw, content_type="message/rfc822", **headers).status_code

    assert post(plain("Hello")) == 202
    assert post(plain("Hello")) == 202
    assert post(b"\n") == 400
    assert client.get(f"/p/{address}").status_code == 405
    assert client.post("/p/wrong/mail", b"x", content_type="message/rfc822").status_code == 404
    monkeypatch.setattr("interactions.views.public.mails.MOST_BYTES", 1_000)
    assert post(b"x" * 1_001) == 413
    with tenant_context(company_a.tenant.id):
        assert InboundMail.objects.count() == 1
        renewed = renew_link(mailbox=mailbox)
        with pytest.raises(MailRefused):
            receive_mail(mailbox=Mailbox.objects.get(id=mailbox.id), raw=plain("Hello"))
    assert post(plain("After all")) == 404
    with tenant_context(company_a.tenant.id):
        address = link_of(renewed.id).partition("/p/")[2]
    assert post(plain("After all")) == 202


def test_mail_by_a_pipe(company_a: Company, company_b: Company, monkeypatch: Any) -> None:
    def pipe(raw: bytes, **options: str) -> int:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw)))
        try:
            call_command("mail_receive", stdout=io.StringIO(), **options)
        except CommandError as error:
            return error.returncode
        return 0

    assert pipe(plain("Hello"), mailbox="hello@alpha.example") == 67
    with tenant_context(company_a.tenant.id):
        a_mailbox()
    assert pipe(plain("Hello"), mailbox="Hello@Alpha.example") == 0
    with tenant_context(company_b.tenant.id):
        a_mailbox()
    assert pipe(plain("Hello"), mailbox="hello@alpha.example") == 75
    assert pipe(plain("Hello, beta"), mailbox="hello@alpha.example", tenant="beta") == 0
    monkeypatch.setattr(inbound, "MOST_BYTES", 10)
    assert pipe(plain("Hello"), mailbox="hello@alpha.example", tenant="beta") == 65
    with tenant_context(company_a.tenant.id):
        assert InboundMail.objects.count() == 1


def test_mailboxes_that_cannot_be(in_a: Company) -> None:
    mailbox = a_mailbox()
    for values in (
        {},
        {"address": "not an address"},
        {"address": "b@alpha.example", "checked_by": "two words"},
    ):
        with pytest.raises(MailboxRefused):
            a_mailbox(**values)
    close_mailbox(mailbox=mailbox)
    assert open_mailbox(address="HELLO@alpha.example").address == "hello@alpha.example"
