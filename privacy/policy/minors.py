"""Step 7: children and unknown ages."""

from privacy.policy.case import Case, Reason


def is_minor(case: Case) -> bool:
    age = case.facts.person.age
    return age is not None and age < case.policy.house.adult_age.value


def reasons_of_age(case: Case) -> list[Reason]:
    person = case.facts.person
    if person.age is None:
        return [Reason("AGE_UNKNOWN")] if case.facts.sender.directed_at_children else []
    reasons = []
    if person.age < case.where.age_of_consent() and not person.parental_authorisation:
        reasons.append(Reason("MINOR_NO_PARENTAL"))
    if case.shares and not case.shared and person.age < case.where.age_of_sharing():
        reasons.append(Reason("MINOR_OPT_IN_REQUIRED"))
    if case.profiled and is_minor(case):
        reasons.append(Reason("MINOR_PROFILING"))
    return reasons
