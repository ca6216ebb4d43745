"""The kind of rule that says what members may grant on the spot, and how much.

The first rule that holds for the customer, among those for the member's role and for what is granted, decides.
Amounts are of the company's currency.
"""

from decimal import Decimal
from itertools import product
from typing import Final

from interactions.models import Grant
from rules.catalogue import Option
from rules.kinds import FieldType, Outcome, OutcomeField, RuleKind
from rules.language.problems import Problem, RuleInvalid
from tenancy.models import Role

KIND: Final = "interactions.authority"
LIMITS: Final = ("contact_most", "customer_most", "month_most")
EVERY_ROLE: Final = "*"


def _roles() -> list[Option]:
    return [(str(key), name) for key, name in Role.objects.order_by("name").values_list("id", "name")]


def authority_words(outcome: Outcome) -> str:
    """ "Frontline may give credit and free delivery, up to 20 a contact, 60 a customer in a year"."""
    names, kinds = dict(_roles()), dict(Grant.Kind.choices)
    who = _listed([names.get(key, "a role that is gone") for key in outcome.get("roles", ())]) or "everybody"
    what = _listed([str(kinds.get(key, key)) for key in outcome.get("kinds", ())]) or "nothing"
    limits = [
        f"{outcome[name]} {words}"
        for name, words in zip(
            LIMITS, ("a contact", "a customer in a year", "a member in a month"), strict=True
        )
        if outcome.get(name) is not None
    ]
    return f"{who} may give {what}, up to {', '.join(limits)}"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def asked_for(outcome: Outcome) -> frozenset[str]:
    """The pairs of role and kind of grant that a rule is about."""
    roles = outcome.get("roles") or [key for key, _ in _roles()]
    return frozenset(f"{role}:{kind}" for role, kind in product(roles, outcome.get("kinds", ())))


def _check(outcome: Outcome) -> None:
    amounts = {name: Decimal(str(outcome[name])) for name in LIMITS if outcome.get(name) is not None}
    problems = [
        Problem(name, "outcome", "An amount, 0 at least.") for name, amount in amounts.items() if amount < 0
    ]
    least = amounts.get("contact_most", Decimal(0))
    problems += [
        Problem(name, "outcome", "Less than what may be given in one contact.")
        for name, amount in amounts.items()
        if amount < least
    ]
    if problems:
        raise RuleInvalid(problems)


AUTHORITY: Final = RuleKind(
    key=KIND,
    label="Authority to grant",
    explanation="What members may give a customer on the spot: credit, free delivery, a replacement. What is above "
    "goes to whoever answers for the customer, and waits for a yes.",
    fields=(
        OutcomeField(
            "roles", "Who", FieldType.CHOICES, _roles, required=False, help="Roles; none chosen: every role."
        ),
        OutcomeField("kinds", "May give", FieldType.CHOICES, lambda: list(Grant.Kind.choices)),
        OutcomeField("contact_most", "In one contact", FieldType.NUMBER, help="What it costs the company, at most."),
        OutcomeField(
            "customer_most", "To one customer in a year", FieldType.NUMBER, required=False,
            help="All that was given to them of these kinds in the last 365 days, by anybody.",
        ),
        OutcomeField(
            "month_most", "By one member in a month", FieldType.NUMBER, required=False,
            help="All that one member gave of these kinds since the first of the month.",
        ),
    ),
    words=authority_words,
    check=_check,
    about=asked_for,
)  # fmt: skip
