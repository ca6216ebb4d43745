"""Facts from JSON and back: the case file, the API's bodies, and the answers kept for replay.

`facts_from_json(facts_to_json(facts)) == facts` for any facts: what is kept can be judged again, bit for bit.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, time
from functools import cache
from operator import attrgetter
from typing import Any

from privacy.policy import facts as f
from privacy.policy.shapes import (
    clock,
    day,
    flag,
    identifier,
    instant,
    many,
    name,
    one_of,
    optional,
    record,
    renamed,
    text,
    whole,
    zone,
)

PURPOSES = many(name)


class FactsInvalid(ValueError):
    """`problems` names each wrong value with its place."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("; ".join(problems))


def _message(*, product: Any = None, **given: Any) -> f.Message:
    return f.Message(**given, **(product or {}))


def _facts(*, policy: Any = None, merge: Any = None, **given: Any) -> f.Facts:
    return f.Facts(**given, merge_at=merge, **(policy or {}))


def _moment(at: datetime) -> datetime:
    return at


_at = record({"at": instant}, required=["at"], make=_moment)

_product = record(
    {"owner": one_of("self", "partner"), "similar_to_purchase": flag},
    make=renamed(dict, owner="product_owner"),
)
_read_message = record(
    {
        "claimed_class": optional(one_of("marketing", "service", "legal_duty", "procedural")),
        "has_promotion": flag,
        "has_sender_identity": flag,
        "has_postal_address": flag,
        "has_opt_out": flag,
        "audience": one_of("list", "profile"),
        "automated": flag,
        "subject": optional(text),
        "product": _product,
        "relates_to_contract": flag,
        "shares_with_third_party": flag,
    },
    make=_message,
)
_read_person = record(
    {
        "tenant": one_of("same", "other", "unknown"),
        "kind": one_of("consumer", "sole_trader", "company_contact"),
        "residences": many(name),
        "time_zones": many(zone),
        "age": optional(whole(0, 150)),
        "parental_authorisation": flag,
        "deceased": flag,
        "restricted": flag,
    },
    make=f.Person,
)
_read_contact_point = record(
    {"address_hash": optional(text), "valid": flag, "hard_bounced": flag, "national_lists": many(name)},
    make=f.ContactPoint,
)
_read_suppressed = record(
    {"address_hash": name, "reason": one_of("erased", "do_not_contact"), "since": optional(instant)},
    required=["address_hash", "reason"],
    make=f.Suppressed,
)
_read_sender = record(
    {
        "country": optional(text),
        "is_charity": flag,
        "directed_at_children": flag,
        "legitimate_interest_assessment": optional(text),
    },
    make=f.Sender,
)
_event_fields = record(
    {
        "action": one_of(*f.ACTIONS),
        "channel": one_of(*f.CHANNELS, "*"),
        "purposes": PURPOSES,
        "occurred_at": optional(instant),
        "recorded_at": instant,
        "method": optional(one_of(*f.METHODS)),
        "source": optional(text),
        "wording": one_of("specific", "generic", "none"),
        "notice_version": optional(text),
        "evidence": many(name),
        "documentation_record": optional(text),
        "written_agreement": flag,
        "record": name,
        "id": optional(identifier),
        "address_hash": optional(text),
        "until": optional(instant),
    },
    required=["action", "channel", "purposes", "recorded_at"],
    make=f.Event,
)


def _read_event(value: Any, place: str, problems: list[str]) -> f.Event | None:
    event: f.Event | None = _event_fields(value, place, problems)
    if event is not None and (event.action == "pause") != (event.until is not None):
        problems.append(f"{place}.until: belongs to the action pause, and only to it")
    return event


_read_relationship = record(
    {
        "purchases": many(_at),
        "inquiries": many(_at),
        "contract": one_of("none", "current"),
        "open_order": flag,
        "address_source": optional(one_of("sale", "negotiation", "charity_support", "other")),
        "address_collected_at": optional(day),
        "opt_out_offered_at_capture": flag,
        "opt_out_offered_each_message": flag,
        "last_contact_from_person_at": optional(instant),
        "last_mail_open_at": optional(instant),
    },
    make=f.Relationship,
)
_read_request = record(
    {
        "kind": one_of("access", "erasure", "portability", "rectification"),
        "received_at": instant,
        "state": one_of("open", "done", "refused"),
    },
    required=["kind", "received_at"],
    make=f.Request,
)
_read_contact = record(
    {
        "at": instant,
        "channel": one_of(*f.CHANNELS),
        "purpose": name,
        "subject": optional(text),
        "outcome": optional(one_of("delivered", "reached", "no_answer", "refused")),
    },
    required=["at", "channel", "purpose"],
    make=f.Contact,
)
_read_cap = record(
    {"channel": one_of(*f.CHANNELS, "*"), "count": whole(0, 10_000), "days": whole(1, 3660)},
    required=["channel", "count", "days"],
    make=f.Cap,
)
_hours_fields = record(
    {"from": clock, "to": clock, "weekdays": many(whole(1, 7), at_least=1)},
    required=["from", "to"],
    make=renamed(f.Hours, **{"from": "opens", "to": "closes"}),
)


