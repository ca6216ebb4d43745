"""From the rows of the one statement to the facts of the policy."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from crm.models import Customer
from privacy.gate.asks import Ask
from privacy.gate.sql import COLUMNS, HASHES, LOCKS, hashes_sql, statement
from privacy.gate.standing import Standing, kept_standing, read_standing, stamp_of
from privacy.gate.zones import plausible_zones
from privacy.keys import keys_of
from privacy.models import Person, Suppression
from privacy.policy import facts as f
from privacy.rule_kinds import KIND
from privacy.services.policy import publish_policy
from tenancy.context import current_tenant_id

Row = dict[str, Any]
PAUSE: Final = timedelta(days=1)
"""A rule that says "no marketing" names no end: it is asked again the day after."""
_LISTS: Final = frozenset({Suppression.Reason.UK_TPS, Suppression.Reason.US_DNC, Suppression.Reason.CA_DNCL})
_OWN_LIST: Final = frozenset({Suppression.Reason.ERASED, Suppression.Reason.DO_NOT_CONTACT})


@dataclass(frozen=True, slots=True)
class Point:
    """An address with what is known of it. `stops`: what others said for the same address, as events."""

    id: UUID
    kind: str
    is_primary: bool
    value: str
    invalid: bool
    hashes: tuple[str, ...]
    origin: str | None
    collected_on: date | None
    way_out_offered: bool
    bounced: bool
    listed: tuple[tuple[str, str], ...]
    stops: tuple[f.Event, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """One customer as the statement found them, and what is in force for the company."""

    row: Row
    header: Mapping[str, Any]
    standing: Standing
    points: tuple[Point, ...]
    events: tuple[f.Event, ...]
    contacts: tuple[tuple[str, f.Contact], ...]
    """(key, contact), the oldest first."""

    @property
    def now(self) -> datetime:
        """By the clock of the database; never before anything that was recorded."""
        seen = [event.recorded_at for event in self.events]
        seen += [event.recorded_at for point in self.points for event in point.stops]
        return max([moment(self.header["now"]), *seen])

    def point(self, ask: Ask) -> Point | None:
        if ask.contact_point_id:
            wanted = (p for p in self.points if p.id == ask.contact_point_id and p.kind == ask.point_kind)
        else:
            wanted = (p for p in self.points if p.is_primary and p.kind == ask.point_kind)
        return next(wanted, None)


ERASED: Final = Suppression.Reason.ERASED.value
_PATIENCE: Final = 5


moment: Final = datetime.fromisoformat


def read_customers(asks: Sequence[Ask], *, locked: bool = False) -> dict[UUID, Read]:
    """Customer's id -> what was found; whose id it is not, is left out. One round trip, where what is in force is known
    to this process. `locked`: hold chains and addresses first, and read what was committed meanwhile."""
    tenant_id = current_tenant_id()
    standing = kept_standing(tenant_id)
    for _ in range(_PATIENCE):
        rows = _rows(asks, standing, locked=locked)
        header = next(_json(row["header"]) for row in rows if row["header"])
        stamp = stamp_of(header)
        if stamp is None:
            publish_policy()
        elif standing is None or standing.stamp != stamp:
            standing = read_standing(tenant_id, stamp, moment(header["now"]))
        else:
            return {row["customer_id"]: _read(row, header, standing) for row in rows if row["is_here"]}
    raise RuntimeError("What is in force changes faster than it can be read; ask again.")


def _rows(asks: Sequence[Ask], standing: Standing | None, *, locked: bool) -> list[Row]:
    tenant_id = current_tenant_id()
    sql = standing.sql if standing else statement(line="")
    if locked:
        sql = LOCKS + sql
    stated = [ask.at for ask in asks]
    moments = [at for at in stated if at]
    kinds = _kinds_asked(asks)
    with connection.cursor() as cursor:
        cursor.execute(
            sql.replace(HASHES, hashes_sql(keys_of(tenant_id, "address"))),
            {
                "tenant": str(tenant_id),
                "kind": KIND,
                "customers": list(kinds),
                "kinds": list(kinds.values()),
                "points": list({ask.contact_point_id for ask in asks if ask.contact_point_id}),
                "earliest": min(moments) if moments else None,
                "latest": max(moments) if len(moments) == len(stated) else None,
                "days": standing.days if standing else 0,
            },
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def _kinds_asked(asks: Sequence[Ask]) -> dict[str, str]:
    """Customer's id -> the kinds of their primary addresses that are asked about, with blanks between."""
    found: dict[str, set[str]] = {}
    for ask in asks:
        kinds = found.setdefault(str(ask.customer_id), set())
        if not ask.contact_point_id:
            kinds.add(ask.point_kind)
    return {customer: " ".join(sorted(kinds)) for customer, kinds in found.items()}


