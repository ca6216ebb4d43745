"""Double opt-in and the data page: what goes out by mail, to whom, and what its links do."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.services.customers import trash_customers
from privacy.gate import Ask, Permit, PermitInvalid, permit
from privacy.keys import address_hash
from privacy.links import confirm_link, subscribe_link
from privacy.models import (
    ConsentChain,
    ConsentEvent,
    Contact,
    Person,
    PersonRequest,
    Purpose,
    SignUp,
    Suppression,
)
from privacy.selectors.choices import choices_of
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.mailing import OWN, send_confirmation, send_preferences_link
from privacy.views.public import limits
from tenancy.context import tenant_context
from tenancy.models import AccessEntry, OutboxStep
from tenancy.outbox import run_step
from tests.cast import Company
from tests.post_office import PostOffice, link_in, post_office, text_of
from tests.privacy.post import Mailbox, get, mailbox, path, press

ADDRESS = "rosalind@veldpost.example"


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    with post_office() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running.port
        yield running


def form(company: Company, purpose: str = "newsletter") -> str:
    with tenant_context(company.tenant.id):
        return path(subscribe_link(Purpose.objects.get(key=purpose)))


def work(company: Company) -> None:
    """What a worker does: the steps of privacy, and those that they bring."""
    for _ in range(4):
        with tenant_context(company.tenant.id):
            waiting = OutboxStep.objects.filter(state="waiting", handler__startswith="privacy.")
            steps = list(waiting.order_by("id").values_list("id", flat=True))
        for step in steps:
            run_step(company.tenant.id, step)
    with tenant_context(company.tenant.id):
        wrong = OutboxStep.objects.filter(handler__startswith="privacy.").exclude(state="done")
        assert list(wrong.values_list("error", flat=True)) == []


def newsletter(company: Company, address: str = ADDRESS) -> str:
    with tenant_context(company.tenant.id):
        point = ContactPoint.objects.select_related("customer").get(value_key=address)
        lines = choices_of(point.customer, point).lines
        return next(
            line.answer for line in lines if line.purpose.key == "newsletter" and line.channel == "email"
        )


def test_a_stranger_subscribes_by_double_opt_in(company_a: Company, office: PostOffice) -> None:
    """By a real mail server: one form, one letter, one button."""
    page = get(form(company_a)).content.decode()
    assert "Newsletter" in page
    assert "Alpha may send me its newsletter" in page
    answer = press(form(company_a) + "?language=de", email=f" {ADDRESS} ", website="")
    assert "Bitte sehen Sie in Ihr Postfach" in answer.content.decode()
    assert office.letters == []
    work(company_a)
    letter = office.await_letter(ADDRESS)
    assert newsletter(company_a) == ""
    with tenant_context(company_a.tenant.id):
        customer = Customer.objects.get(contact_points__value_key=ADDRESS)
        assert (customer.source, customer.source_detail, customer.language) == (
            "customer",
            "sign-up form",
            "de",
        )
        assert SignUp.objects.count() == 0
        contact = Contact.objects.get()
        assert (contact.state, contact.purpose, contact.is_marketing) == ("sent", "doi_request", False)
    assert letter["Subject"] == "Bitte bestätigen: Newsletter von Alpha"
    assert letter["Message-ID"] == f"<{contact.id}@localhost>"
    assert letter["From"].startswith("Alpha <")
    assert letter["List-Unsubscribe"] is None
    assert letter["Content-Language"] == "de"
    assert letter.get_content_type() == "multipart/alternative"
    html = letter.get_body(("html",)).get_content()
    assert "<script" not in html
    assert "<img" not in html
    address = path(link_in(letter))
    shown = get(address).content.decode()
    assert "r•••••••d@veldpost.example" in shown
    assert newsletter(company_a) == ""
    assert "bestätigt" in press(address, do="confirm").content.decode()
    assert newsletter(company_a) == "yes"
    with tenant_context(company_a.tenant.id):
        assert ContactPoint.objects.get(value_key=ADDRESS).verified_at
        events = ConsentEvent.objects.order_by("sequence")
        assert [event.action for event in events] == ["grant", "confirm"]
        assert events[0].notice.language == "de"
    press(address, do="confirm")
    work(company_a)
    with tenant_context(company_a.tenant.id):
        assert ConsentEvent.objects.count() == 2
    assert len(office.letters) == 1


def test_the_form_answers_the_same_for_everybody(company_a: Company) -> None:
    ada = mailbox(company_a)
    erased = "gone@veldpost.example"
    with tenant_context(company_a.tenant.id):
        hashed = address_hash(company_a.tenant.id, "email", erased)
        Suppression.objects.create(address_hash=hashed, reason="erased", since=timezone.now(), actor="x")
    pages = {
        press(form(company_a), email=address).content
        for address in (ada.point.value, "nobody@veldpost.example", erased)
    }
    assert len(pages) == 1
    work(company_a)
    assert {message.to[0] for message in mail.outbox} == {ada.point.value, "nobody@veldpost.example"}
    with tenant_context(company_a.tenant.id):
        assert not ContactPoint.objects.filter(value_key=erased).exists()
        assert SignUp.objects.count() == 0


@pytest.mark.parametrize(
    "address", ["", "x", "a@", "@b", "a b@c.example", "a@b", "\x00@b.example", "ä" * 400]
)
def test_what_is_no_address_is_said_so(company_a: Company, address: str) -> None:
    answer = press(form(company_a), email=address)
    assert answer.status_code == 422
    assert "no e-mail address" in answer.content.decode()
    with tenant_context(company_a.tenant.id):
        assert SignUp.objects.count() == 0


def test_a_program_that_fills_every_field_gets_nothing(company_a: Company) -> None:
    press(form(company_a), email=ADDRESS, website="https://spam.example")
    with tenant_context(company_a.tenant.id):
        assert SignUp.objects.count() == 0


def test_asking_again_within_a_day_brings_no_second_letter(company_a: Company) -> None:
    for _ in range(3):
        press(form(company_a), email=ADDRESS)
        work(company_a)
    assert len(mail.outbox) == 1
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.filter(contact_points__value_key=ADDRESS).count() == 1


def test_two_forms_before_a_worker_came_make_one_customer(company_a: Company) -> None:
    press(form(company_a), email=ADDRESS)
    press(form(company_a, "marketing"), email=ADDRESS.upper())
    work(company_a)
    with tenant_context(company_a.tenant.id):
        assert Customer.objects.filter(contact_points__value_key=ADDRESS).count() == 1
        assert ConsentEvent.objects.count() == 2


def test_whoever_said_yes_already_is_not_asked(company_a: Company) -> None:
    press(form(company_a), email=ADDRESS)
    work(company_a)
    with tenant_context(company_a.tenant.id):
        link = confirm_link(ConsentEvent.objects.get())
        ConsentEvent.objects.get()
    press(path(link), do="confirm")
    press(form(company_a), email=ADDRESS)
    work(company_a)
    assert len(mail.outbox) == 1


def test_one_address_shared_by_three_records_is_asked_once(company_a: Company) -> None:
    for key in ("ada", "ben", "hal"):
        mailbox(company_a, key, ADDRESS)
    with tenant_context(company_a.tenant.id):
        trash_customers(customer_ids=[company_a.customer["ada"].id], by=None)
    press(form(company_a), email=ADDRESS)
    work(company_a)
    assert len(mail.outbox) == 1
    with tenant_context(company_a.tenant.id):
        assert ConsentEvent.objects.get().customer_id == company_a.customer["ben"].id


def test_mail_is_limited_by_place_and_by_address(company_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TO_ONE_ADDRESS", 2)
    monkeypatch.setattr(limits, "FROM_ONE_PLACE", 5)
    statuses = [press(form(company_a), email=ADDRESS).status_code for _ in range(4)]
    assert statuses == [200] * 4  # the third is quietly none
    with tenant_context(company_a.tenant.id):
        assert SignUp.objects.count() == 2
    statuses = [press(form(company_a), email=f"{n}@veldpost.example").status_code for n in range(3)]
    assert 429 in statuses


def _begun(company: Company, **values: Any) -> ConsentEvent:
    """A double opt-in of Ada that waits."""
    box = mailbox(company)
    with tenant_context(company.tenant.id):
        entry = {
            "customer_id": company.customer["ada"].id, "action": "grant", "channel": "email",
            "purposes": ("newsletter",), "method": "double_opt_in", "source": "shop", "wording": "specific",
            "evidence": ("form:1",), "occurred_at": timezone.now(), "contact_point_id": box.point.id, **values,
        }  # fmt: skip
        return record_consent(ConsentEntry(**entry)).event


def test_a_no_on_the_confirmation_is_as_quick_as_a_yes(company_a: Company) -> None:
    event = _begun(company_a)
    with tenant_context(company_a.tenant.id):
        address = path(confirm_link(event))
    for _ in range(2):
        assert "nothing is sent" in press(address, do="decline").content.decode()
    assert newsletter(company_a, "ada@veldpost.example") == "no"
    with tenant_context(company_a.tenant.id):
        assert ConsentEvent.objects.count() == 2


def test_a_confirmation_after_a_refusal_does_not_undo_it(company_a: Company) -> None:
    event = _begun(company_a)
    with tenant_context(company_a.tenant.id):
        address = path(confirm_link(event))
        box = Mailbox(company_a, ContactPoint.objects.get())
    press(box.unsubscribe())
    assert "You have said no since" in press(address, do="confirm").content.decode()
    assert newsletter(company_a, "ada@veldpost.example") == "no"


def test_a_confirmation_that_came_too_late_is_none(company_a: Company) -> None:
    event = _begun(company_a, occurred_at=timezone.now() - timedelta(days=8))
    with tenant_context(company_a.tenant.id):
        address = path(confirm_link(event))
    for answer in (get(address), press(address, do="confirm")):
        assert answer.status_code == 410
        assert "ended" in answer.content.decode()
    assert newsletter(company_a, "ada@veldpost.example") == ""


def test_old_double_opt_ins_of_an_import_bring_no_letters(company_a: Company) -> None:
    _begun(company_a, occurred_at=timezone.now() - timedelta(days=3))
    _begun_by_import = {"key": "x", "method": "import", "occurred_at": timezone.now()}
    with tenant_context(company_a.tenant.id):
        point = ContactPoint.objects.get()
        record_consent(
            ConsentEntry(
                customer_id=point.customer_id, action="grant", channel="email", purposes=("newsletter",),
                contact_point_id=point.id, **_begun_by_import,
            )
        )  # fmt: skip
    work(company_a)
    assert mail.outbox == []


def test_a_letter_that_the_server_refuses_is_tried_again(company_a: Company, settings: Any) -> None:
    event = _begun(company_a)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with tenant_context(company_a.tenant.id):
        step = OutboxStep.objects.get(handler="privacy.steps.ask_to_confirm")
    run_step(company_a.tenant.id, step.id)
    with tenant_context(company_a.tenant.id):
        step.refresh_from_db()
        assert (step.state, step.attempts, "NotTaken" in step.error) == ("waiting", 1, True)
        assert Contact.objects.get().state == "let_go"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    for _ in range(2):
        run_step(company_a.tenant.id, step.id)
    with tenant_context(company_a.tenant.id):
        assert send_confirmation(event=event) is None
        assert Contact.objects.get().state == "sent"
    assert len(mail.outbox) == 1


def test_a_confirmation_goes_out_once_whenever_its_worker_dies(
    company_a: Company, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the mail server's yes and the commit, and before a word was said: nobody asks a second time."""
    for dies, letters in (("tests.privacy.post.DiesAfterYes", 1), ("tests.privacy.post.DiesBefore", 0)):
        mail.outbox.clear()
        settings.EMAIL_BACKEND = dies
        event = _begun(company_a, record=dies[-12:])
        with tenant_context(company_a.tenant.id):
            steps = OutboxStep.objects.filter(handler="privacy.steps.ask_to_confirm", state="waiting")
            step = steps.get().id
        with pytest.raises(SystemExit):
            run_step(company_a.tenant.id, step)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        run_step(company_a.tenant.id, step)
        with tenant_context(company_a.tenant.id):
            assert send_confirmation(event=event) is None
            assert Contact.objects.get(key=f"confirm:{event.id}").state == "reserved"
            ContactPoint.objects.all().delete()  # the next case begins with its own
        assert len(mail.outbox) == letters


