"""May we, by channel: what whoever is about to write or call sees first, in one line each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from django.utils import timezone

from crm.models import Customer
from crm.selectors.records import contact_points_of
from privacy.gate import Ask, Given, check_many
from privacy.models import ConsentEvent, GateAnswer
from privacy.models.purpose import POINT_OF_CHANNEL
from privacy.policy import CODES
from privacy.policy.dates import zone_named, zone_names
from privacy.policy.decide import Answer
from privacy.selectors.checks import ordinary_message
from tenancy.access import Access

CHANNELS: Final = (
    ("email", "E-mail"),
    ("phone", "Phone"),
    ("sms", "SMS"),
    ("post", "Post"),
    ("push", "Push"),
)
MARKETING, SERVICE = "marketing", "order_confirmation"
ICONS: Final[Mapping[str, str]] = {
    "email": "mail", "phone": "phone", "sms": "message", "post": "mailbox", "push": "device-mobile",
}  # fmt: skip
NOTHING: Final[Mapping[str, str]] = {
    "email": "no address", "phone": "no number", "sms": "no number", "post": "no address", "push": "no app",
}  # fmt: skip

# What decides, in two or three words; those of `_SAID` are followed by the day on which it was said.
_SAID: Final[Mapping[str, str]] = {
    "OBJECTED_DM": "objected", "COMPLAINED": "reported as spam", "CONSENT_WITHDRAWN": "took it back",
    "OPTED_OUT": "unsubscribed", "REVOKED": "said stop", "DOI_PENDING": "not confirmed, asked",
}  # fmt: skip
_SHORT: Final[Mapping[str, str]] = {
    "NOT_FOUND": "no such customer",
    "DECEASED": "reported dead",
    "ERASED_SUPPRESSED": "had their data erased",
    "ERASURE_PENDING": "asked for erasure",
    "PROCESSING_RESTRICTED": "use is restricted",
    "POLICY_UNAVAILABLE": "rules cannot be read",
    "NATIONAL_DNC": "on the national list",
    "AGE_UNKNOWN": "age unknown",
    "MINOR_NO_PARENTAL": "too young, no parent agreed",
    "NO_LEGAL_BASIS": "no consent",
    "JURISDICTION_UNKNOWN": "no consent, country unknown",
    "PURPOSE_MISMATCH": "consent to something else",
    "CHANNEL_MISMATCH": "consent to another way",
    "CONSENT_INVALID_METHOD": "consent is not valid",
    "CONSENT_UNPROVEN": "consent cannot be proved",
    "CONSENT_UNDOCUMENTED": "consent is not documented",
    "CONSENT_STALE": "silent for 3 years",
    "NO_PEWC": "no written agreement",
    "SOFT_OPT_IN_CONDITIONS": "way out was not offered",
    "SOFT_OPT_IN_NOT_SIMILAR": "only what is like their purchases",
    "LIA_MISSING": "no assessment stored",
    "IMPLIED_EXPIRED": "bought too long ago",
    "CONTACT_POINT_INVALID": "does not work",
    "CONTENT_REQUIREMENTS": "sender’s address is missing",
    "COOLING_OFF_60D": "refused a call lately",
    "FREQ_CAP_LEGAL": "reached as often as the law allows",
}
_WAITS: Final = frozenset(
    {"QUIET_HOURS_LEGAL", "TIMEZONE_AMBIGUOUS", "QUIET_HOURS_POLICY", "FREQ_CAP_POLICY"}
)
_LATER: Final[Mapping[str, str]] = {"PAUSED_BY_PERSON": "asked for a pause", "PAUSED_BY_POLICY": "paused"}


@dataclass(frozen=True)
class MayWe:
    """One channel. `mark`: yes, later or no. `answers`: what was given for marketing and for service, in that order."""

    channel: str
    name: str
    icon: str
    mark: str
    reason: str
    answers: tuple[Given, Given]

    @property
    def words(self) -> str:
        """For those who do not see the mark."""
        return {"yes": "we may", "later": "not now", "no": "we may not"}[self.mark]

    @property
    def marketing(self) -> Answer:
        return self.answers[0].answer

    @property
    def service(self) -> Answer:
        return self.answers[1].answer

    @property
    def answer_id(self) -> UUID | None:
        return self.answers[0].answer_id


def may_we(access: Access, customer: Customer, *, asked_for: str) -> list[MayWe]:
    """The answer of the gate for each channel, now, logged. Three queries beside the gate's two."""
    points = {point.kind for point in contact_points_of(customer.id)}
    message = ordinary_message()
    asks = [
        Ask(customer_id=customer.id, channel=channel, purpose=purpose, message=message, asked_for=asked_for)
        for channel, _ in CHANNELS
        for purpose in (MARKETING, SERVICE)
    ]
    given = check_many(asks)
    pairs = list(zip(given[::2], given[1::2], strict=True))
    said = _said_on([marketing for marketing, _ in pairs])
    zone = _zone(customer, access)
    return [
        _channel(channel, name, pair, has_point=POINT_OF_CHANNEL[channel] in points, said=said, zone=zone)
        for (channel, name), pair in zip(CHANNELS, pairs, strict=True)
    ]