def _json(value: Any) -> Any:
    """Whether or not the driver has read it already."""
    return json.loads(value) if isinstance(value, str) else value


def _read(row: Row, header: Mapping[str, Any], standing: Standing) -> Read:
    return Read(
        row=row,
        header=header,
        standing=standing,
        points=tuple(_point(one) for one in _json(row["points"]) or ()),
        events=tuple(_event(one) for one in _json(row["events"]) or ()),
        contacts=tuple(_contact(one) for one in _json(row["contacts"]) or ()),
    )


def _point(one: Sequence[Any]) -> Point:
    id_, kind, primary, value, invalid, hashes, origin, collected, offered, bounced, listed, stops = one
    return Point(
        UUID(id_), kind, primary, value, invalid, tuple(hashes), origin,
        date.fromisoformat(collected) if collected else None, bool(offered), bool(bounced),
        tuple((reason, since) for reason, since in listed or ()), tuple(_event(stop) for stop in stops or ()),
    )  # fmt: skip


def _event(one: Sequence[Any]) -> f.Event:
    (
        id_, action, channel, purposes, occurred, recorded, method, source, wording, notice, evidence, record_of_call,
        agreement, record, address, until,
    ) = one  # fmt: skip
    return f.Event(
        action, channel, tuple(purposes), moment(recorded), moment(occurred) if occurred else None, method or None,
        source or None, wording, notice or None, tuple(evidence), record_of_call or None, agreement, record, id_,
        address or None, moment(until) if until else None,
    )  # fmt: skip


def _contact(one: Sequence[Any]) -> tuple[str, f.Contact]:
    key, at, channel, purpose, subject, outcome = one
    return key, f.Contact(moment(at), channel, purpose, subject or None, outcome or None)


def facts_of(ask: Ask, read: Read, *, but: str = "") -> f.Facts:
    """What the policy may know of one question. `but`: the key of the contact that is asked for; it is none yet."""
    point = read.point(ask)
    header, row = read.header, read.row
    at = ask.at or read.now
    countries = _countries(row)
    zones = plausible_zones(row["time_zone"], countries, header["zone"])
    local = at.astimezone(ZoneInfo(zones[0]))
    rule = read.standing.line(row["line"])
    return f.Facts(
        now=at.astimezone(timezone(local.utcoffset() or timedelta())),
        channel=ask.channel,
        purpose=ask.purpose,
        message=ask.message,
        person=_person(read, zones, local.date()),
        contact_point=_contact_point(ask, read, point),
        suppression=_suppression(read, point),
        sender=f.Sender(
            country=header["sender_country"] or None,
            is_charity=bool(header["is_charity"]),
            directed_at_children=bool(header["directed_at_children"]),
            legitimate_interest_assessment=header["balancing_test"] or None,
        ),
        events=(*read.events, *(point.stops if point else ())),
        relationship=_relationship(ask, read, point, at, local.date()),
        requests=tuple(
            f.Request(kind, moment(since), "open") for kind, since in _json(row["requests"]) or ()
        ),
        contacts=tuple(contact for key, contact in read.contacts if key != but and contact.at <= at),
        policy_readable=read.standing.policy is not None,
        caps=rule.caps_for(important=ask.purpose in (header["important"] or ())),
        hours=rule.hours,
        paused_until=_paused_until(read, at, rule.paused),
        paused_by=rule.rule if rule.paused else "",
    )


