"""What protects a person: age, where they live, restriction, death. Each change holds the gate meanwhile."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from crm.services.summaries import tenant_today
from crm.services.timeline import Entry, add_entry
from privacy.events import PersonChanged
from privacy.models import ConsentChain, Person
from privacy.selectors.persons import age_on
from privacy.services.consents import ConsentEntry, record_consent
from privacy.services.locks import lock_chains
from tenancy.db.ids import new_id
from tenancy.models import TenantProfile
from tenancy.outbox import emit

EDITABLE: Final = (
    "kind", "residences", "born_on", "parental_authorisation_at", "parental_evidence", "contract_until",
)  # fmt: skip
MOST_YEARS: Final = 130
"""Nobody known of lived longer; a year typed wrongly does."""
MOST_RESIDENCES: Final = 10
_REGIME = re.compile(r"[A-Z]{2}(-[A-Z0-9]{2,3})?")
_WORDS: Final = {
    "kind": "what kind of person", "residences": "residence", "born_on": "date of birth",
    "parental_authorisation_at": "parental authorisation", "parental_evidence": "parental authorisation",
    "contract_until": "contract",
}  # fmt: skip


class PersonRefused(ValueError):
    """What is said of a person cannot be so. `field` says what to mend."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def change_person(*, customer_id: UUID, changes: Mapping[str, Any], who: str = "") -> Person:
    """Note fields of `EDITABLE`; what stays as it is makes no entry. Raises PersonRefused.

    `born_on` None: not known. `parental_authorisation_at` needs its evidence, and goes with it.
    """
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise PersonRefused(f"Not editable: {', '.join(sorted(unknown))}.", field=min(unknown))
    with transaction.atomic():
        person = _held(customer_id)
        different = {field: value for field, value in changes.items() if getattr(person, field) != value}
        for field, value in different.items():
            setattr(person, field, value)
        _require_sound(person)
        if different:
            changed = sorted({_WORDS[field] for field in different})
            title = f"Noted for their protection: {', '.join(changed)}"
            _keep(person, tuple(sorted(different)), title, who=who)
    return person


def report_death(*, customer_id: UUID, reported_by: str, who: str = "", at: datetime | None = None) -> Person:
    """Reported dead: nobody contacts them any more. `reported_by` in words: "daughter, by phone".

    Reported twice, the first report stays. Raises PersonRefused.
    """
    reported_by = _required(reported_by, "reported_by", "Say who reported the death, and how.")
    with transaction.atomic():
        person = _held(customer_id)
        if person.deceased_at is None:
            person.deceased_at, person.deceased_reported_by = _past(at, "deceased_at"), reported_by
            _keep(person, ("deceased_at",), "Reported dead: no contact", text=reported_by, who=who)
    return person


def take_back_death(*, customer_id: UUID, reason: str, who: str = "") -> Person:
    """The report was wrong. Raises PersonRefused."""
    reason = _required(reason, "reason", "Say why the report was wrong.")
    with transaction.atomic():
        person = _held(customer_id)
        if person.deceased_at is not None:
            person.deceased_at, person.deceased_reported_by = None, ""
            _keep(person, ("deceased_at",), "The report of their death was wrong", text=reason, who=who)
    return person


def restrict_person(*, customer_id: UUID, reason: str, who: str = "", at: datetime | None = None) -> Person:
    """Their data is stored and not used (GDPR 18) until somebody lifts it. Raises PersonRefused."""
    reason = _required(reason, "reason", "Say on what ground the use is restricted.")
    with transaction.atomic():
        person = _held(customer_id)
        if person.restricted_at is None:
            person.restricted_at, person.note = _past(at, "restricted_at"), reason
            _save(person, ("restricted_at",))
            _write_down(person, "restrict", person.restricted_at, reason, who)
    return person


