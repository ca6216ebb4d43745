"""Step 8: on what the message may stand, asked of every applying regime; step 9: whether it still counts.

A regime's row names the grounds to try in order; each ground is one function here. A ground answers with
a code that allows, with the reason it fails where that is worth saying, or with nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from privacy.policy.applying import Applying
from privacy.policy.case import Case, Reason
from privacy.policy.circumstances import Clock
from privacy.policy.facts import Event
from privacy.policy.ledger import ALL, DEFECTS, PROFILING, latest, time_of
from privacy.policy.regimes import UNKNOWN
from privacy.policy.rows import Basis, BasisRow
from privacy.policy.stops import bought_or_asked, exempt

OPT_OUT_BASIS = "OPT_OUT_REGIME"


@dataclass(frozen=True, slots=True)
class Ground:
    """A basis that holds, in one regime."""

    code: str
    regime: Applying
    events: tuple[Event, ...] = ()


Answered = str | tuple[str, ...] | None
"""A code that allows, a one-tuple with the reason of a failure, or nothing."""


def _consent(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    return "CONSENT_EXPRESS" if case.sound else None


def _written_agreement(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    return "CONSENT_PEWC" if any(grant.written_agreement for grant in case.sound) else ("NO_PEWC",)


def _soft_opt_in(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    relationship, message = case.facts.relationship, case.facts.message
    if case.facts.person.kind == "company_contact" or case.purpose in basis.not_for:
        return None
    if relationship.address_source not in basis.address_sources:
        return None
    if not (relationship.opt_out_offered_at_capture and relationship.opt_out_offered_each_message):
        return ("SOFT_OPT_IN_CONDITIONS",)
    if message.product_owner != "self" or not message.similar_to_purchase:
        return ("SOFT_OPT_IN_NOT_SIMILAR",)
    return "SOFT_OPT_IN"


def _charity_soft_opt_in(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    relationship = case.facts.relationship
    if not case.facts.sender.is_charity or case.purpose != "charity_purpose":
        return None
    if relationship.address_source != "charity_support":
        return None
    collected, since = relationship.address_collected_at, basis.collected_since
    offered = relationship.opt_out_offered_at_capture and relationship.opt_out_offered_each_message
    in_time = collected is not None and since is not None and since <= collected <= clock.today
    return "SOFT_OPT_IN_CHARITY" if offered and in_time else ("SOFT_OPT_IN_CONDITIONS",)


def _corporate_subscriber(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    return "CORPORATE_SUBSCRIBER" if case.facts.person.kind == "company_contact" else None


def _legitimate_interest(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    if _held_by(case, basis.unless_listed):
        return None
    return "LEGITIMATE_INTEREST" if case.facts.sender.legitimate_interest_assessment else ("LIA_MISSING",)


def _business_relationship(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    """An exemption from a national list, in the terms of that list's row."""
    if not _held_by(case, basis.listed):
        return None
    rows = [row for row in regime.lists[case.channel] if row.list == basis.listed]
    holds = any(row.in_force(clock.today) and exempt(case, row, clock) for row in rows)
    return "EBR_DNC_EXEMPT" if holds else None