def test_nothing_is_handed_over_with_a_permit_that_is_over(company_a: Company) -> None:
    from privacy.delivery import Mail, send_email

    box = mailbox(company_a)
    with tenant_context(company_a.tenant.id):
        ask = Ask(
            customer_id=box.point.customer_id, channel="email", purpose="privacy_answer", message=OWN,
            contact_point_id=box.point.id,
        )  # fmt: skip
        given = permit(ask, key="once")
        assert isinstance(given, Permit)
        letter = Mail("Subject\nBcc: x@y.example", "text", "<p>", "en", "https://x.example/p/u")
        send_email(given, letter)
        with pytest.raises(PermitInvalid):
            send_email(given, letter)
    sent = mail.outbox[0]
    assert sent.subject == "Subject Bcc: x@y.example"
    assert sent.extra_headers["List-Unsubscribe"] == "<https://x.example/p/u>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_data_page_opens_only_by_mail_to_the_address(company_a: Company, office: PostOffice) -> None:
    box = mailbox(company_a, address=ADDRESS)
    asking = box.preferences() + "data"
    before = get(asking).content.decode()
    assert "Lovelace" not in before
    sent = press(asking).content.decode()
    assert "Please look into your mailbox" in sent
    letter = office.await_letter(ADDRESS)
    assert "Lovelace" not in str(letter)
    address = path(link_in(letter))
    page = get(address).content.decode()
    assert "Ada Lovelace" in page
    assert ADDRESS in page.replace("<wbr>", "")
    assert "told by you" in page
    assert "entered by us" in page
    with tenant_context(company_a.tenant.id):
        look = AccessEntry.objects.get()
        assert (look.actor, look.view) == (f"person:{company_a.customer['ada'].id}", "public_data")