def lift_restriction(*, customer_id: UUID, reason: str, who: str = "") -> Person:
    """Their data may be used again; GDPR 18(3) wants them told before. Raises PersonRefused."""
    reason = _required(reason, "reason", "Say why it ends, and how the person was told before.")
    with transaction.atomic():
        person = _held(customer_id)
        if person.restricted_at is not None:
            person.restricted_at, person.note = None, ""
            _save(person, ("restricted_at",))
            _write_down(person, "release", timezone.now(), reason, who)
    return person


def _write_down(person: Person, action: str, at: datetime, reason: str, who: str) -> None:
    """The proof of a restriction and of its end is the ledger, and so is the timeline's entry; the gate reads both."""
    entry = ConsentEntry(
        customer_id=person.customer_id, action=action, channel="*", purposes=("*",), words=reason, occurred_at=at,
    )  # fmt: skip
    record_consent(entry, who=who)


def note_last_contact(*, customer_id: UUID, at: datetime) -> None:
    """The person did something towards us; what is older than the newest known changes nothing."""
    _past(at, "at")
    with transaction.atomic():
        lock_chains([customer_id])
        chain = ConsentChain.objects.get(customer_id=customer_id)
        if chain.last_contact_at is None or chain.last_contact_at < at:
            ConsentChain.objects.filter(customer_id=customer_id).update(last_contact_at=at)


def _held(customer_id: UUID) -> Person:
    """The person's row, made where it is not there; the gate and other writers wait for it."""
    lock_chains([customer_id])
    person = Person.objects.filter(customer_id=customer_id).first()
    return person or Person.objects.create(customer_id=customer_id)


def _keep(person: Person, fields: tuple[str, ...], title: str, *, text: str = "", who: str = "") -> None:
    _save(person, fields)
    entry = Entry(person.customer_id, timezone.now(), "protection", f"person:{new_id()}", title, text, who)
    add_entry(entry)


def _save(person: Person, fields: tuple[str, ...]) -> None:
    person.save()
    emit(PersonChanged((person.customer_id,), fields))


def _require_sound(person: Person) -> None:
    today = tenant_today(TenantProfile.objects.get())
    if person.kind and person.kind not in Person.Kind.values:
        raise PersonRefused(f"Choose one of: {', '.join(Person.Kind.values)}.", field="kind")
    person.residences = list(dict.fromkeys(code.strip().upper() for code in person.residences))
    _require_places(person.residences)
    if person.born_on is not None:
        _require_birth(person.born_on, today)
    person.parental_evidence = person.parental_evidence.strip()
    _require_parent(person, today)


def _require_places(codes: list[str]) -> None:
    if len(codes) > MOST_RESIDENCES:
        raise PersonRefused(f"At most {MOST_RESIDENCES} places.", field="residences")
    odd = next((code for code in codes if not _REGIME.fullmatch(code)), None)
    if odd is not None:
        raise PersonRefused(
            f"{odd!r} is no code of a place: write DE as EU-DE, California as US-CA, Brazil as BR.",
            field="residences",
        )


def _require_birth(born_on: date, today: date) -> None:
    if born_on > today:
        raise PersonRefused("Nobody is born in the future.", field="born_on")
    if age_on(born_on, today) > MOST_YEARS:
        raise PersonRefused(f"That is more than {MOST_YEARS} years ago; check the year.", field="born_on")


def _require_parent(person: Person, today: date) -> None:
    if person.parental_authorisation_at is None:
        person.parental_evidence = ""
        return
    if person.parental_authorisation_at > timezone.now():
        raise PersonRefused("That is in the future.", field="parental_authorisation_at")
    if not person.parental_evidence:
        raise PersonRefused(
            "Say how it was verified that the holder of parental responsibility agreed (GDPR 8(2)).",
            field="parental_evidence",
        )


def _past(at: datetime | None, field: str) -> datetime:
    now = timezone.now()
    if at is not None and at > now:
        raise PersonRefused("That is in the future.", field=field)
    return at or now


def _required(words: str, field: str, ask: str) -> str:
    words = words.strip()
    if not words:
        raise PersonRefused(ask, field=field)
    if len(words) > 200:
        raise PersonRefused("At most 200 characters.", field=field)
    return words