def _countries(row: Row) -> tuple[str, ...]:
    """ISO codes of every country the person plausibly lives in."""
    found = {code.partition("-") for code in _json(row["residences"]) or ()}
    codes = {(part if country == "EU" else country) for country, _, part in found} - {""}
    return tuple(sorted("GB" if code == "UK" else code for code in codes)) or _stated(row["country"])


def _stated(country: str) -> tuple[str, ...]:
    return (country,) if country else ()


def _residences(read: Read) -> tuple[str, ...]:
    """Codes of regimes: as stated of the person, else the one that the country of the address stands for."""
    if stated := _json(read.row["residences"]):
        return tuple(stated)
    country: str = read.row["country"]
    policy = read.standing.policy
    if not country or policy is None:
        return _stated(country)
    return (policy.code_of(country),)


def _person(read: Read, zones: tuple[str, ...], today: date) -> f.Person:
    row = read.row
    return f.Person(
        kind=row["person_kind"] or _kind(row),
        residences=_residences(read),
        time_zones=zones,
        age=_age(row["born_on"], today) if row["born_on"] else None,
        parental_authorisation=row["parental"] is not None,
        deceased=bool(row["deceased"]),
        restricted=bool(row["restricted"]),
    )


def _kind(row: Row) -> str:
    at_a_company = row["acts_for"] or row["kind"] == Customer.Kind.ORGANISATION
    return Person.Kind.COMPANY_CONTACT.value if at_a_company else Person.Kind.CONSUMER.value


def _age(born: date, today: date) -> int:
    return max(today.year - born.year - ((today.month, today.day) < (born.month, born.day)), 0)


def _contact_point(ask: Ask, read: Read, point: Point | None) -> f.ContactPoint:
    if point is None:
        return f.ContactPoint(address_hash=ERASED if read.row["erased"] else None, valid=not ask.point_kind)
    return f.ContactPoint(
        address_hash=point.hashes[0],
        valid=not point.invalid,
        hard_bounced=point.bounced,
        national_lists=tuple(sorted({reason for reason, _ in point.listed if reason in _LISTS})),
    )


def _suppression(read: Read, point: Point | None) -> tuple[f.Suppressed, ...]:
    """Lines under an older key are about the same address."""
    address = point.hashes[0] if point else ERASED
    lines = {
        reason: moment(since) for reason, since in (point.listed if point else ()) if reason in _OWN_LIST
    }
    if read.row["erased"]:
        lines[ERASED] = read.row["erased"]
    return tuple(f.Suppressed(address, reason, since) for reason, since in sorted(lines.items()))


def _relationship(ask: Ask, read: Read, point: Point | None, at: datetime, today: date) -> f.Relationship:
    row = read.row
    bought: datetime | None = row["last_purchase"]
    heard: datetime | None = row["last_contact_at"]
    until: date | None = row["contract_until"]
    known = bought is not None and bought <= at
    return f.Relationship(
        purchases=(bought,) if bought is not None and known else (),
        contract="current" if until is not None and until >= today else "none",
        open_order=bought is not None
        and known
        and bought > at - timedelta(days=read.header["order_days"] or 0),
        address_source=point.origin if point else None,
        address_collected_at=point.collected_on if point else None,
        opt_out_offered_at_capture=bool(point and point.way_out_offered),
        # Whatever leaves through privacy.delivery carries a way out, so each message is as this one.
        opt_out_offered_each_message=ask.message.has_opt_out,
        last_contact_from_person_at=heard if heard is not None and heard <= at else None,
    )


def _paused_until(read: Read, at: datetime, by_rule: bool) -> datetime | None:
    ends = [moment(read.header["paused_until"])] if read.header["paused_until"] else []
    if by_rule:
        ends.append(at + PAUSE)
    return max(ends, default=None)