def _ongoing_contract(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    related = case.facts.message.relates_to_contract
    return "ONGOING_CONTRACT" if related and case.facts.relationship.contract == "current" else None


def _implied(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    relationship = case.facts.relationship
    done = bought_or_asked(case, clock, basis.purchase_months, basis.inquiry_months)
    if done == "purchase" or (basis.contract and relationship.contract == "current"):
        return "IMPLIED_EBR"
    if done == "inquiry":
        return "IMPLIED_INQUIRY"
    older = any(at <= case.now for at in (*relationship.purchases, *relationship.inquiries))
    return ("IMPLIED_EXPIRED",) if older else None


def _opt_out(case: Case, basis: Basis, clock: Clock, regime: Applying) -> Answered:
    return None if _held_by(case, basis.unless_listed) else OPT_OUT_BASIS


def _held_by(case: Case, name: str | None) -> bool:
    return name is not None and name in case.facts.contact_point.national_lists


GROUNDS: dict[str, Callable[[Case, Basis, Clock, Applying], Answered]] = {
    "consent": _consent,
    "written_agreement": _written_agreement,
    "soft_opt_in": _soft_opt_in,
    "charity_soft_opt_in": _charity_soft_opt_in,
    "corporate_subscriber": _corporate_subscriber,
    "legitimate_interest": _legitimate_interest,
    "business_relationship": _business_relationship,
    "ongoing_contract": _ongoing_contract,
    "implied": _implied,
    "opt_out": _opt_out,
}


def find_grounds(case: Case, place: str) -> tuple[list[Ground], list[Reason]]:
    """For each applying regime, in order: the ground it accepts, or its reason for no, in each plausible
    zone; zones that agree say it once. `place` is the channel, or `profiling`."""
    grounds: list[Ground] = []
    reasons: list[Reason] = []
    for regime, rows in case.where.bases(place, case.facts.message.automated):
        said = [_ask_row(case, regime, row, clock) for clock, row in rows if row or not regime.beside]
        for code, why, says in dict.fromkeys(said):
            if code is not None:
                grounds.append(Ground(code, regime, _relied_on(case, code)))
            else:
                reasons.append(_why_not(case, regime, says, why, place))
    return grounds, reasons


def _ask_row(
    case: Case, regime: Applying, row: BasisRow | None, clock: Clock
) -> tuple[str | None, str | None, str | None]:
    """The code of the first ground that holds; else the first failure worth saying, and the row's own word."""
    why: str | None = None
    for basis in row.bases if row else ():
        answer = GROUNDS[basis.kind](case, basis, clock, regime)
        if isinstance(answer, str):
            return answer, None, None
        why = why or (answer[0] if answer else None)
    return None, why, row.says if row else None


def _relied_on(case: Case, code: str) -> tuple[Event, ...]:
    if code not in ("CONSENT_EXPRESS", "CONSENT_PEWC"):
        return ()
    grant = latest(g for g in case.sound if g.written_agreement or code == "CONSENT_EXPRESS")
    if grant is None or grant.method != "double_opt_in":
        return (grant,) if grant else ()
    confirm = case.ledger.confirmed(grant, case.channel)
    return (grant, confirm) if confirm else (grant,)


def _why_not(case: Case, regime: Applying, says: str | None, why: str | None, place: str) -> Reason:
    """The first that fits. Written agreements, requests for consent and an unknown country skip the list."""
    if why == "NO_PEWC":
        return Reason(why, tuple(case.reaching))
    if case.purpose == "consent_request":
        return Reason("CONSENT_REQUEST_IS_CEM")
    if defective := _latest_defect(case):
        return defective
    if regime.code == UNKNOWN and says:
        return Reason(says)
    if place != PROFILING and (other := _consent_to_something_else(case)):
        return other
    return Reason(says or why or "NO_LEGAL_BASIS")


def _latest_defect(case: Case) -> Reason | None:
    """Of the latest grant that reaches; of several at one time, the defect that counts most."""
    if not case.reaching:
        return None
    last = max(time_of(grant) for grant in case.reaching)
    found = [
        (DEFECTS.index(code), code, grant)
        for grant in case.reaching
        if time_of(grant) == last and (code := case.ledger.defect(grant, case.ask))
    ]
    if not found:
        return None
    _, code, _ = min(found, key=lambda one: one[0])
    return Reason(code, tuple(grant for _, other, grant in found if other == code))


def _consent_to_something_else(case: Case) -> Reason | None:
    here: list[Event] = []
    elsewhere: list[Event] = []
    for grant in case.ledger.grants:
        for_this = case.ask.purpose in grant.purposes or ALL in grant.purposes
        on_this = grant.channel in (case.channel, ALL)
        if on_this != for_this and case.ledger.defect(grant, case.ask) is None:
            (here if on_this else elsewhere).append(grant)
    if here:
        return Reason("PURPOSE_MISMATCH", tuple(here))
    return Reason("CHANNEL_MISMATCH", tuple(elsewhere)) if elsewhere else None


def reasons_of_freshness(case: Case, grounds: list[Ground]) -> list[Reason]:
    """Step 9. A ground that rests on nothing the person did (an opt-out list) does not age; any other does,
    and a person who was never heard of is not heard of within three years."""
    ageing = {ground.regime.code for ground in grounds if ground.code != OPT_OUT_BASIS}
    under_contract = case.facts.relationship.contract == "current"
    limits = [
        (clock, first)
        for code, row, clock, first in case.where.freshness()
        if code in ageing and not (row.not_with_contract and under_contract)
    ]
    heard_of = _heard_of(case) if limits else []
    stale = any(not case.dated_since(heard_of, first, clock) for clock, first in limits)
    return [Reason("CONSENT_STALE")] if stale else []


def _heard_of(case: Case) -> list[datetime]:
    """What the person did towards us. A grant that is no proof is no sign of life either."""
    relationship = case.facts.relationship
    own = [
        grant.occurred_at
        for grant in case.ledger.grants
        if grant.occurred_at and case.ledger.defect(grant, case.ask) is None
    ]
    said = relationship.last_contact_from_person_at
    return [*relationship.purchases, *relationship.inquiries, *own, *([said] if said else ())]
