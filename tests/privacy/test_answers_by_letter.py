"""Whoever asked about their data is told by letter what became of it, where they were seen to read mail, once."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.services.contact_points import add_contact_point, change_contact_point
from privacy.models import Contact, Erasure, Person, PersonRequest, RequestStep
from privacy.selectors.requests import verified_point
from privacy.services import identity, own_requests, requests
from privacy.services.erasure_job import start_erasure
from privacy.services.exports import start_export
from privacy.services.requests import open_request
from tenancy.jobs import run_job
from tenancy.models import Job, OutboxStep
from tenancy.outbox import run_step
from tests.cast import Company
from tests.post_office import post_office
from tests.privacy.test_requests import erase, run_steps

MAIL = "ada@engines.example"
TELL = "privacy.steps.tell_of_answer"
REASON = "We need the invoices of this year until 2036."


@pytest.fixture(autouse=True)
def erasures_file(tmp_path: Path, settings: Any) -> None:
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"


@pytest.fixture
def point(in_a: Company) -> ContactPoint:
    return add_contact_point(customer=in_a.customer["ada"], kind="email", value=MAIL, source="customer")


@pytest.fixture
def ada(point: ContactPoint) -> Customer:
    return point.customer


def by_code(kind: str, point: ContactPoint) -> PersonRequest:
    """A request whose asker read the code at the address."""
    request = open_request(kind=kind, came="member", customer_id=point.customer_id)
    identity.ask_for_code(request_id=request.id, contact_point_id=point.id)
    run_steps("privacy.steps.send_identity_code")
    code = re.search(r"\d{4} \d{4}", mail.outbox[-1].body)
    assert code
    assert verified_point(PersonRequest.objects.get(id=request.id)) is None  # sent is not yet read
    assert identity.identify_by_code(request_id=request.id, code=code[0])
    mail.outbox.clear()
    return PersonRequest.objects.get(id=request.id)


def told(request: PersonRequest) -> list[str]:
    run_steps(TELL)
    steps = RequestStep.objects.filter(request=request, what__in=["told", "untold"])
    return list(steps.order_by("at").values_list("what", flat=True))


def test_later_then_no_with_the_reason_and_where_to_complain(point: ContactPoint, ada: Customer) -> None:
    Customer.objects.filter(id=ada.id).update(language="de-AT")
    request = by_code("erasure", point)
    assert told(request) == []  # that it came and who it is, is no answer
    requests.extend(request_id=request.id, reason="Three archives are to be read.")
    assert told(request) == ["told"]
    requests.refuse(request_id=request.id, reason=REASON)
    assert told(request) == told(request) == ["told", "told"]
    later, no = mail.outbox
    assert later.to == no.to == [MAIL]
    assert later.subject == "Ihre Anfrage an Alpha dauert länger"
    assert "Three archives are to be read." in later.body
    assert "die Löschung Ihrer Daten" in no.body
    assert REASON in no.body
    assert REASON in no.alternatives[0].content
    assert "Datenschutzbehörde" in no.body
    assert "Lovelace" not in no.body + later.body
    assert {(one.purpose, one.state) for one in Contact.objects.exclude(key__startswith="identity")} == {
        ("privacy_answer", "sent")
    }


@pytest.mark.parametrize(
    ("kind", "do"),
    [
        ("rectification", lambda r: requests.correct(request_id=r.id, what="the name, in the till too")),
        ("restriction", lambda r: requests.restrict(request_id=r.id, member=None, reason="is disputed")),
        ("objection", lambda r: requests.object_to(request_id=r.id, member=None, against="everything")),
        ("access", lambda r: hand_over(r)),
    ],
)
def test_what_is_done_is_told_also_where_nothing_else_may_go_out(
    point: ContactPoint, kind: str, do: Any
) -> None:
    request = by_code(kind, point)
    do(request)
    assert told(request) == ["told"]
    assert mail.outbox[-1].subject == "Your request to Alpha is done"
    assert "the till" not in mail.outbox[-1].body  # what members note is the company's own


def hand_over(request: PersonRequest) -> None:
    job = start_export(request_id=request.id, created_by=None)
    run_job(job.tenant_id, job.id)
    requests.hand_over(request_id=request.id, how="at the counter")


def test_without_an_address_that_was_verified_and_is_theirs_no_letter_goes_out(
    point: ContactPoint, ada: Customer
) -> None:
    known = open_request(kind="erasure", came="member", customer_id=ada.id)
    identity.ask_for_code(request_id=known.id, contact_point_id=point.id)
    run_steps("privacy.steps.send_identity_code")
    requests.identify_by_member(request_id=known.id, how="showed a passport")
    theirs = own_requests.ask_to_correct(customer=ada, point=point, field="name", words="Ada King")
    assert verified_point(theirs) == point
    change_contact_point(point=point, changes={"value": "stranger@engines.example"}, source="member")
    mail.outbox.clear()
    for request in (known, theirs):
        requests.refuse(request_id=request.id, reason=REASON)
        assert told(request) == []
    assert mail.outbox == []


def test_a_no_of_the_gate_is_noted_for_those_who_answer(point: ContactPoint, ada: Customer) -> None:
    request = by_code("access", point)
    Person.objects.update_or_create(customer=ada, defaults={"deceased_at": timezone.now()})
    requests.refuse(request_id=request.id, reason=REASON)
    assert (told(request), mail.outbox) == (["untold"], [])


def test_a_mailbox_that_is_gone_is_noted_and_not_tried_again(point: ContactPoint, settings: Any) -> None:
    request = by_code("access", point)
    requests.refuse(request_id=request.id, reason=REASON)
    with post_office() as office:
        office.gone.add(MAIL)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.port
        assert told(request) == ["untold"]
        assert office.letters == []
    assert set(OutboxStep.objects.filter(handler=TELL).values_list("state", flat=True)) == {"done"}


def test_who_is_erased_is_told_before_and_once(
    point: ContactPoint, ada: Customer, tmp_path: Path, settings: Any
) -> None:
    """The list of erasures cannot be written at first: the letter is out, and the second try sends none."""
    (tmp_path / "no folder").write_text("")
    settings.ERASURES_FILE = tmp_path / "no folder" / "erasures.jsonl"
    request = own_requests.ask_for_erasure(customer=ada, point=point)
    assert erase(request, ada.name).state == "failed"
    assert (told(request), Erasure.objects.count()) == (["told"], 0)
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    assert erase(request, ada.name).state == "done"
    assert told(request) == ["told"]
    [letter] = mail.outbox
    assert (letter.to, letter.subject) == ([MAIL], "Your data at Alpha is being erased")
    assert PersonRequest.objects.get(id=request.id).address_hash == ""


def test_an_erasure_whose_worker_dies_goes_on_and_writes_no_second_letter(
    point: ContactPoint, ada: Customer, settings: Any
) -> None:
    request = own_requests.ask_for_erasure(customer=ada, point=point)
    settings.EMAIL_BACKEND = "tests.privacy.post.DiesAfterYes"
    job = start_erasure(request_id=request.id, typed=ada.name, created_by=None)
    with pytest.raises(SystemExit):
        run_job(job.tenant_id, job.id)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    run_job(job.tenant_id, job.id)  # another worker: the first may still be at it
    assert (Job.objects.get(id=job.id).state, Erasure.objects.count()) == ("running", 0)
    Contact.objects.update(at=timezone.now() - timedelta(minutes=6))
    run_job(job.tenant_id, job.id)
    assert (Job.objects.get(id=job.id).state, Erasure.objects.count(), len(mail.outbox)) == ("done", 1, 1)


def test_nobody_is_erased_while_the_mail_server_is_away(
    point: ContactPoint, ada: Customer, settings: Any
) -> None:
    request = own_requests.ask_for_erasure(customer=ada, point=point)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    job = start_erasure(request_id=request.id, typed=ada.name, created_by=None)
    run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    assert (job.state, job.attempts, "NotTaken" in job.error) == ("running", 1, True)
    for _ in range(4):
        run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    assert (job.state, job.rows_done) == ("failed", 0)
    assert Customer.objects.get(id=ada.id).name == ada.name
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    again = erase(request, ada.name)
    assert (again.id, again.state, again.rows_done, len(mail.outbox)) == (job.id, "done", 1, 1)


def test_the_same_event_twice_is_one_letter(point: ContactPoint) -> None:
    request = by_code("access", point)
    requests.refuse(request_id=request.id, reason=REASON)
    requests.emit(requests.RequestChanged(request.id, request.kind, "refused", "refused"))
    for step in OutboxStep.objects.filter(handler=TELL):
        run_step(step.tenant_id, step.id)
        run_step(step.tenant_id, step.id)
    assert len(mail.outbox) == 1
