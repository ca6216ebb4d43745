"""Everything of one person, to be read by them: by chapter, with sources and reasons, other people left out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from crm.models import ContactPoint, Customer
from crm.selectors.records import sources_of
from privacy.models import ConsentEvent, PersonRequest
from privacy.selectors.person_data import of_people, rows_of
from privacy.selectors.purposes import sender
from privacy.selectors.receipts import consent_receipt
from tenancy.models import Job, Member, StoredFile, TenantProfile
from tenancy.money import minor_digits
from tenancy.registries import PersonalData

KIND: Final = "privacy.export_person"
FORMAT: Final = "cornershop/person/1"
CHAPTERS: Final = {
    "who": "Who you are and how we reach you",
    "did": "What you did with us and we with you",
    "consents": "What you agreed to and refused",
    "decisions": "What was worked out and decided about you",
    "access": "Who looked at your data, and what was changed",
}
ANOTHER: Final = "another person"

_ACTOR = re.compile(r"\b(member|token|person):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class Mask:
    """What in the rows is about other people: who works here appears as a role, other addresses not at all."""

    customer_id: UUID
    roles: Mapping[str, str]
    """Member id, and name, -> role."""
    own: frozenset[str]

    def value(self, found: Any) -> Any:
        if isinstance(found, dict):
            return {key: self.value(one) for key, one in found.items()}
        if isinstance(found, list):
            return [self.value(one) for one in found]
        return self.text(found) if isinstance(found, str) else found

    def text(self, found: str) -> str:
        if found in self.roles:
            return self.roles[found]
        plain = _ACTOR.sub(self._actor, found)
        return _EMAIL.sub(lambda hit: hit[0] if hit[0].casefold() in self.own else ANOTHER, plain)

    def _actor(self, hit: re.Match[str]) -> str:
        kind, key = hit[1], hit[2]
        if kind == "person":
            return "you" if key == str(self.customer_id) else ANOTHER
        return self.roles.get(key, "a member") if kind == "member" else "another system of ours"


def person_record(customer_id: UUID) -> dict[str, Any]:
    """The whole record, JSON-ready. Raises Customer.DoesNotExist."""
    customer = Customer.objects.get(id=customer_id)
    mask = _mask(customer)
    chapters = [
        {"key": key, "title": title, "tables": [_table(e, customer_id, mask) for e in _of_chapter(key)]}
        for key, title in CHAPTERS.items()
    ]
    for chapter in chapters:
        chapter["tables"] = [table for table in chapter["tables"] if table["rows"]]  # type: ignore[index]
    return {
        "format": FORMAT,
        "made_at": timezone.now().isoformat(),
        "company": sender().sender_name,
        "privacy_contact": sender().privacy_contact,
        "currency": TenantProfile.objects.get().currency,
        "sources": [mask.value(one) for one in _sources(customer)],
        "receipts": [mask.value(consent_receipt(event, at=timezone.now())) for event in _events(customer_id)],
        "chapters": chapters,
    }


def _of_chapter(key: str) -> list[PersonalData]:
    return [entry for entry in reversed(of_people()) if entry.chapter == key]


def _table(entry: PersonalData, customer_id: UUID, mask: Mask) -> dict[str, Any]:
    return {
        "table": entry.table,
        "title": entry.title,
        "why": entry.why,
        "rows": [mask.value(row) for row in rows_of(entry, customer_id).rows],
    }


def _events(customer_id: UUID) -> list[ConsentEvent]:
    found = ConsentEvent.objects.select_related("notice", "customer", "personal").filter(
        customer_id=customer_id
    )
    return list(found.order_by("sequence"))


def _sources(customer: Customer) -> list[dict[str, str]]:
    """Where each datum came from (GDPR 15(1)(g))."""
    rows = [("record", customer.source, customer.source_detail, customer.created_at)]
    rows += [(one.field, one.source, one.source_detail, one.recorded_at) for one in sources_of(customer.id)]
    points = ContactPoint.objects.filter(customer_id=customer.id).order_by("created_at", "id")
    rows += [(f"{one.kind} {one.value}", one.source, one.source_detail, one.created_at) for one in points]
    return [
        {"datum": datum, "source": source, "detail": detail, "since": at.isoformat()}
        for datum, source, detail, at in rows
    ]


def _mask(customer: Customer) -> Mask:
    roles: dict[str, str] = {}
    for member in Member.objects.select_related("role"):
        roles[str(member.id)] = roles[member.name] = member.role.name
    points = ContactPoint.objects.filter(customer_id=customer.id)
    own = {text.casefold() for point in points for text in (point.value, point.value_key)}
    return Mask(customer.id, roles, frozenset(own))


# For people, not for programs.


def readable(record: dict[str, Any]) -> dict[str, Any]:
    """Context of templates/privacy/export.html."""
    entries = {entry.table: entry for entry in of_people()}
    words = _Words(record["currency"])
    return {
        **record,
        "made_at": datetime.fromisoformat(record["made_at"]),
        "chapters": [
            {**chapter, "tables": [_readable(entries[t["table"]], t, words) for t in chapter["tables"]]}
            for chapter in record["chapters"]
        ],
    }


def _readable(entry: PersonalData, table: dict[str, Any], words: "_Words") -> dict[str, Any]:
    """Columns that say something in some row; ids say nothing to people, and stand in the JSON."""
    names = [
        name
        for name in table["rows"][0]
        if name != "id"
        and not name.endswith("_id")
        and any(row[name] not in (None, "", [], {}) for row in table["rows"])
    ]
    heads = [entry.labels.get(name, name.replace("_", " ").capitalize()) for name in names]
    rows = [[words.cell(row[name], is_money=name in entry.money) for name in names] for row in table["rows"]]
    return {**table, "heads": heads, "cells": rows}


@dataclass(frozen=True)
class _Words:
    currency: str

    def cell(self, found: Any, *, is_money: bool = False) -> str:
        if found is None:
            return ""
        if isinstance(found, bool):
            return "yes" if found else "no"
        if is_money and isinstance(found, int):
            return f"{Decimal(found).scaleb(-minor_digits(self.currency)):,f} {self.currency}"
        if isinstance(found, list):
            return ", ".join(self.cell(one) for one in found)
        if isinstance(found, dict):
            return "; ".join(
                f"{key.replace('_', ' ')}: {self.cell(one)}" for key, one in found.items() if one is not None
            )
        return _moment(str(found))


_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


def _moment(text: str) -> str:
    if not _MOMENT.match(text):
        return text
    return f"{timezone.localtime(datetime.fromisoformat(text)):%-d %b %Y, %H:%M}"


def export_of(request: PersonRequest) -> StoredFile | None:
    """The assembled file of a request while it is kept."""
    job = request.export_job
    if job is None or job.state != Job.State.DONE or "file" not in job.result:
        return None
    return StoredFile.objects.filter(id=job.result["file"], expires_at__gt=timezone.now()).first()
