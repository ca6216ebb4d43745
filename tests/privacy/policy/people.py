"""Facts for tests: a grown-up consumer in Brussels, a complete message, a Tuesday morning."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from privacy.policy import Answer, Facts, Policy, decide, shipped_policy
from privacy.policy.facts import ContactPoint, Event, Message, Person, Relationship, Sender

NOW = datetime.fromisoformat("2026-11-24T11:00:00+01:00")
COMPLETE = Message(has_sender_identity=True, has_postal_address=True, has_opt_out=True)
PARTS: dict[str, Any] = {
    "message": COMPLETE,
    "person": Person(residences=("EU",), time_zones=("Europe/Brussels",), age=30),
    "contact_point": ContactPoint(address_hash="k1:5d1f0c"),
    "sender": Sender(),
    "relationship": Relationship(),
}


def facts(channel: str = "email", purpose: str = "marketing", *, now: Any = NOW, **changes: Any) -> Facts:
    """`message`, `person` and so on take the fields to change as a mapping, the others whole values."""
    parts = {
        name: replace(part, **changes.pop(name, {}))
        if not isinstance(changes.get(name), type(part))
        else changes.pop(name)
        for name, part in PARTS.items()
    }
    moment = datetime.fromisoformat(now) if isinstance(now, str) else now
    return Facts(now=moment, channel=channel, purpose=purpose, **parts, **changes)


def ago(**since: float) -> datetime:
    return NOW.astimezone(UTC) - timedelta(**since)


def event(action: str, channel: str = "email", *purposes: str, at: Any = None, **fields: Any) -> Event:
    moment = at if isinstance(at, datetime) else ago(days=at if at is not None else 100)
    return Event(
        action=action,
        channel=channel,
        purposes=purposes or ("marketing",),
        **{"occurred_at": moment, "recorded_at": min(moment or ago(days=1), NOW.astimezone(UTC)), "id": 1}
        | fields,
    )


def grant(channel: str = "email", *purposes: str, at: Any = None, **fields: Any) -> Event:
    """A sound one, 200 days old."""
    proof = {
        "method": "web_form",
        "source": "form:club",
        "wording": "specific",
        "notice_version": "v3",
        "evidence": ("proof-1",),
    }
    return event("grant", channel, *purposes, at=200 if at is None else at, **(proof | fields))


def ask(given: Facts, policy: Policy | None = None) -> Answer:
    return decide(given, policy or shipped_policy())


def code(channel: str = "email", purpose: str = "marketing", **changes: Any) -> str:
    return ask(facts(channel, purpose, **changes)).code


def lives(*residences: str, zone: str = "", **more: Any) -> dict[str, Any]:
    return {"residences": residences, "time_zones": (zone,) if zone else ()} | more
