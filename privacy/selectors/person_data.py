"""Everything that is kept of one person, table by table, as the rooms declare it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from crm.models import ContactPoint, Customer
from privacy.models import ConsentText
from privacy.services.suppressed import NUMBER
from tenancy.registries import Blank, Delete, Keep, PersonalData, Scrub, Traces, personal_data

_SHORT = ("name", "value", "external_id")


def declared() -> list[PersonalData]:
    """Every table's entry; rooms that point at others before those they point at."""
    return [entry for room in personal_data for entry in room]


def of_people() -> list[PersonalData]:
    """Entries of tables whose rows lead to a customer."""
    return [entry for entry in declared() if entry.of]


@dataclass(frozen=True)
class Rows:
    """What one table holds of a person: column -> value, as PostgreSQL writes them in JSON."""

    entry: PersonalData
    rows: list[dict[str, Any]]


def rows_of(entry: PersonalData, customer_id: UUID) -> Rows:
    """The rows of one table that belong to a customer, without columns that only we need."""
    drop = ["tenant_id", *entry.left_out]
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT to_jsonb(t) - %(drop)s::text[] FROM "{entry.table}" AS t WHERE {entry.of}',
            {"ids": [customer_id], "drop": drop},
        )
        return Rows(entry, [_loaded(row[0]) for row in cursor.fetchall()])


def _loaded(value: Any) -> dict[str, Any]:
    """Django leaves jsonb to its fields, so that a bare cursor gives text."""
    return dict(value if isinstance(value, dict) else json.loads(value))


def count_of(entry: PersonalData, customer_id: UUID) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{entry.table}" AS t WHERE {entry.of}', {"ids": [customer_id]})
        return int(cursor.fetchone()[0])


def traces_of(customer: Customer) -> Traces:
    """By what a person is known outside their rows, today and before: the audit remembers older names."""
    points = list(ContactPoint.objects.filter(customer_id=customer.id).order_by("id"))
    said = ConsentText.objects.filter(event__customer_id=customer.id).exclude(address="")
    texts = [customer.name, *(text for p in points for text in (p.value, p.value_key))]
    texts += list(said.values_list("address", flat=True)) + list(_older(customer.id))
    addresses = [(p.kind, p.value_key) for p in points]
    return Traces(
        customer_id=customer.id,
        texts=tuple(dict.fromkeys(text for text in texts if text)),
        number=customer.external_id,
        addresses=tuple(dict.fromkeys(addresses)),
    )


def hashed(traces: Traces) -> list[tuple[str, str]]:
    """(kind, value) of what an import must not bring back: addresses, and the number."""
    return [*traces.addresses, *([(NUMBER, traces.number)] if traces.number else [])]


def _older(customer_id: UUID) -> Iterator[str]:
    """Names, numbers and addresses that stood there once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT v.value FROM tenancy_auditdifference AS d"
            " CROSS JOIN LATERAL (SELECT d.before UNION ALL SELECT d.after) AS s (row)"
            " CROSS JOIN LATERAL (SELECT s.row ->> k FROM unnest(%(names)s::text[]) AS k) AS v (value)"
            " WHERE d.entry_id IN (SELECT entry_id FROM tenancy_audit_of(%(ids)s)) AND v.value <> ''"
            " AND EXISTS (SELECT FROM tenancy_auditentry AS e WHERE e.id = d.entry_id"
            "              AND e.\"table\" IN ('crm_customer', 'crm_contactpoint'))",
            {"ids": [customer_id], "names": list(_SHORT)},
        )
        yield from (value for (value,) in cursor.fetchall())


@dataclass(frozen=True)
class Fate:
    """What erasure will do with one table: how many rows, and in words."""

    title: str
    table: str
    rows: int
    does: str
    why: str = ""


def fates_of(customer_id: UUID) -> list[Fate]:
    """What erasure would do now, table by table, with counts; tables without rows of the person are left out."""
    found = [_fate(entry, count_of(entry, customer_id)) for entry in reversed(of_people())]
    order = ("deleted", "emptied", "overwritten", "kept")
    return sorted((fate for fate in found if fate.rows), key=lambda fate: order.index(fate.does))


def _fate(entry: PersonalData, rows: int) -> Fate:
    title = entry.title or entry.table
    match entry.erase:
        case Delete():
            return Fate(title, entry.table, rows, "deleted")
        case Keep(why=why):
            return Fate(title, entry.table, rows, "kept", why)
        case Blank():
            return Fate(title, entry.table, rows, "emptied")
        case Scrub():
            return Fate(title, entry.table, rows, "overwritten")
    return Fate(title, entry.table, rows, "deleted" if entry.table != "tenancy_accessentry" else "emptied")
