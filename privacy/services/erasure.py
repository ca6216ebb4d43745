"""Erasure: what people are known by goes, the books stay right (GDPR 17; what must stay, stays without a name).

One transaction. Who reads the tables afterwards finds "Erased customer" with orders and sums that nobody belongs to.
"""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from crm.events import CustomerChanged
from crm.imports.refusing import hold_imports_still
from crm.models import Customer
from crm.services.timeline import Entry, add_entry
from privacy.events import PersonErased
from privacy.keys import address_hash
from privacy.models import Erasure, Person, PersonRequest, Suppression
from privacy.selectors.person_data import declared, hashed, traces_of
from privacy.services.erasures_list import append_line
from privacy.services.locks import lock_addresses, lock_chains
from tenancy.context import current_actor, current_tenant_id, without_row_audit
from tenancy.outbox import emit
from tenancy.registries import Blank, Delete, PersonalData, Scrub, Traces, erasers
from tenancy.services.audit import record_batch
from tenancy.services.traces import pattern_of, scrub_rows

CUSTOMER = "customer"
"""The kind under which the customer's own id is hashed for the list outside the database."""


def erase_person(*, customer_id: UUID, why: str, request: PersonRequest | None = None) -> Erasure:
    """Erase one customer as a person, in the caller's transaction. Twice is once: the first erasure is returned.

    Whoever only never answered may come again: nothing of them is kept against that, and a restored backup brings back
    no more than the next night lets go of.
    Imports wait, and so do permits and consents of this customer, until the transaction ends.
    """
    hold_imports_still()
    lock_chains([customer_id])
    customer = Customer.objects.select_for_update().get(id=customer_id)
    person, _ = Person.objects.get_or_create(customer=customer)
    if person.erased_at and why != Erasure.Why.REPLAYED:
        before = Erasure.objects.filter(customer_id=customer_id).order_by("at").first()
        if before:
            return before
    traces = traces_of(customer)
    hashes = _hashes(traces)
    lock_addresses(hashes["addresses"])
    counts = _take_out(traces)
    if why != Erasure.Why.UNANSWERED:
        suppress(hashes["addresses"])
    Person.objects.filter(id=person.id).update(erased_at=timezone.now())
    erasure = Erasure.objects.create(
        customer=customer, at=timezone.now(), actor=current_actor(), why=why, request=request, counts=counts,
        hashes=hashes,
    )  # fmt: skip
    _tell(erasure)
    # Last, so that a failure above leaves no line; a line whose transaction fails afterwards was asked for anyway.
    if why != Erasure.Why.UNANSWERED:
        append_line(erasure)
    return erasure


def _hashes(traces: Traces) -> dict[str, Any]:
    tenant = current_tenant_id()
    return {
        "customer": address_hash(tenant, CUSTOMER, str(traces.customer_id)),
        "addresses": [address_hash(tenant, kind, value) for kind, value in hashed(traces)],
    }


def suppress(hashes: Iterable[str]) -> None:
    """Whoever comes with one of these again, is not contacted and not imported."""
    now = timezone.now()
    Suppression.objects.bulk_create(
        [
            Suppression(
                address_hash=made,
                reason=Suppression.Reason.ERASED,
                since=now,
                source="erasure",
                actor=current_actor(),
            )
            for made in hashes
        ],
        ignore_conflicts=True,
    )


def _take_out(traces: Traces) -> dict[str, int]:
    """Every room's tables and places; table or eraser -> rows."""
    pattern = pattern_of(traces)
    with without_row_audit():
        counts = {name: erasers[name](traces) for name in erasers.keys()}  # noqa: SIM118  (a Registry, not a dict)
        counts |= {entry.table: _erase(entry, traces.customer_id, pattern) for entry in declared()}
    record_batch(action="erase", table="crm_customer", note={"customer": str(traces.customer_id)})
    return {name: count for name, count in counts.items() if count}


def _erase(entry: PersonalData, customer_id: UUID, pattern: str) -> int:
    match entry.erase:
        case Scrub() as scrub:
            return scrub_rows(entry.table, scrub, pattern)
        case Delete():
            return _run(f'DELETE FROM "{entry.table}" AS t WHERE {entry.of}', customer_id)
        case Blank(values=values):
            new = ", ".join(f'"{column}" = {value}' for column, value in values.items())
            return _run(f'UPDATE "{entry.table}" AS t SET {new} WHERE {entry.of}', customer_id)
    return 0


def _run(sql: str, customer_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": [customer_id]})
        return int(cursor.rowcount)


def _tell(erasure: Erasure) -> None:
    key = f"erased:{erasure.id}"
    add_entry(Entry(erasure.customer_id, erasure.at, "change", key, f"Erased: {erasure.get_why_display()}"))
    emit(PersonErased(customer_id=erasure.customer_id, erasure_id=erasure.id))
    emit(CustomerChanged(customer_id=erasure.customer_id, fields=("name",)))


def sweep_after(*, customer_id: UUID) -> int:
    """Once more, for what was being written while the person was erased; their own entry of the timeline stays."""
    if not Person.objects.filter(customer_id=customer_id).exclude(erased_at=None).exists():
        return 0
    nobody = Traces(customer_id=customer_id, texts=(), number=None, addresses=())
    with without_row_audit():
        gone = erasers["privacy.texts"](nobody) + erasers["tenancy.texts"](nobody)
        again = [entry for entry in declared() if entry.table != "crm_timelineentry"]
        return gone + sum(
            _erase(entry, customer_id, "") for entry in again if isinstance(entry.erase, Delete)
        )


def erase_proof_texts(traces: Traces) -> int:
    """Words and addresses of consents, facts of answers, notes of requests: the companions of what is append-only."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT privacy_erase_texts(%s::uuid[])", [[traces.customer_id]])
        return int(cursor.fetchone()[0])
