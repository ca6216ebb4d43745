"""What an answer of the gate looked at, in words: label and value, in the order in which people ask."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from privacy.models import Person
from privacy.models.purpose import Channel

Facts = Mapping[str, Any]
_KINDS: Final = {str(value): str(label) for value, label in Person.Kind.choices}
_ORIGINS: Final = {"sale": "at a sale", "negotiation": "while negotiating a sale",
                   "charity_support": "while supporting the charity", "other": "another way"}  # fmt: skip
_SENDER: Final = {"has_sender_identity": "who writes", "has_postal_address": "a postal address",
                  "has_opt_out": "a way out"}  # fmt: skip


def fact_words(facts: Facts) -> list[tuple[str, str]]:
    """`facts` as privacy.policy.reading writes them."""
    told = [
        ("The moment", _moment(facts["now"])),
        ("Who", _who(facts.get("person", {}))),
        ("Lives in", ", ".join(facts.get("person", {}).get("residences", ())) or "not known"),
        ("Clock", ", ".join(facts.get("person", {}).get("time_zones", ())) or "not known"),
        ("Message", _message(facts.get("message", {}))),
        ("Address", _address(facts)),
        ("Ledger", _ledger(facts.get("ledger", {}))),
        ("Purchases", _relationship(facts.get("relationship", {}))),
        ("Contacts looked at", _contacts(facts.get("contacts", ()))),
        ("Our own limits", _limits(facts.get("policy", {}))),
    ]
    return [(label, value) for label, value in told if value]


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    return f"{at.day} {at:%b %Y, %H:%M}, their time"


def _who(person: Facts) -> str:
    parts = [_KINDS.get(person.get("kind", "consumer"), "")]
    parts.append(f"{person['age']} years old" if person.get("age") is not None else "age not known")
    parts += [word for word in ("deceased", "restricted") if person.get(word)]
    if person.get("parental_authorisation"):
        parts.append("a parent agreed")
    return ", ".join(part for part in parts if part)


def _message(message: Facts) -> str:
    carries = [words for field, words in _SENDER.items() if message.get(field)]
    parts = [f"carries {', '.join(carries)}" if carries else "names nobody and offers no way out"]
    if message.get("has_promotion"):
        parts.append("promotes something")
    if message.get("automated"):
        parts.append("sent or dialled by a machine")
    if message.get("audience") == "profile":
        parts.append("chosen by a score or segment")
    return "; ".join(parts)


def _address(facts: Facts) -> str:
    point, relationship = facts.get("contact_point", {}), facts.get("relationship", {})
    if not point.get("address_hash"):
        return "none"
    parts = ["does not work" if not point.get("valid", True) else "in order"]
    if point.get("hard_bounced"):
        parts.append("came back for good")
    if relationship.get("address_source"):
        parts.append(f"got {_ORIGINS.get(relationship['address_source'], 'another way')}")
    parts += [f"on the list {name}" for name in point.get("national_lists", ())]
    parts += [f"on our own list: {line['reason'].replace('_', ' ')}" for line in facts.get("suppression", ())]
    return ", ".join(parts)


def _ledger(ledger: Facts) -> str:
    said, others = ledger.get("events", 0), len(ledger.get("others", ()))
    own = f"{said} event{'' if said == 1 else 's'}" if said else "nothing"
    return f"{own}, {others} more by others with this address" if others else own


def _relationship(relationship: Facts) -> str:
    bought = [datetime.fromisoformat(one["at"]) for one in relationship.get("purchases", ())]
    parts = [f"last {max(bought).day} {max(bought):%b %Y}"] if bought else ["none"]
    if relationship.get("open_order"):
        parts.append("an order is open")
    if relationship.get("contract") == "current":
        parts.append("under contract")
    return ", ".join(parts)


def _contacts(contacts: Any) -> str:
    names = dict(Channel.choices)
    channels = [str(names.get(one["channel"], one["channel"])) for one in contacts]
    return ", ".join(f"{channels.count(name)} by {name}" for name in dict.fromkeys(channels)) or "none"


def _limits(policy: Facts) -> str:
    caps = [
        f"{cap['count']} {'in all' if cap['channel'] == '*' else 'by ' + cap['channel']} in {cap['days']} days"
        for cap in policy.get("caps", ())
    ]
    hours = policy.get("hours")
    if hours:
        caps.append(f"{hours['from']} to {hours['to']}")
    if policy.get("paused_until"):
        rule = policy.get("paused_by")
        caps.append(f"paused by the rule “{rule}”" if rule else "paused")
    return "; ".join(caps) or "none"
