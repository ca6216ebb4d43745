"""May we contact this person, now, this way, for this? The steps in their order; the first that denies decides.

Pure: the answer follows from the facts and the policy alone, so any kept answer can be given again.
Order of evaluation and every rule: docs/policy-data.md. Not legal advice.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from privacy.policy.basis import Ground, find_grounds, reasons_of_freshness
from privacy.policy.case import Case, Reason
from privacy.policy.circumstances import Atlas
from privacy.policy.content import reasons_of_contact_point, reasons_of_content
from privacy.policy.facts import Event, EventId, Facts, as_utc
from privacy.policy.ledger import MARKETING_CLASSES, Ledger, ids_of
from privacy.policy.limits import find_waiting, reasons_of_legal_caps
from privacy.policy.minors import is_minor, reasons_of_age
from privacy.policy.profiling import judge_profiling
from privacy.policy.regimes import Policy
from privacy.policy.state import passing, reasons_of_state
from privacy.policy.stops import profiling_objections, reasons_of_stops

ALLOW, DENY, DEFER = "allow", "deny", "defer"
DENYING_PASSES = ("NO_LEGAL_BASIS", "DOI_PENDING")
ONCE = ("NO_PROMOTION", "SEND_ONCE")
"""Obligations of the two messages that a person has just asked for by acting."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`until` (UTC) only with defer: from then on it is allowed if nothing new is known. `all_codes` begins
    with `code`. `evidence_ids`: the ledger events that decided, the consent relied on or the stop."""

    decision: str
    until: datetime | None
    code: str
    all_codes: tuple[str, ...]
    obligations: tuple[str, ...]
    evidence_ids: tuple[EventId, ...]
    policy_version: str
    as_of: datetime

    def to_json(self) -> dict[str, Any]:
        """Canonical: the same answer is the same JSON."""
        return {
            "decision": self.decision,
            "until": self.until.astimezone(UTC).isoformat() if self.until else None,
            "code": self.code,
            "all_codes": list(self.all_codes),
            "obligations": list(self.obligations),
            "evidence_ids": list(self.evidence_ids),
            "policy_version": self.policy_version,
            "as_of": self.as_of.astimezone(UTC).isoformat(),
        }


def decide(facts: Facts, policy: Policy, atlas: Atlas | None = None) -> Answer:
    """Never raises on well-formed facts: what cannot be read is a no. `atlas`: what the questions of one batch
    share, of this policy; the answer is the same without."""
    try:
        return _decide(facts, policy, atlas or Atlas(policy))
    except (ValueError, OverflowError):  # an unknown zone or action, a moment beyond the calendar
        return _deny(facts, policy, [Reason("POLICY_UNAVAILABLE")])


def _decide(facts: Facts, policy: Policy, atlas: Atlas) -> Answer:
    if facts.person.tenant != "same":
        return _deny(facts, policy, [Reason("NOT_FOUND")])
    said = policy.purposes.get(facts.purpose)
    promoted = facts.message.has_promotion and said not in MARKETING_CLASSES
    klass = "marketing" if promoted else said
    ledger = Ledger(facts.events, as_utc(facts.now), facts.merge_at)
    held = reasons_of_state(facts, ledger, legal_duty=klass == "legal_duty")
    if not facts.policy_readable or klass is None or said is None:
        return _deny(facts, policy, [*held, Reason("POLICY_UNAVAILABLE")])
    if klass in ("service", "legal_duty", "procedural"):
        passed = passing(facts, policy, ledger, klass)
        if passed is not None:
            return _pass(facts, policy, held, *passed)
        klass = "marketing"
    purpose = facts.purpose if klass == said else "marketing"
    case = Case(facts, atlas.circumstances(facts), ledger, purpose=purpose, klass=klass)
    if klass == "profiling":
        reasons, grounds = judge_profiling(case)
        return _deny(facts, policy, held + reasons) if held + reasons else _allow(case, grounds)
    return _judge_marketing(case, held, promoted=promoted)


def _judge_marketing(case: Case, held: list[Reason], *, promoted: bool) -> Answer:
    """Steps 6 to 14."""
    grounds, without_basis = find_grounds(case, case.channel)
    later = [
        *reasons_of_stops(case),
        *reasons_of_age(case),
        *without_basis,
        *reasons_of_freshness(case, grounds),
        *reasons_of_contact_point(case),
        *reasons_of_content(case),
        *reasons_of_legal_caps(case),
    ]
    if later and promoted:
        later.insert(0, Reason("TRANSACTIONAL_WITH_PROMO", later[0].events))
    waiting = find_waiting(case)
    if held or later:
        return _deny(case.facts, case.policy, [*held, *later, *waiting.reasons])
    if not waiting.reasons:
        return _allow(case, grounds)
    until = waiting.until()
    if until is None:  # hours that never meet, a cap of none: waiting would not help
        return _deny(case.facts, case.policy, waiting.reasons)
    return _answer(case.facts, case.policy, DEFER, waiting.reasons, until=until)


def _pass(facts: Facts, policy: Policy, held: list[Reason], code: str, events: tuple[Event, ...]) -> Answer:
    """A message that is no marketing: neither stops nor caps hold it back."""
    if held or code in DENYING_PASSES:
        refused = [Reason(code, events)] if code in DENYING_PASSES else []
        return _deny(facts, policy, [*held, *refused])
    obligations = ONCE if code in ("DOI_REQUEST", "OPT_OUT_CONFIRMATION") else ()
    return _answer(facts, policy, ALLOW, [Reason(code, events)], obligations=obligations)


def _allow(case: Case, grounds: list[Ground]) -> Answer:
    """The code is that of the first regime; its consent is the evidence."""
    if not grounds:
        return _deny(case.facts, case.policy, [Reason("NO_LEGAL_BASIS")])
    codes = [ground.code for ground in grounds]
    obligations = {"OPT_OUT_LINK"} if "CORPORATE_SUBSCRIBER" in codes else set()
    if case.ask.marketing and profiling_objections(case):
        obligations.add("NO_PROFILING")
    if case.ask.marketing and is_minor(case):
        obligations.add("NO_PROFILING_MINOR")
    reasons = [Reason(ground.code, ground.events) for ground in grounds]
    return _answer(case.facts, case.policy, ALLOW, reasons, obligations=tuple(sorted(obligations)))


def _deny(facts: Facts, policy: Policy, reasons: list[Reason]) -> Answer:
    return _answer(facts, policy, DENY, reasons)


def _answer(
    facts: Facts,
    policy: Policy,
    decision: str,
    reasons: Iterable[Reason],
    *,
    until: datetime | None = None,
    obligations: tuple[str, ...] = (),
) -> Answer:
    """The first reason decides; each code is said once."""
    given = list(reasons)
    return Answer(
        decision=decision,
        until=until,
        code=given[0].code,
        all_codes=tuple(dict.fromkeys(reason.code for reason in given)),
        obligations=obligations,
        evidence_ids=ids_of(given[0].events),
        policy_version=policy.version,
        as_of=as_utc(facts.now),
    )
