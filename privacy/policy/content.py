"""Step 10: is the contact point alive; step 11: does the message carry what it must."""

from privacy.policy.case import Case, Reason


def reasons_of_contact_point(case: Case) -> list[Reason]:
    point = case.facts.contact_point
    return [] if point.valid and not point.hard_bounced else [Reason("CONTACT_POINT_INVALID")]


def reasons_of_content(case: Case) -> list[Reason]:
    missing = missing_content(case)
    return [Reason("CONTENT_REQUIREMENTS")] if missing else []


def missing_content(case: Case) -> list[str]:
    """Of sender_identity, postal_address and opt_out, what house and law ask for and the message has not."""
    message = case.facts.message
    has = {
        "sender_identity": message.has_sender_identity,
        "postal_address": message.has_postal_address,
        "opt_out": message.has_opt_out,
    }
    return [need for need in case.where.needs(case.channel) if not has[need]]
