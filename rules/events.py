"""What rules announces."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID


@dataclass(frozen=True)
class VersionActivated:
    """A version is in force from `starts_at` (ISO 8601, maybe in the future): the room of the kind follows."""

    name: ClassVar[str] = "rules.version_activated"
    rule_set_id: UUID
    kind: str
    version_id: UUID
    number: int
    starts_at: str


@dataclass(frozen=True)
class RulesEnded:
    """Rules are not in force any more, and no other version of them is."""

    name: ClassVar[str] = "rules.rules_ended"
    rule_set_id: UUID
    kind: str


@dataclass(frozen=True)
class ActivationWaiting:
    """Somebody wants a version in force; a second person has to agree."""

    name: ClassVar[str] = "rules.activation_waiting"
    rule_set_id: UUID
    activation_id: UUID


@dataclass(frozen=True)
class ActivationRefused:
    """The second person did not agree."""

    name: ClassVar[str] = "rules.activation_refused"
    rule_set_id: UUID
    activation_id: UUID