def _read_hours(value: Any, place: str, problems: list[str]) -> f.Hours | None:
    hours: f.Hours | None = _hours_fields(value, place, problems)
    if hours is not None and hours.opens == hours.closes and hours.opens != time(0):
        problems.append(f"{place}: from and to are the same; the whole day is 00:00 to 24:00")
    return hours


_read_policy = record(
    {
        "readable": flag,
        "caps": many(_read_cap),
        "hours": optional(_read_hours),
        "paused_until": optional(instant),
        "paused_by": text,
    },
    make=renamed(dict, readable="policy_readable"),
)
_read_facts = record(
    {
        "now": instant,
        "channel": one_of(*f.CHANNELS, f.NO_CHANNEL),
        "purpose": name,
        "message": _read_message,
        "person": _read_person,
        "contact_point": _read_contact_point,
        "suppression": many(_read_suppressed),
        "sender": _read_sender,
        "events": many(_read_event),
        "relationship": _read_relationship,
        "requests": many(_read_request),
        "contacts": many(_read_contact),
        "merge": optional(_at),
        "policy": _read_policy,
    },
    required=["now", "channel", "purpose"],
    make=_facts,
)


def facts_from_json(value: Any) -> f.Facts:
    """Raises FactsInvalid with every problem: unknown keys, wrong types, unknown zones, times without offset."""
    problems: list[str] = []
    facts: f.Facts | None = _read_facts(value, "", problems)
    if problems or facts is None:
        raise FactsInvalid(problems)
    return facts


def facts_to_json(facts: f.Facts, *, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """The same as JSON, defaults left out. Instants in UTC but `now`, which keeps its offset. `but`: fields that
    are kept elsewhere."""
    written = _fields_written(facts, but)
    message = written.get("message", {})
    product = {
        key: message.pop(field)
        for key, field in (("owner", "product_owner"), ("similar_to_purchase", "similar_to_purchase"))
        if field in message
    }
    if product:
        message["product"] = product
    relationship = written.get("relationship", {})
    for field in ("purchases", "inquiries"):
        if field in relationship:
            relationship[field] = [{"at": at} for at in relationship[field]]
    if "merge_at" in written:
        written["merge"] = {"at": written.pop("merge_at")}
    policy = {
        key: written.pop(field)
        for key, field in (
            ("readable", "policy_readable"),
            ("caps", "caps"),
            ("hours", "hours"),
            ("paused_until", "paused_until"),
            ("paused_by", "paused_by"),
        )
        if field in written
    }
    return written | ({"policy": policy} if policy else {})


def _written(value: Any) -> Any:
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is tuple:
        return [_written(item) for item in value]
    if kind is datetime or kind is date:
        return value.isoformat()
    if kind is f.Hours:
        closes = "24:00" if value.closes == time(0) else f"{value.closes:%H:%M}"
        return {"from": f"{value.opens:%H:%M}", "to": closes, "weekdays": list(value.weekdays)}
    return _fields_written(value)


def _fields_written(value: Any, but: tuple[str, ...] = ()) -> dict[str, Any]:
    """What differs from the defaults; of parts it is found out by writing them, which is cheaper than comparing."""
    kept: dict[str, Any] = {}
    names, defaults, read = _fields_of(type(value))  # type: ignore[arg-type]  # a class is hashable
    for field, default, item in zip(names, defaults, read(value), strict=True):
        if item is default or field in but:
            continue
        if type(item) in _AS_IT_IS:
            if item != default and not (item == "" and default is None):
                kept[field] = item
        elif written := _written(item):
            kept[field] = written
    return kept


_AS_IT_IS = frozenset({str, int, bool, type(None)})


@cache
def _fields_of(kind: type[Any]) -> tuple[tuple[str, ...], tuple[Any, ...], Callable[[Any], tuple[Any, ...]]]:
    """Names and defaults of a kind of facts, asked once: every answer that is kept writes its facts."""
    found = fields(kind)
    names = tuple(field.name for field in found)
    return names, tuple(field.default for field in found), attrgetter(*names)


def known_purpose(facts: f.Facts, purposes: Mapping[str, str]) -> None:
    """For those who read a file by hand: a purpose that the policy does not know is most likely a slip."""
    if facts.purpose not in purposes:
        known = ", ".join(sorted(purposes))
        raise FactsInvalid([f"purpose: {facts.purpose!r} is not known; known are {known}"])
    if facts.channel == f.NO_CHANNEL and purposes[facts.purpose] != "profiling":
        raise FactsInvalid(["channel: * asks without a message, which only a purpose of profiling may"])