def _channel(
    channel: str, name: str, pair: tuple[Given, Given], *, has_point: bool, said: Mapping[str, datetime], zone: tzinfo
) -> MayWe:  # fmt: skip
    made = MayWe(channel, name, ICONS[channel], "no", "", pair)
    marketing, service = pair
    if not has_point:
        return replace(made, reason=NOTHING[channel])
    if marketing.may:
        return replace(made, mark="yes", reason="marketing and service" if service.may else "marketing")
    if marketing.answer.until is not None:
        reason = _later_words(marketing, zone)
        return replace(made, mark="later", reason=f"{reason}, service now" if service.may else reason)
    reason = _no_words(marketing, said, zone)
    if service.may:
        return replace(made, mark="yes", reason=f"service only: {reason}")
    return replace(made, reason=reason)


def _no_words(given: Given, said: Mapping[str, datetime], zone: tzinfo) -> str:
    code = given.answer.code
    if code not in _SAID:
        return _SHORT.get(code) or CODES[code].meaning
    at = max((said[event] for event in map(str, given.answer.evidence_ids) if event in said), default=None)
    return f"{_SAID[code]} {_day(at.astimezone(zone))}" if at else _SAID[code]


def short_reason(code: str) -> str:
    """Why not, or not now, in two or three words."""
    if code in _SAID or code in _SHORT:
        return _SAID.get(code) or _SHORT[code]
    return _LATER.get(code) or ("not at this hour, or too often" if code in _WAITS else CODES[code].meaning)


def _day(at: datetime) -> str:
    return f"{at.day} {at:%b %Y}"


def _later_words(given: Given, zone: tzinfo) -> str:
    """ "after 12:00", "after Mon 09:00", "asked for a pause until 3 Mar 2027": on the customer's clock."""
    until = given.answer.until
    assert until is not None
    local, now = until.astimezone(zone), timezone.now().astimezone(zone)
    days = (local.date() - now.date()).days
    when = f"{local:%H:%M}" if days == 0 else f"{local:%a %H:%M}" if days < 7 else _day(local)
    if given.because:  # it names no end: until then nobody need ask again
        return f"paused: {given.because}"
    cause = _LATER.get(given.answer.code)
    return f"{cause} until {when}" if cause else f"after {when}"


def _zone(customer: Customer, access: Access) -> tzinfo:
    name = customer.time_zone if customer.time_zone in zone_names() else access.profile.time_zone
    return zone_named(name)


def _said_on(given: Sequence[Given]) -> dict[str, datetime]:
    """Id of an event that decided -> when it was said."""
    ids = {str(event) for one in given for event in one.answer.evidence_ids}
    if not ids:
        return {}
    rows = ConsentEvent.objects.filter(id__in=ids).values_list("id", "occurred_at", "recorded_at")
    return {str(id_): occurred or recorded for id_, occurred, recorded in rows}


def answers_beside(answer_id: UUID, customer_id: UUID) -> list[GateAnswer]:
    """An answer and what was answered at the same moment for the same channel; the one asked for first."""
    rows = GateAnswer.objects.select_related("policy", "looked_at").filter(customer_id=customer_id)
    found = rows.filter(id=answer_id).first()
    if found is None:
        return []
    beside = rows.filter(asked_at=found.asked_at, channel=found.channel, asked_by=found.asked_by)
    return [found, *beside.exclude(id=found.id).order_by("purpose")]


def events_behind(answers: Sequence[GateAnswer]) -> dict[str, ConsentEvent]:
    """Id of an event that decided one of the answers -> the event."""
    ids = {event for answer in answers for event in answer.evidence_ids}
    return {str(event.id): event for event in ConsentEvent.objects.filter(id__in=ids)}
