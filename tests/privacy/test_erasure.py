"""A canary in everything personal of one customer: the export finds it, erasure leaves it nowhere."""

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from crm.imports.refusing import ERASED
from crm.models import ContactPoint, Customer, CustomerSummary, Order, Payment
from crm.services.contact_points import add_contact_point
from crm.services.customers import change_customer, open_customer
from crm.services.orders import Line, Paid, record_order
from privacy.gate import Ask
from privacy.gate import check as check_gate
from privacy.keys import address_hashes
from privacy.models import ConsentEvent, Erasure, Suppression
from privacy.selectors.person_data import declared, fates_of, of_people, rows_of
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.erasure import erase_person, sweep_after
from privacy.services.erasures_list import ErasuresUnreadable, read_lines
from privacy.services.exports import start_export
from privacy.services.requests import open_request
from privacy.services.verification import verify_chains
from tenancy.context import tenant_context
from tenancy.db.models import TenantModel
from tenancy.jobs import run_job, start_job
from tenancy.models import AccessEntry, IdempotencyRecord, Job, JobPart, OutboxEvent, StoredFile
from tenancy.registries import Blank, ByFunction, Delete, Keep, Scrub, erasers
from tenancy.selectors.files import file_chunks
from tenancy.services.files import store_file
from tenancy.services.traces import GONE
from tests.cast import Company
from tests.crm.imports.helpers import bring_in, check, load, reasons, upload
from tests.isolation.canary import MODELS, fill
from tests.privacy.sweep import where_is

BIRD = "kanarienvogel"


@pytest.fixture(autouse=True)
def erasures_file(tmp_path: Path, settings: Any) -> Path:
    settings.ERASURES_FILE = tmp_path / "backups" / "erasures.jsonl"
    return settings.ERASURES_FILE  # type: ignore[no-any-return]


PERSONAL = {entry.table: entry for entry in declared()}


NOT_OF_PEOPLE = {
    "crm_import.header", "crm_import.mapping", "value_kinddecision.kind",
}  # fmt: skip
"""Where the generator puts a bird though no person stands there: names of columns, one of six kinds."""


def in_what_is_personal(model: type[TenantModel], field: Any) -> str:
    """The bird in columns that are declared as a customer's, plain words in all others."""
    entry = PERSONAL[model._meta.db_table]
    of_customer = entry.of or isinstance(entry.erase, Scrub | ByFunction)
    named = field.attname in entry.fields or (
        isinstance(entry.erase, Scrub) and field.attname in entry.erase.columns
    )
    return BIRD if of_customer and named else "plain"


@pytest.fixture
def filled(in_a: Company) -> Customer:
    """A customer with a row in every table, and a canary in every personal column of it."""
    made = fill(in_what_is_personal)
    customer = made["crm.Customer"]
    assert isinstance(customer, Customer)
    return customer


def test_every_personal_column_has_a_way_out() -> None:
    for entry in declared():
        if entry.fields:
            assert not (isinstance(entry.erase, Keep) and not entry.erase.why), (
                f"{entry.table}: say why it is kept"
            )
        if isinstance(entry.erase, ByFunction):
            assert entry.erase.name in erasers, entry
        if isinstance(entry.erase, Delete | Blank):
            assert entry.of, f"{entry.table}: whose rows?"
        if entry.of:
            assert entry.title, f"{entry.table}: what do people call it?"
            assert entry.chapter, f"{entry.table}: people read it under which heading?"


def test_every_table_that_leads_to_a_customer_says_so() -> None:
    """A column that references a customer, in any table, is an owner or is said to be none."""
    leads = {m._meta.db_table for m in MODELS for f in m._meta.local_fields if f.related_model is Customer}
    assert leads - {entry.table for entry in of_people()} == set()


def test_the_export_finds_every_canary(filled: Customer) -> None:
    here = {tuple(place.split(".", 1)) for place in where_is(BIRD)}
    for entry in of_people():
        rows = rows_of(entry, filled.id).rows
        assert rows, f"{entry.table}: the customer's row is not found"
        shown = {column for table, column in here if table == entry.table} - set(entry.left_out)
        assert shown == {name for row in rows for name in row if BIRD in json.dumps(row[name])}, entry.table


