"""May we score or profile this person at all? A question without a message (purposes of class profiling).

An extension of the published cases. State and policy are asked as for a message; then objections to
profiling, the age (nobody known to be a child is profiled), and a ground: consent to the purpose, or what the
regime's `profiling` row names (a stored balancing test in Europe, opt-out in the United States).
"""

from privacy.policy.basis import Ground, find_grounds
from privacy.policy.case import Case, Reason
from privacy.policy.facts import Event
from privacy.policy.ledger import ALL, PROFILING
from privacy.policy.minors import is_minor


def judge_profiling(case: Case) -> tuple[list[Reason], list[Ground]]:
    reasons = _of_stops(case)
    if case.facts.person.age is None and case.facts.sender.directed_at_children:
        reasons.append(Reason("AGE_UNKNOWN"))
    if is_minor(case):
        reasons.append(Reason("MINOR_PROFILING"))
    grounds, missing = find_grounds(case, PROFILING)
    return [*reasons, *missing], grounds


def _of_stops(case: Case) -> list[Reason]:
    """Profiling has no channel, so a stop of it counts by whatever channel it came."""
    stops = [s for s in case.ledger.stops if _stops(s, case) and not case.ledger.lifted(s, case.sound)]
    withdrawn = tuple(stop for stop in stops if stop.action == "withdraw")
    others = tuple(stop for stop in stops if stop.action != "withdraw")
    return [
        Reason(code, by)
        for code, by in (("OBJECTED_PROFILING", others), ("CONSENT_WITHDRAWN", withdrawn))
        if by
    ]


def _stops(stop: Event, case: Case) -> bool:
    if case.purpose in stop.purposes or PROFILING in stop.purposes:
        return True
    return ALL in stop.purposes and (stop.action == "object" or stop.channel == ALL)
