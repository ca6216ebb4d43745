"""What privacy announces. Ids and counts only."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

MOST_NAMED: Final = 500
"""Ids in one event: what more were recorded together is told in several."""


@dataclass(frozen=True)
class ConsentChanged:
    """These rows, `MOST_NAMED` at most, were recorded together in the ledgers of these customers."""

    name: ClassVar[str] = "privacy.consent_changed"
    customer_ids: tuple[UUID, ...]
    event_ids: tuple[UUID, ...]


@dataclass(frozen=True)
class OptInBegun:
    """A double opt-in began just now: one letter is to ask whether it is meant."""

    name: ClassVar[str] = "privacy.opt_in_begun"
    customer_id: UUID
    event_id: UUID


@dataclass(frozen=True)
class PersonErased:
    """A customer has no name any more; what was in flight meanwhile is swept up by the steps that follow."""

    name: ClassVar[str] = "privacy.person_erased"
    customer_id: UUID
    erasure_id: UUID


@dataclass(frozen=True)
class RequestChanged:
    """Somebody's request about their data came, went on or ended.

    `what`: the step by which it was answered or extended, as in RequestStep; "" where nothing is to be told.
    """

    name: ClassVar[str] = "privacy.request_changed"
    request_id: UUID
    kind: str
    state: str
    what: str = ""


@dataclass(frozen=True)
class RequestDue:
    """A mark of a request's time is reached; one of those who handle requests is to be told."""

    name: ClassVar[str] = "privacy.request_due"
    request_id: UUID
    member_id: UUID
    mark: int


@dataclass(frozen=True)
class IdentityCodeAsked:
    """A code is to be sent to an address that we have; the code itself is made when it is sent."""

    name: ClassVar[str] = "privacy.identity_code_asked"
    request_id: UUID
    contact_point_id: UUID


@dataclass(frozen=True)
class PersonChanged:
    """What protects these people, `MOST_NAMED` at most, changed: age, residence, restriction, death."""

    name: ClassVar[str] = "privacy.person_changed"
    customer_ids: tuple[UUID, ...]
    fields: tuple[str, ...]


@dataclass(frozen=True)
class SignUpAsked:
    """Somebody entered an address into a public form."""

    name: ClassVar[str] = "privacy.sign_up_asked"
    sign_up_id: UUID
