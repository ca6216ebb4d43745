"""Step 2: what holds back almost everything, and step 5: what passes without asking further."""

from datetime import timedelta

from privacy.policy.case import Reason
from privacy.policy.facts import Event, Facts
from privacy.policy.ledger import STOPS, Ledger, names_channel, only_sharing, time_of
from privacy.policy.regimes import Policy


def reasons_of_state(facts: Facts, ledger: Ledger, *, legal_duty: bool) -> list[Reason]:
    """In order. A pending erasure and a restriction do not hold back a legal duty."""
    reasons = []
    if facts.person.deceased:
        reasons.append(Reason("DECEASED"))
    if suppressed_as(facts, "erased"):
        reasons.append(Reason("ERASED_SUPPRESSED"))
    if legal_duty:
        return reasons
    if any(r.kind == "erasure" and r.state not in ("done", "refused") for r in facts.requests):
        reasons.append(Reason("ERASURE_PENDING"))
    restrictions = ledger.restrictions()
    if restrictions or facts.person.restricted:
        reasons.append(Reason("PROCESSING_RESTRICTED", tuple(restrictions)))
    return reasons


def suppressed_as(facts: Facts, reason: str) -> bool:
    """The list outlives the record and no grant lifts it: somebody has to take the line off."""
    address = facts.contact_point.address_hash
    return address is not None and any(
        line.address_hash == address and line.reason == reason for line in facts.suppression
    )


def passing(facts: Facts, policy: Policy, ledger: Ledger, klass: str) -> tuple[str, tuple[Event, ...]] | None:
    """The code of a message that is no marketing, and its events; None is judged on as marketing."""
    if klass == "legal_duty":
        return "LEGAL_OBLIGATION", ()
    if klass == "service":
        needed = facts.relationship.open_order or facts.relationship.contract == "current"
        return ("CONTRACT_SERVICE" if needed else "NO_LEGAL_BASIS"), ()
    if facts.purpose == "doi_request":
        return _confirmation_request(facts, ledger)
    if facts.purpose == "opt_out_confirmation":
        return _confirmation_of_a_stop(facts, policy, ledger)
    return "NO_LEGAL_BASIS", ()


def _confirmation_request(facts: Facts, ledger: Ledger) -> tuple[str, tuple[Event, ...]]:
    """One mail for each form sent in."""
    waiting = [
        grant
        for grant in ledger.grants
        if grant.method == "double_opt_in"
        and names_channel(grant, facts.channel)
        and ledger.confirmed(grant, facts.channel) is None
    ]
    asked = [c.at for c in facts.contacts if c.purpose == "doi_request" and c.channel == facts.channel]
    open_ones = tuple(grant for grant in waiting if not any(at >= time_of(grant) for at in asked))
    if open_ones:
        return "DOI_REQUEST", open_ones
    return ("DOI_PENDING" if waiting else "NO_LEGAL_BASIS"), tuple(waiting)


def _confirmation_of_a_stop(
    facts: Facts, policy: Policy, ledger: Ledger
) -> tuple[str, tuple[Event, ...]] | None:
    """One message, however often the person says stop within those minutes."""
    oldest = ledger.now - timedelta(minutes=policy.house.opt_out_confirmation_minutes.value)
    stops = [
        stop
        for stop in ledger.stops
        if stop.action in STOPS
        and names_channel(stop, facts.channel)
        and not only_sharing(stop)
        and oldest <= time_of(stop) <= ledger.now
    ]
    if not stops:
        return None
    first = min(time_of(stop) for stop in stops)
    sent = any(c.purpose == "opt_out_confirmation" and c.at >= first for c in facts.contacts)
    return None if sent else ("OPT_OUT_CONFIRMATION", tuple(stops))
