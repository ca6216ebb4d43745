"""What is asked of the gate, and what it answers."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from privacy.models.purpose import POINT_OF_CHANNEL
from privacy.policy.decide import ALLOW, Answer
from privacy.policy.facts import NO_CHANNEL, Message

NO_DETAILS: Final = Message()
"""A message of which nothing is known: it names nobody and offers no way out."""


EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2200, 1, 1, tzinfo=UTC)
"""Moments that can be asked about: days are counted from them, in every zone."""


class AskRefused(ValueError):
    """The question itself cannot be asked; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """May this customer be contacted on this channel for this purpose, with such a message?

    `at`: the moment of sending (aware); None: now, by the clock of the database. `contact_point_id`: the address to
    use; None: the primary one. `asked_for`: where the question comes from, for the log.
    """

    customer_id: UUID
    channel: str
    purpose: str
    message: Message = NO_DETAILS
    at: datetime | None = None
    contact_point_id: UUID | None = None
    asked_for: str = ""

    def __post_init__(self) -> None:
        channels = (*POINT_OF_CHANNEL, NO_CHANNEL)
        if self.channel not in channels:
            raise AskRefused(f"{self.channel!r} is no channel; choose one of {', '.join(channels)}.")
        if not self.purpose or len(self.purpose) > 40:
            raise AskRefused("Name the purpose of the message, in 40 characters at most.")
        if self.at is not None and self.at.utcoffset() is None:
            raise AskRefused("Say the moment with its offset from UTC.")
        if self.at is not None and not EARLIEST <= self.at <= LATEST:
            raise AskRefused("Ask about a moment between the years 1900 and 2200.")

    @property
    def point_kind(self) -> str:
        return POINT_OF_CHANNEL.get(self.channel, "")


@dataclass(frozen=True)
class Given:
    """The gate's answer to one question. `answer_id` None: nothing was logged, for there is no such customer.

    `paused_by`: the rule of the contact policy that pauses marketing for this customer, by its name.
    """

    ask: Ask
    answer: Answer
    answer_id: UUID | None = None
    paused_by: str = ""

    @property
    def because(self) -> str:
        """Which of the company's rules decided, in its own words; empty where another reason did."""
        return self.paused_by if self.answer.code == "PAUSED_BY_POLICY" else ""

    @property
    def may(self) -> bool:
        return self.answer.decision == ALLOW

    def to_json(self) -> dict[str, Any]:
        return self.answer.to_json()


@dataclass(frozen=True)
class Already:
    """A contact under this key was reserved before, and cannot be reserved again: nobody is reached twice.

    `state` is "sent", or "reserved" where the end of an earlier attempt is not known.
    """

    ask: Ask
    contact_id: UUID
    state: str