def test_erasure_leaves_the_canary_nowhere(filled: Customer) -> None:
    assert len(where_is(BIRD)) > 15
    erase_person(customer_id=filled.id, why=Erasure.Why.ASKED)
    assert set(where_is(BIRD)) == NOT_OF_PEOPLE
    assert Customer.objects.get(id=filled.id).name == "Erased customer"


ADDRESS = f"{BIRD}@birds.example"


@pytest.fixture
def ada(in_a: Company) -> Customer:
    """Ada as people have her: named, reached, with orders, an older name, a job and an answer that mention her."""
    ada = in_a.customer["ada"]
    changed = change_customer(
        customer=ada,
        version=ada.version,
        changes={"name": f"Ada {BIRD}"},
        source="member",
        source_detail="a call",
    )
    add_contact_point(
        customer=changed, kind="email", value=ADDRESS, source="customer", source_detail="web form"
    )
    add_contact_point(customer=changed, kind="phone", value="+442079460123", source="member")
    record_order(
        external_id="o-1", customer=changed, ordered_at=timezone.now(), source="member",
        lines=[Line(quantity=Decimal(2), unit_price=Decimal("9.50"), description="a cage")],
        payments=[Paid(external_id="p-1", amount=Decimal("19.00"))],
    )  # fmt: skip
    start_job(
        kind="crm.export_customers",
        title=f"Export Ada {BIRD}",
        arguments={"purpose": ADDRESS.upper(), "columns": []},
    )
    store_file(
        name="export.csv", content_type="text/csv", chunks=[f"ada-1,Ada {BIRD}".encode()], most=1000,
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    IdempotencyRecord.objects.create(
        actor="system", key="k", route="POST /", digest=b"", body=json.dumps({"name": f"Ada {BIRD}"}).encode(),
        created_at=timezone.now(),
    )  # fmt: skip
    AccessEntry.objects.create(actor="system", subject_id=ada.id, view="record", purpose=f"{BIRD} called")
    return Customer.objects.get(id=ada.id)


def sums() -> tuple[Any, ...]:
    orders = Order.objects.aggregate(Sum("gross"), Sum("net"), Sum("margin"))
    worth = CustomerSummary.objects.aggregate(Sum("revenue"), Sum("margin"), Sum("value"), Sum("orders"))
    return orders, worth, Payment.objects.aggregate(Sum("amount")), Order.objects.count()


def test_the_books_stay_right_and_the_name_is_gone_everywhere(ada: Customer, caplog: Any) -> None:
    before = sums()
    assert {"tenancy_job.title", "tenancy_auditdifference.after", "tenancy_idempotencyrecord.body"} <= set(
        where_is(BIRD)
    )
    with caplog.at_level(0):
        erasure = erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
        sweep_after(customer_id=ada.id)
    assert where_is(BIRD) == []
    assert where_is("lovelace") == []  # the name before
    assert where_is("79460123") == []
    assert sums() == before
    assert BIRD not in caplog.text
    assert not ContactPoint.objects.filter(customer=ada).exists()
    assert Order.objects.get(external_id="o-1").customer_id == ada.id
    assert AccessEntry.objects.get(subject_id=ada.id, view="record").purpose == ""
    assert erasure.counts["crm_contactpoint"] == 2
    assert BIRD not in json.dumps(erasure.hashes)


def test_erasing_twice_is_once(ada: Customer) -> None:
    first = erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    assert erase_person(customer_id=ada.id, why=Erasure.Why.ASKED).id == first.id


def test_an_erased_address_stays_refused(ada: Customer) -> None:
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    for kind, value in (("email", ADDRESS), ("phone", "+442079460123"), ("number", "ada-1")):
        hashes = address_hashes(ada.tenant_id, kind, value)
        assert Suppression.objects.filter(address_hash__in=hashes, reason="erased").exists(), kind


def test_another_company_keeps_the_same_address(ada: Customer, company_b: Company) -> None:
    with tenant_context(company_b.tenant.id):
        add_contact_point(customer=company_b.customer["cleo"], kind="email", value=ADDRESS, source="member")
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    with tenant_context(company_b.tenant.id):
        assert ContactPoint.objects.get(customer=company_b.customer["cleo"]).value == ADDRESS
        assert bring_in(f"number,name,email\nada-1,Cleo,{ADDRESS}\n", "customers").counts["rejected"] == 0
        assert not Suppression.objects.exists()


def test_a_file_does_not_bring_an_erased_person_back(ada: Customer) -> None:
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    run = bring_in(
        f"number,name,email\nada-1,Ada,\nn-2,Ada {BIRD},{ADDRESS}\nn-3,Eve,eve@birds.example\n", "customers"
    )
    assert list(reasons(run).values()) == [ERASED, ERASED]
    assert set(Customer.objects.filter(source="import").values_list("name", flat=True)) == {"Eve"}
    assert BIRD.encode() not in b"".join(file_chunks(run.error_file))  # type: ignore[arg-type]


def test_orders_of_an_erased_number_come_in_without_a_customer(ada: Customer) -> None:
    orders = "order,date,customer number,quantity,price\no-1,2026-01-02,ada-1,2,9.50\no-9,2026-01-03,ada-1,1,5.00\n"
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    bring_in(orders)
    assert Order.objects.get(external_id="o-9").customer is None
    assert Order.objects.get(external_id="o-1").customer_id == ada.id  # as it stood
    assert not Customer.objects.filter(external_id="ada-1").exists()


def test_an_erasure_while_a_checked_import_waits(ada: Customer) -> None:
    text = f'number,name,email\nada-1,"{BIRD}, Ada",{ADDRESS}\nn-3,Eve,eve@birds.example\n'
    run = check(upload(text, "customers"))
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    assert where_is(BIRD) == []
    load(run)
    assert reasons(run) == {2: ERASED}
    assert Customer.objects.get(id=ada.id).name == "Erased customer"
    assert Customer.objects.filter(name="Eve").exists()
    kept = b"".join(file_chunks(StoredFile.objects.get(id=run.file_id)))
    assert (len(kept), b"n-3,Eve,eve@birds.example" in kept) == (len(text), True)


def test_after_a_restore_the_person_is_erased_again(ada: Customer, erasures_file: Path) -> None:
    with transaction.atomic():
        erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
        transaction.set_rollback(True)  # the backup is from before
    assert Customer.objects.get(id=ada.id).name == f"Ada {BIRD}"
    assert BIRD not in erasures_file.read_text()
    call_command("erasures_replay")
    assert where_is(BIRD) == []
    assert Erasure.objects.get(customer=ada).why == "replayed"
    lines = len(list(read_lines()))
    call_command("erasures_replay")
    assert len(list(read_lines())) == lines


def test_a_list_that_cannot_be_read_is_said(ada: Customer, erasures_file: Path) -> None:
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    with erasures_file.open("a") as file:
        file.write('{"tenant": "no')
    assert len(list(read_lines())) == 1
    with erasures_file.open("a") as file:
        file.write("\n")
    with pytest.raises(ErasuresUnreadable, match="Line 2"):
        list(read_lines())
    with pytest.raises(CommandError, match="Line 2"):
        call_command("erasures_replay")


def test_before_it_happens_it_is_said(ada: Customer) -> None:
    fates = {fate.table: fate for fate in fates_of(ada.id)}
    assert (fates["crm_contactpoint"].rows, fates["crm_contactpoint"].does) == (2, "deleted")
    assert fates["crm_order"].does == "kept"
    assert "accounts" in fates["crm_order"].why
    assert fates["crm_customer"].does == "emptied"


def test_the_chain_still_holds_and_the_words_are_gone(ada: Customer) -> None:
    point = ContactPoint.objects.get(customer=ada, kind="email")
    record_consent(
        ConsentEntry(
            customer_id=ada.id, action="grant", channel="email", purposes=("newsletter",), method="web_form",
            source="form", occurred_at=timezone.now(), contact_point_id=point.id, words=f"I, {BIRD}, agree",
            detail={"name": BIRD},
        )
    )  # fmt: skip
    check_gate(Ask(customer_id=ada.id, channel="email", purpose="newsletter"))
    assert {"privacy_consenttext.words", "privacy_consenttext.address"} <= set(where_is(BIRD))
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    assert where_is(BIRD) == []
    assert ConsentEvent.objects.filter(customer=ada).count() == 1
    assert verify_chains().differences == ()


@pytest.mark.parametrize("name", ["Null", "True", "Customer", "Name", ".*", "(", "an", "\\"])
def test_a_name_that_is_a_word_of_ours_spares_what_is_not_the_persons(in_a: Company, name: str) -> None:
    customer = open_customer(name=name, source="member")
    start_job(kind="crm.export_customers", title="Export", arguments={"name": None, "said": f"{name}, you"})
    answer = {"body": json.dumps({"name": None, "customer": True}).encode(), "created_at": timezone.now()}
    IdempotencyRecord.objects.create(
        actor="system", key="k", route="POST /api/v1/customers/", digest=b"", **answer
    )
    before = list(OutboxEvent.objects.order_by("id").values_list("payload", flat=True))
    names = Customer.objects.exclude(id=customer.id).order_by("id").values_list("name", flat=True)
    others = list(names)
    erase_person(customer_id=customer.id, why=Erasure.Why.ASKED)
    assert list(OutboxEvent.objects.order_by("id").values_list("payload", flat=True))[: len(before)] == before
    assert list(names) == others
    assert Job.objects.get().arguments == {
        "name": None,
        "said": f"{name if len(name) < 4 else GONE}, you",
    }
    assert IdempotencyRecord.objects.exists()


def test_a_name_of_one_word_takes_nobody_elses_rows_out_of_a_waiting_import(in_a: Company) -> None:
    rose = open_customer(name="Rose", source="member")
    people = check(upload("number,name,email\nn-7,Rose Garden,garden@birds.example\n,Rose,\n", "customers"))
    sales = check(
        upload(
            "order,date,customer number,product,quantity,price\n"
            "o-7,2026-01-02,ben-1,Rose,2,9.50\no-8,2026-01-02,ben-1,for Ada Lovelace,2,9.50\n"
        )
    )
    erase_person(customer_id=rose.id, why=Erasure.Why.ASKED)
    erase_person(customer_id=in_a.customer["ada"].id, why=Erasure.Why.ASKED)
    load(people)
    load(sales)
    assert Customer.objects.filter(name="Rose Garden").exists()
    assert not Customer.objects.filter(name="Rose").exists()
    theirs = Order.objects.filter(customer=in_a.customer["ben"])
    assert set(theirs.values_list("external_id", flat=True)) == {"o-7", "o-8"}


def test_an_export_that_is_being_made_does_not_keep_an_erased_person(ada: Customer) -> None:
    request = open_request(kind="access", came="link", customer_id=ada.id)
    job = start_export(request_id=request.id, created_by=None)
    run_job(job.tenant_id, job.id)
    Job.objects.filter(id=job.id).update(result={}, state=Job.State.RUNNING, finished_at=None)
    file = StoredFile.objects.get(id=JobPart.objects.get(job=job).arguments["file"])
    erase_person(customer_id=ada.id, why=Erasure.Why.ASKED)
    assert not StoredFile.objects.filter(id=file.id, size__gt=0).exists()
    again = start_job(kind="privacy.export_person", title="Again", arguments=job.arguments)
    run_job(again.tenant_id, again.id)
    again.refresh_from_db()
    assert (again.state, again.error) == (
        Job.State.FAILED,
        "The person was erased meanwhile: nothing is kept.",
    )
