"""One question while it is being answered: the facts, and what several steps need of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from privacy.policy.circumstances import Circumstances, Clock
from privacy.policy.facts import Event, Facts, as_utc
from privacy.policy.ledger import MARKETING, MARKETING_CLASSES, SHARING, Ask, Ledger


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for no, with the events that gave it."""

    code: str
    events: tuple[Event, ...] = ()


class Case:
    """`sound`: the grants that reach the message and are proof; `shared`: those that cover passing on data."""

    __slots__ = (
        "ask",
        "channel",
        "clocks",
        "facts",
        "ledger",
        "now",
        "policy",
        "profiled",
        "purpose",
        "reaching",
        "regimes",
        "shared",
        "shares",
        "sound",
        "where",
    )

    def __init__(
        self, facts: Facts, where: Circumstances, ledger: Ledger, *, purpose: str, klass: str
    ) -> None:
        message = facts.message
        self.facts, self.where, self.policy, self.ledger = facts, where, where.policy, ledger
        self.now = as_utc(facts.now)
        self.channel = facts.channel
        self.purpose = purpose
        self.shares = klass == "sharing" or purpose == SHARING or message.shares_with_third_party
        self.profiled = message.audience == "profile"
        self.regimes, self.clocks = where.regimes, where.clocks
        self.ask = Ask(
            facts.channel,
            MARKETING if purpose == "consent_request" else purpose,
            said=facts.purpose,
            marketing=klass in MARKETING_CLASSES,
            needs_record=where.needs_record(facts.person.kind),
        )
        self.reaching = ledger.reaching(self.ask)
        self.sound = [grant for grant in self.reaching if ledger.defect(grant, self.ask) is None]
        self.shared = self.sound
        if message.shares_with_third_party and klass != "sharing":
            self.shared = self.sound_for(SHARING)

    def sound_for(self, purpose: str) -> list[Event]:
        """Sound grants for another purpose on this channel."""
        return self.ledger.sound(Ask(self.channel, purpose, needs_record=self.ask.needs_record))

    def is_marketing(self, purpose: str) -> bool:
        """Of an earlier contact; one whose purpose is not known is counted."""
        return self.policy.purposes.get(purpose, "marketing") in MARKETING_CLASSES

    def dated_since(self, moments: Iterable[datetime], first: date, clock: Clock) -> bool:
        """Did one of them happen on or after that day? What lies ahead has not happened."""
        return any(at <= self.now and clock.day_of(at) >= first for at in moments)
