"""What protects a customer, in words: for the customer page, the service card and the forms."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import ContactPoint, Customer
from privacy.models import Capture, ConsentChain, Person
from privacy.policy.regimes import UNKNOWN, shipped_policy
from privacy.selectors.persons import GROWN_UP, Mark, age_on, mark_of, person_of
from privacy.services.policy import stated_policy

NOT_KNOWN: Final = "not known"


@dataclass(frozen=True)
class Line:
    """One thing that protects; `why` says where it comes from or what it means. `tone`: "", warn or bad."""

    label: str
    words: str
    why: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Origin:
    """How we came by one address, and whether it still takes messages."""

    point_id: UUID
    kind: str
    value: str
    words: str
    is_known: bool
    bounced_at: datetime | None


@dataclass(frozen=True)
class Protection:
    """All of it for one customer."""

    person: Person
    mark: Mark | None
    told: str
    """Who reported the death, or the ground of the restriction; "" where there is neither."""
    lines: tuple[Line, ...]
    origins: tuple[Origin, ...]


def protection_of(customer: Customer, today: date) -> Protection:
    person = person_of(customer.id)
    chain = ConsentChain.objects.filter(customer_id=customer.id).first()
    return Protection(
        person,
        mark_of(person),
        _told(person),
        tuple(_lines(customer, person, chain, today)),
        origins_of(customer.id),
    )


def told_of(customer_id: UUID) -> tuple[Mark, str] | None:
    """Why nothing may use what is known of a customer, and by whom or on what ground; None: it may be used."""
    person = person_of(customer_id)
    mark = mark_of(person)
    return (mark, _told(person)) if mark else None


def _told(person: Person) -> str:
    if person.deceased_at:
        return f"Reported by {person.deceased_reported_by}, {_day(person.deceased_at)}."
    if person.restricted_at:
        ground = f"{person.note}, " if person.note else ""
        return f"{ground}since {_day(person.restricted_at)}."
    return ""


def _lines(customer: Customer, person: Person, chain: ConsentChain | None, today: date) -> list[Line]:
    lines = [_age(person, today), _residence(customer, person), _kind(customer, person)]
    if person.contract_until:
        words = f"until {_short(person.contract_until)}"
        over = " (over)" if person.contract_until < today else ""
        lines.append(Line("Contract", words + over))
    if chain and chain.profiling_objected_at:
        since = _day(chain.profiling_objected_at)
        lines.append(Line("Profiling", f"objected {since}", "no score, no kind, no expectations", "warn"))
    if chain and chain.last_contact_at:
        lines.append(Line("Last heard from", _day(chain.last_contact_at)))
    return lines


def _age(person: Person, today: date) -> Line:
    if person.born_on is None:
        return Line("Age", NOT_KNOWN)
    age = age_on(person.born_on, today)
    born = f"born {_short(person.born_on)}"
    if age >= GROWN_UP:
        return Line("Age", str(age), born)
    if person.parental_authorisation_at:
        return Line("Age", str(age), f"{born}; a parent agreed: {person.parental_evidence}", "warn")
    return Line("Age", str(age), f"{born}; no parent agreed", "warn")


def _residence(customer: Customer, person: Person) -> Line:
    if person.residences:
        names = dict(regime_choices())
        return Line("Lives in", ", ".join(names.get(code, code) for code in person.residences))
    if customer.country:
        return Line("Lives in", customer.country, "by the address")
    return Line("Lives in", NOT_KNOWN, "the strictest rules are applied")


def _kind(customer: Customer, person: Person) -> Line:
    if person.kind:
        return Line("As", person.get_kind_display())
    if customer.acts_for_id or customer.kind == Customer.Kind.ORGANISATION:
        return Line("As", Person.Kind.COMPANY_CONTACT.label, "they act for an organisation")
    return Line("As", Person.Kind.CONSUMER.label, "nothing else is known")


def origins_of(customer_id: UUID) -> tuple[Origin, ...]:
    """Of each address that can be reached."""
    points = ContactPoint.objects.filter(customer_id=customer_id).order_by(
        "kind", "-is_primary", "created_at"
    )
    captures = {
        row.contact_point_id: row for row in Capture.objects.filter(contact_point__customer_id=customer_id)
    }
    return tuple(origin_of(point, captures.get(point.id)) for point in points)


def origin_of(point: ContactPoint, capture: Capture | None) -> Origin:
    return Origin(
        point.id, str(point.get_kind_display()), point.value, _came(capture), capture is not None,
        capture.hard_bounced_at if capture else None,
    )  # fmt: skip


def capture_of(point_id: UUID) -> Capture | None:
    return Capture.objects.filter(contact_point_id=point_id).first()


def _came(capture: Capture | None) -> str:
    if capture is None:
        return NOT_KNOWN
    way_out = "a way out was offered" if capture.way_out_offered else "no way out was offered"
    return f"{capture.get_origin_display()}, {_short(capture.collected_on)}; {way_out}"


def regime_choices() -> list[tuple[str, str]]:
    """(code, name) of the places that have rules here, those of a country after it; the company's own too."""
    try:
        policy = stated_policy()
    except ValueError:
        policy = shipped_policy()
    regimes = {**policy.regimes, **policy.own_regimes}
    return [(code, regimes[code].name) for code in sorted(regimes) if code != UNKNOWN]


def _day(at: datetime) -> str:
    return _short(timezone.localtime(at).date())


def _short(day: date) -> str:
    return f"{day:%-d %b %Y}"