def test_a_data_link_ends_within_the_hour(company_a: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy import links

    box = mailbox(company_a)
    monkeypatch.setattr(links, "DATA_LASTS", timedelta(seconds=-1))
    answer = get(box.data())
    assert answer.status_code == 410
    assert "Lovelace" not in answer.content.decode()


def test_an_objection_is_one_click_and_counts_at_once(company_a: Company) -> None:
    box = mailbox(company_a)
    with tenant_context(company_a.tenant.id):
        summary = company_a.customer["ada"].summary
        summary.score, summary.alive, summary.value = "scored", 0.4, 1000
        summary.customer_kind = "migrator"
        summary.save()
    page = get(box.data()).content.decode()
    assert "We guess how much you may buy" in page
    page = press(box.data(), do="object").content.decode()
    assert "Nothing is worked out about you any more" in page
    assert "We guess" not in page
    press(box.data(), do="object")
    with tenant_context(company_a.tenant.id):
        assert ConsentEvent.objects.get().purposes == ["profiling"]
        assert ConsentChain.objects.get().profiling_objected_at


def test_no_letter_to_the_dead(company_a: Company) -> None:
    box = mailbox(company_a)
    with tenant_context(company_a.tenant.id):
        Person.objects.create(customer=company_a.customer["ada"], deceased_at=timezone.now())
        given = send_preferences_link(point=box.point, language="en")
        assert given is not None
        assert given.answer.code == "DECEASED"
    assert "may not write" in press(box.preferences() + "data").content.decode()
    assert mail.outbox == []


def test_the_preference_letter(company_a: Company) -> None:
    box = mailbox(company_a)
    with tenant_context(company_a.tenant.id):
        assert send_preferences_link(point=box.point, language="fr") is None
    letter = mail.outbox[0]
    assert letter.subject == "Que peut vous envoyer Alpha ?"
    assert "Lovelace" not in letter.body
    assert path(box.preferences()) in letter.body
    assert text_of(_parsed(letter)).startswith("Bonjour,")


def _parsed(letter: Any) -> Any:
    import email
    import email.policy

    return email.message_from_bytes(letter.message().as_bytes(), policy=email.policy.default)


def test_everything_is_taken_along(company_a: Company) -> None:
    """One click starts it, a worker assembles it, one click takes it; taken, the request is done."""
    from tenancy.jobs import run_job

    box = mailbox(company_a)
    address = box.data()
    for _ in range(2):
        assert "Your data is being collected" in press(address, do="take").content.decode()
    assert press(address, do="download").status_code == 404
    with tenant_context(company_a.tenant.id):
        request = PersonRequest.objects.get()
        assert (request.kind, request.state, request.identity) == ("access", "open", "link")
        job = request.export_job_id
    run_job(company_a.tenant.id, job)
    assert "Download" in get(address).content.decode()
    answer = press(address, do="download")
    assert answer["Content-Disposition"] == 'attachment; filename="your data.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        assert set(packed.namelist()) == {"data.json", "data.html"}
        assert "Ada Lovelace" in packed.read("data.json").decode()
    with tenant_context(company_a.tenant.id):
        assert PersonRequest.objects.get().state == "done"
    assert press(address, do="download").status_code == 200
    assert (
        press(box.preferences() + "data", do="download").status_code != 404
    )  # asks for a link, gives no file


def test_a_correction_is_a_request_in_their_words(company_a: Company) -> None:
    box = mailbox(company_a)
    address = box.data().replace("/data", "/correct?field=name")
    assert "Ada Lovelace" in get(address).content.decode()
    assert press(address, words=" ").status_code == 422
    assert "Sent." in press(address, words="Ada King\x00").content.decode()
    assert get(address.replace("field=name", "field=source")).status_code == 404
    with tenant_context(company_a.tenant.id):
        request = PersonRequest.objects.get()
        assert (request.kind, request.words) == ("rectification", "name: Ada King")
        assert request.customer_id == company_a.customer["ada"].id


def test_an_erasure_is_asked_for_once_and_counts_at_once(company_a: Company) -> None:
    box = mailbox(company_a)
    address = box.data().replace("/data", "/erase")
    assert "Yes, erase me" in get(address).content.decode()
    with tenant_context(company_a.tenant.id):
        assert PersonRequest.objects.count() == 0
    for _ in range(2):
        assert "Your request is in" in press(address).content.decode()
    with tenant_context(company_a.tenant.id):
        request = PersonRequest.objects.get()
        assert (request.kind, request.state) == ("erasure", "open")
    assert "nothing is sent to you" in get(box.data()).content.decode()


def test_whoever_lies_in_the_trash_may_ask_too(company_a: Company) -> None:
    box = mailbox(company_a)
    address = box.data()
    with tenant_context(company_a.tenant.id):
        trash_customers(customer_ids=[company_a.customer["ada"].id], by=None)
    assert press(address.replace("/data", "/erase")).status_code == 200
    with tenant_context(company_a.tenant.id):
        assert PersonRequest.objects.get().state == "open"


def test_the_link_of_a_public_page_is_in_no_log() -> None:
    from config.logs import without_links

    said = {"event": "Not Found: /p/AQGiAWJ3rHdOhxSPXwNzMr0BogFigDpz/data", "level": "warning"}
    assert without_links(None, "", said)["event"] == "Not Found: /p/…/data"
