"""What a decision may know about one message to one person. Nothing else is ever read.

The shapes mirror the published table of facts (docs/policy-data.md). All instants are aware; all but
`Facts.now` are kept in UTC, because comparing two times that share a zone with summer time compares wall
clocks. Values that come from outside are read by `privacy.policy.reading`; the gate builds these directly.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

CHANNELS = ("email", "sms", "push", "phone", "post", "ad_audience")
NO_CHANNEL = "*"
"""Channel of a question without a message (purpose class profiling)."""
ACTIONS = (
    "grant",
    "confirm",
    "withdraw",
    "opt_out",
    "revoke",
    "object",
    "complain",
    "privacy_signal",
    "restrict",
    "release",
    "pause",
    "expire",
)
METHODS = (
    "web_form",
    "preticked_box",
    "double_opt_in",
    "call",
    "paper",
    "api",
    "import",
    "reply",
    "unsubscribe_link",
    "preference_centre",
    "feedback_loop",
    "browser",
)
EventId = int | str


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; ValueError for a time without a zone."""
    if moment.tzinfo is UTC:
        return moment
    if moment.utcoffset() is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """The message as it is, not as its author calls it: `claimed_class` decides nothing."""

    claimed_class: str | None = None
    has_promotion: bool = False
    has_sender_identity: bool = False
    has_postal_address: bool = False
    has_opt_out: bool = False
    audience: str = "list"
    automated: bool = False
    subject: str | None = None
    product_owner: str = "self"
    similar_to_purchase: bool = False
    relates_to_contract: bool = False
    shares_with_third_party: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """`tenant`: is the id one of the caller's own (same, other, unknown). Ages in whole years."""

    tenant: str = "same"
    kind: str = "consumer"
    residences: tuple[str, ...] = ()
    time_zones: tuple[str, ...] = ()
    age: int | None = None
    parental_authorisation: bool = False
    deceased: bool = False
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class ContactPoint:
    address_hash: str | None = None
    valid: bool = True
    hard_bounced: bool = False
    national_lists: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A line of the tenant's own list: `reason` is erased or do_not_contact."""

    address_hash: str
    reason: str
    since: datetime | None = None

    def __post_init__(self) -> None:
        if self.since is not None:
            object.__setattr__(self, "since", as_utc(self.since))


@dataclass(frozen=True, slots=True)
class Sender:
    country: str | None = None
    is_charity: bool = False
    directed_at_children: bool = False
    legitimate_interest_assessment: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A row of the consent ledger. `until` belongs to the action pause alone."""

    action: str
    channel: str
    purposes: tuple[str, ...]
    recorded_at: datetime
    occurred_at: datetime | None = None
    method: str | None = None
    source: str | None = None
    wording: str = "none"
    notice_version: str | None = None
    evidence: tuple[str, ...] = ()
    documentation_record: str | None = None
    written_agreement: bool = False
    record: str = "1"
    id: EventId | None = None
    address_hash: str | None = None
    until: datetime | None = None

    def __post_init__(self) -> None:
        if self.recorded_at.tzinfo is not UTC:
            object.__setattr__(self, "recorded_at", as_utc(self.recorded_at))
        if self.occurred_at is not None and self.occurred_at.tzinfo is not UTC:
            object.__setattr__(self, "occurred_at", as_utc(self.occurred_at))
        if self.until is not None:
            object.__setattr__(self, "until", as_utc(self.until))


@dataclass(frozen=True, slots=True)
class Relationship:
    purchases: tuple[datetime, ...] = ()
    inquiries: tuple[datetime, ...] = ()
    contract: str = "none"
    open_order: bool = False
    address_source: str | None = None
    address_collected_at: date | None = None
    opt_out_offered_at_capture: bool = False
    opt_out_offered_each_message: bool = False
    last_contact_from_person_at: datetime | None = None
    last_mail_open_at: datetime | None = None

    def __post_init__(self) -> None:
        for name in ("purchases", "inquiries"):
            object.__setattr__(self, name, tuple(as_utc(at) for at in getattr(self, name)))
        for name in ("last_contact_from_person_at", "last_mail_open_at"):
            if (at := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_utc(at))


@dataclass(frozen=True, slots=True)
class Request:
    kind: str
    received_at: datetime
    state: str = "open"

    def __post_init__(self) -> None:
        object.__setattr__(self, "received_at", as_utc(self.received_at))


@dataclass(frozen=True, slots=True)
class Contact:
    """An earlier attempt by us, whether it reached anybody or not."""

    at: datetime
    channel: str
    purpose: str
    subject: str | None = None
    outcome: str | None = None

    def __post_init__(self) -> None:
        if self.at.tzinfo is not UTC:
            object.__setattr__(self, "at", as_utc(self.at))


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` marketing contacts in `days` x 24 hours on a channel, or on all with `*`."""

    channel: str
    count: int
    days: int


@dataclass(frozen=True, slots=True)
class Hours:
    """The tenant's hours in the recipient's time: from `opens` (inside) to `closes` (outside; midnight is the
    end of the day). `closes` before `opens` runs over midnight, and the night belongs to the day it began."""

    opens: time
    closes: time
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Facts:
    """`now` keeps its offset: it is the recipient's local time where no `person.time_zones` are known."""

    now: datetime
    channel: str
    purpose: str
    message: Message = Message()
    person: Person = Person()
    contact_point: ContactPoint = ContactPoint()
    suppression: tuple[Suppressed, ...] = ()
    sender: Sender = Sender()
    events: tuple[Event, ...] = ()
    relationship: Relationship = Relationship()
    requests: tuple[Request, ...] = ()
    contacts: tuple[Contact, ...] = ()
    merge_at: datetime | None = None
    policy_readable: bool = True
    caps: tuple[Cap, ...] = ()
    hours: Hours | None = None
    paused_until: datetime | None = None
    paused_by: str = ""
    """What the rule is called that pauses; it decides nothing."""

    def __post_init__(self) -> None:
        as_utc(self.now)
        for name in ("merge_at", "paused_until"):
            if (at := getattr(self, name)) is not None:
                object.__setattr__(self, name, as_utc(at))
