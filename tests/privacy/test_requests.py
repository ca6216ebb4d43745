"""Requests of people: who asks, which clock runs, what is done, and that strangers learn nothing."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.selectors.search import find_in_trash
from crm.services.contact_points import add_contact_point
from privacy.clocks import clock_called, clock_for, due_by, extended
from privacy.gate import Ask, check
from privacy.models import ConsentEvent, Erasure, Person, PersonRequest, RequestNote, RequestStep
from privacy.selectors.requests import checklist, next_of, open_requests, running
from privacy.services import identity, requests
from privacy.services.erasure_job import start_erasure
from privacy.services.exports import start_export
from privacy.services.reminders import remind_of_requests
from privacy.services.requests import RequestRefused, open_request
from tenancy.jobs import run_job
from tenancy.models import Job, OutboxStep, StoredFile
from tenancy.outbox import run_step
from tenancy.selectors.files import file_chunks
from tests.cast import Company

MAIL = "ada@engines.example"


@pytest.fixture(autouse=True)
def erasures_file(tmp_path: Path, settings: Any) -> None:
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"


@pytest.fixture
def ada(in_a: Company) -> Customer:
    add_contact_point(customer=in_a.customer["ada"], kind="email", value=MAIL, source="customer")
    return in_a.customer["ada"]


def asked(kind: str, ada: Customer | None, **values: Any) -> PersonRequest:
    return open_request(kind=kind, came="member", customer_id=ada.id if ada else None, **values)


def known(kind: str, ada: Customer) -> PersonRequest:
    return requests.identify_by_member(request_id=asked(kind, ada).id, how="showed a passport")


def erase(request: PersonRequest, typed: str) -> Job:
    job = start_erasure(request_id=request.id, typed=typed, created_by=None)
    run_job(job.tenant_id, job.id)
    return Job.objects.get(id=job.id)


def run_steps(handler: str) -> None:
    for step in OutboxStep.objects.filter(handler=handler, state="waiting"):
        run_step(step.tenant_id, step.id)


@pytest.mark.parametrize(
    ("country", "received", "due"),
    [
        ("DE", "2026-01-31T10:00:00+00:00", "2026-02-28T23:00:00+00:00"),  # the last day of a shorter month
        ("NO", "2026-01-31T10:00:00+00:00", "2026-02-28T23:00:00+00:00"),  # of the EEA, by the same law
        ("GB", "2026-06-15T23:30:00+00:00", "2026-07-16T22:00:00+00:00"),  # the next day already in Berlin
        ("US", "2026-03-01T00:00:00+00:00", "2026-04-15T22:00:00+00:00"),
        ("BR", "2026-03-01T00:00:00+00:00", "2026-03-16T23:00:00+00:00"),
        ("ZZ", "2026-03-01T00:00:00+00:00", "2026-03-16T23:00:00+00:00"),  # the shortest that we know
    ],
)
def test_the_clock_is_the_laws(country: str, received: str, due: str) -> None:
    assert due_by(
        clock_for(country), datetime.fromisoformat(received), "Europe/Berlin"
    ) == datetime.fromisoformat(due)


def test_a_longer_time_is_counted_from_the_first_end() -> None:
    end = datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert extended(clock_called("EU"), end, "Europe/Berlin") == datetime(2026, 4, 28, 22, tzinfo=UTC)


def test_nothing_is_done_before_it_is_known_who_asks(ada: Customer) -> None:
    request = asked("erasure", ada)
    for attempt in (
        lambda: erase(request, ada.name),
        lambda: start_export(request_id=request.id, created_by=None),
    ):
        with pytest.raises(RequestRefused, match="who asks"):
            attempt()
    assert next_of(request) == "identity"


def test_a_stranger_stops_no_messages_and_leaves_no_trace_with_the_customer(ada: Customer) -> None:
    asked("erasure", ada)
    answer = check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer
    assert "ERASURE_PENDING" not in answer.all_codes
    assert not ada.timeline.filter(key__startswith="request:").exists()


def test_while_an_erasure_is_open_nobody_writes(ada: Customer) -> None:
    request = known("erasure", ada)
    assert (
        check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer.code == "ERASURE_PENDING"
    )
    requests.withdraw(request_id=request.id)
    assert (
        "ERASURE_PENDING"
        not in check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer.all_codes
    )


def test_a_code_goes_to_an_address_we_have_and_only_its_hash_stays(ada: Customer) -> None:
    request = asked("access", ada, asker="somebody@else.example")
    identity.ask_for_code(request_id=request.id, contact_point_id=ContactPoint.objects.get(customer=ada).id)
    run_steps("privacy.steps.send_identity_code")
    assert [letter.to for letter in mail.outbox] == [[MAIL]]
    code = re.findall(r"\d{4} \d{4}", mail.outbox[0].body)[0]
    request.refresh_from_db()
    assert code.replace(" ", "") not in request.code_digest
    assert not identity.identify_by_code(request_id=request.id, code="12")
    assert identity.identify_by_code(request_id=request.id, code=code)
    request.refresh_from_db()
    assert (request.state, request.identity) == ("open", "code")


def test_a_code_cannot_be_guessed_and_does_not_last(ada: Customer) -> None:
    request = asked("access", ada)
    point = ContactPoint.objects.get(customer=ada).id
    assert identity.send_code(request_id=request.id, contact_point_id=point, key="one")
    for _ in range(5):
        assert not identity.identify_by_code(request_id=request.id, code="x")
    with pytest.raises(RequestRefused, match="Too many"):
        identity.identify_by_code(request_id=request.id, code="x")
    PersonRequest.objects.update(code_sent_at=timezone.now() - timedelta(hours=2), code_tries=0)
    with pytest.raises(RequestRefused, match="older than an hour"):
        identity.identify_by_code(request_id=request.id, code="x")


def test_an_address_of_somebody_else_gets_no_code(ada: Customer, in_a: Company) -> None:
    other = add_contact_point(
        customer=in_a.customer["ben"], kind="email", value="b@b.example", source="member"
    )
    with pytest.raises(RequestRefused, match="of this customer"):
        identity.ask_for_code(request_id=asked("access", ada).id, contact_point_id=other.id)


def test_the_quicker_law_counts_once_it_is_known_whose_it_is(ada: Customer) -> None:
    request = asked("access", None)
    Customer.objects.filter(id=ada.id).update(country="BR")
    assert requests.name_customer(request_id=request.id, customer_id=ada.id).regime == "BR"
    Customer.objects.filter(id=ada.id).update(country="US")
    assert requests.name_customer(request_id=request.id, customer_id=ada.id).regime == "BR"


def test_everything_is_assembled_for_the_person(ada: Customer, in_a: Company) -> None:
    request = known("access", ada)
    job = start_export(request_id=request.id, created_by=None)
    assert start_export(request_id=request.id, created_by=None).id == job.id
    run_job(job.tenant_id, job.id)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    content = b"".join(file_chunks(StoredFile.objects.get(id=job.result["file"])))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        record, page = json.loads(archive.read("data.json")), archive.read("data.html").decode()
    assert MAIL in page
    assert "Ada Lovelace" in page
    assert {"datum": f"email {MAIL}", "source": "customer"}.items() <= record["sources"][-1].items()
    written = json.dumps(record)
    assert str(in_a.member["alice"].id) not in written  # who works here is a role
    assert "Relationship manager" in written
    requests.hand_over(request_id=request.id, how="downloaded at the counter")
    assert PersonRequest.objects.get().state == "done"


def test_other_people_are_left_out(ada: Customer, in_a: Company) -> None:
    from crm.services.timeline import Entry, add_entry
    from privacy.selectors.exports import person_record

    text = f"Her sister eve@private.example called, write to {MAIL}"
    add_entry(Entry(ada.id, timezone.now(), "call", "k", "Call", text=text, who=in_a.member["bob"].name))
    written = json.dumps(person_record(ada.id))
    assert "eve@private.example" not in written
    assert MAIL in written
    assert '"who": "Bob"' not in written


@pytest.mark.parametrize(
    ("kind", "do", "step"),
    [
        ("rectification", lambda r: requests.correct(request_id=r.id, what="the street"), "corrected"),
        (
            "restriction",
            lambda r: requests.restrict(request_id=r.id, member=None, reason="is disputed"),
            "restricted",
        ),
        (
            "objection",
            lambda r: requests.object_to(request_id=r.id, member=None, against="marketing"),
            "objected",
        ),
        ("erasure", lambda r: erase(r, "ada  lovelace"), "erased"),
    ],
)
def test_each_kind_is_done_by_one_thing(ada: Customer, kind: str, do: Any, step: str) -> None:
    request = known(kind, ada)
    do(request)
    request.refresh_from_db()
    assert (request.state, next_of(request)) == ("done", "")
    assert all(todo.is_done for todo in checklist(request))
    assert RequestStep.objects.filter(request=request, what=step).count() == 1
    with pytest.raises(RequestRefused, match="is done"):
        do(request)


def test_an_objection_stops_at_once_and_a_restriction_too(ada: Customer) -> None:
    requests.object_to(request_id=known("objection", ada).id, member=None, against="marketing")
    assert check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer.code == "OBJECTED_DM"
    assert ConsentEvent.objects.get(customer=ada).action == "object"
    requests.restrict(request_id=known("restriction", ada).id, member=None, reason="is disputed")
    assert Person.objects.get(customer=ada).restricted_at
    assert (
        check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer.code
        == "PROCESSING_RESTRICTED"
    )


def test_nobody_is_erased_by_a_slip(ada: Customer) -> None:
    with pytest.raises(RequestRefused, match="Type the customer's name"):
        erase(known("erasure", ada), "Ada")
    assert Customer.objects.get(id=ada.id).name == "Ada Lovelace"


def test_an_erasure_waits_for_a_worker_and_nobody_writes_meanwhile(ada: Customer) -> None:
    request = known("erasure", ada)
    job = start_erasure(request_id=request.id, typed=ada.name, created_by=None)
    assert start_erasure(request_id=request.id, typed=ada.name, created_by=None).id == job.id
    assert (PersonRequest.objects.get().state, next_of(request)) == ("open", "erase")
    answer = check(Ask(customer_id=ada.id, channel="email", purpose="newsletter")).answer
    assert answer.code == "ERASURE_PENDING"
    run_job(job.tenant_id, job.id)
    run_job(job.tenant_id, job.id)
    assert (PersonRequest.objects.get().state, Job.objects.get(id=job.id).state) == ("done", "done")
    assert Erasure.objects.count() == 1


def test_an_erasure_that_failed_has_changed_nothing_and_goes_on(
    ada: Customer, tmp_path: Path, settings: Any
) -> None:
    (tmp_path / "no folder").write_text("")
    settings.ERASURES_FILE = tmp_path / "no folder" / "erasures.jsonl"
    request = known("erasure", ada)
    job = erase(request, ada.name)
    assert (job.state, "ERASURES_FILE" in job.error, ada.name in job.error) == ("failed", True, False)
    assert Customer.objects.get(id=ada.id).name == ada.name
    assert (PersonRequest.objects.get().state, Erasure.objects.count()) == ("open", 0)
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    again = erase(request, ada.name)
    assert (again.id, again.state, again.error) == (job.id, "done", "")
    assert Customer.objects.get(id=ada.id).name == "Erased customer"


def test_who_took_it_back_before_the_worker_came_is_not_erased(ada: Customer) -> None:
    request = known("erasure", ada)
    job = start_erasure(request_id=request.id, typed=ada.name, created_by=None)
    requests.withdraw(request_id=request.id)
    run_job(job.tenant_id, job.id)
    assert "taken back" in Job.objects.get(id=job.id).error
    assert Customer.objects.get(id=ada.id).name == ada.name


def test_words_of_a_request_go_with_the_person(ada: Customer) -> None:
    request = asked("erasure", ada, asker="Ada", words="please forget me")
    requests.identify_by_member(request_id=request.id, how="I know her voice")
    erase(request, ada.name)
    request.refresh_from_db()
    assert (request.asker, request.words) == ("", "")
    assert not RequestNote.objects.exists()
    assert RequestStep.objects.filter(request=request).count() == 3  # that it was done, and when, stays


def test_a_longer_time_is_taken_once_with_a_reason_and_before_the_end(ada: Customer) -> None:
    request = asked("access", ada)
    before = request.due_at
    with pytest.raises(RequestRefused, match="why it takes longer"):
        requests.extend(request_id=request.id, reason="busy")
    assert requests.extend(request_id=request.id, reason="three archives are to be read").due_at > before
    with pytest.raises(RequestRefused, match="once"):
        requests.extend(request_id=request.id, reason="three archives are to be read")
    late = asked("access", ada, received_at=timezone.now() - timedelta(days=60))
    with pytest.raises(RequestRefused, match="time is over"):
        requests.extend(request_id=late.id, reason="three archives are to be read")
    Customer.objects.filter(id=ada.id).update(country="BR")
    with pytest.raises(RequestRefused, match="no longer time"):
        requests.extend(request_id=asked("access", ada).id, reason="three archives are to be read")


def test_those_who_handle_requests_are_told_once_at_each_mark(ada: Customer, in_a: Company) -> None:
    in_a.add("olga", "privacy-officer")
    asked("access", ada, received_at=timezone.now() - timedelta(days=16))
    asked("access", ada, received_at=timezone.now() - timedelta(days=40))
    asked("access", ada)
    assert (remind_of_requests(), remind_of_requests()) == (2, 0)
    assert sorted(PersonRequest.objects.values_list("reminded", flat=True)) == [0, 50, 100]
    assert mail.outbox == []  # each letter by itself, so that the trouble of one repeats no other
    run_steps("privacy.steps.remind_member")
    told = {letter.to[0] for letter in mail.outbox}
    assert len(told) < len(mail.outbox) == 2 * len(told)
    assert "olga@alpha.example" in told
    assert f"alice@{in_a.tenant.slug}.example" not in told
    assert not [letter for letter in mail.outbox if "Lovelace" in letter.body + letter.subject]


def test_what_is_due_first_comes_first(ada: Customer) -> None:
    late, soon = (asked("access", ada, received_at=timezone.now() - timedelta(days=days)) for days in (60, 3))
    assert [one.id for one in open_requests()] == [late.id, soon.id]
    assert running(late).tone == "bad"
    assert "late" in running(late).words
    assert running(soon).tone == ""


def test_steps_cannot_be_changed(ada: Customer) -> None:
    from django.db import Error, transaction

    asked("access", ada)
    for change in (
        lambda: RequestStep.objects.update(actor="x"),
        lambda: RequestStep.objects.all().delete(),
    ):
        with pytest.raises(Error, match=r"append-only|permission"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"kind": "party"}, "Choose"),
        ({"received_at": datetime(1999, 1, 1, tzinfo=UTC)}, "last year"),
        ({"received_at": datetime(2999, 1, 1, tzinfo=UTC)}, "future"),
        ({"customer_id": "00000000-0000-0000-0000-000000000000"}, "no such customer"),
    ],
)
def test_a_request_that_cannot_be_is_refused(in_a: Company, values: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestRefused, match=message):
        open_request(**{"kind": "access", "came": "member", **values})


def test_a_right_does_not_end_in_the_trash(ada: Customer, in_a: Company) -> None:
    Customer.objects.filter(id=ada.id).update(trashed_at=timezone.now(), external_id="T-77")
    access = in_a.access("admin")
    for typed in ("lovelace", "T-77", MAIL):
        assert [one.id for one in find_in_trash(access, typed)] == [ada.id], typed
    assert find_in_trash(access, "nobody") == find_in_trash(access, " ") == []
    request = requests.name_customer(request_id=asked("erasure", None).id, customer_id=ada.id)
    requests.identify_by_member(request_id=request.id, how="showed a passport")
    assert erase(request, ada.name).state == "done"
    assert find_in_trash(access, "lovelace") == []
    assert Customer.objects.get(id=ada.id).name == "Erased customer"
