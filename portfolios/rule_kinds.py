"""The kind of rule that says in which portfolio a customer belongs.

A company's rule names one portfolio, or several among which customers are spread. A portfolio's own rule answers whom
of the house portfolio it takes, and whom it does not take.
"""

from typing import Final

from portfolios.models import Portfolio
from portfolios.services.balance import Measure
from rules.catalogue import Option
from rules.kinds import FieldType, Outcome, OutcomeField, RuleKind
from rules.language.problems import Problem, RuleInvalid

KIND: Final = "portfolios.assignment"
TAKE, LEAVE = "take", "leave"
MEASURES: Final = {
    Measure.CUSTOMERS: "number of customers",
    Measure.VALUE: "lifetime value",
    Measure.WORKLOAD: "workload",
}
ANSWERS: Final = {TAKE: "it takes them from the house portfolio", LEAVE: "it does not take them"}


def _portfolios() -> list[Option]:
    """Open ones first. A rule that names a closed one can still be read, and is shown as a problem."""
    rows = Portfolio.objects.order_by("closed_at", "name").values_list("id", "name", "closed_at")
    named = [(str(key), f"{name}, closed" if closed else name, bool(closed)) for key, name, closed in rows]
    return [(key, name) for key, name, _ in sorted(named, key=lambda row: (row[2], row[1]))]


def outcome_words(outcome: Outcome) -> str:
    """ "to North", "spread over North and South so that lifetime value is even"."""
    if outcome.get("answer"):
        return ANSWERS.get(outcome["answer"], "nothing that is known")
    names = dict(_portfolios())
    targets = [names.get(key, "a portfolio that is gone") for key in outcome.get("portfolios", ())]
    if len(targets) < 2:
        words = f"to {targets[0]}" if targets else "nowhere"
    else:
        measure = MEASURES[Measure(outcome.get("balance") or Measure.CUSTOMERS)]
        words = f"spread over {', '.join(targets[:-1])} and {targets[-1]} so that {measure} is even"
    return words + (f", {outcome['limit']:,} customers each at most" if outcome.get("limit") else "")


def _check(outcome: Outcome) -> None:
    problems = []
    if bool(outcome.get("answer")) == bool(outcome.get("portfolios")):
        problems.append(
            Problem(
                "portfolios", "outcome", "Name portfolios; a portfolio’s own rule gives its answer instead."
            )
        )
    limit = outcome.get("limit", 1)
    if not isinstance(limit, int) or limit < 1:
        problems.append(Problem("limit", "outcome", "A whole number of customers, 1 at least."))
    if problems:
        raise RuleInvalid(problems)


ASSIGNMENT: Final = RuleKind(
    key=KIND,
    label="Assignment to portfolios",
    explanation="In which portfolio a customer belongs. Company rules may bind everybody; a portfolio’s own rules say "
    "whom of the house portfolio it takes, within them. Who acts for an organisation follows it whatever a rule says.",
    fields=(
        OutcomeField(
            "portfolios", "Portfolios", FieldType.CHOICES, _portfolios, required=False,
            help="One, or several among which customers are spread.", levels=("company",),
        ),
        OutcomeField(
            "balance", "Even in", FieldType.CHOICE,
            lambda: [(measure.value, words) for measure, words in MEASURES.items()], required=False,
            help="With several portfolios: what comes out even. Workload is minutes a year where costs name minutes, "
            "else expected orders a year.",
            levels=("company",),
        ),
        OutcomeField(
            "move", "Move also who is in one of them", FieldType.FLAG, required=False,
            help="Otherwise whoever is with one of them stays: a relation matters more than evenness.",
            levels=("company",),
        ),
        OutcomeField(
            "limit", "Customers a portfolio at most", FieldType.NUMBER, required=False,
            help="Who finds all of them full stays where they are.", levels=("company",),
        ),
        OutcomeField(
            "answer", "The portfolio’s answer", FieldType.CHOICE, lambda: list(ANSWERS.items()), required=False,
            levels=("portfolio",),
        ),
    ),
    words=outcome_words,
    check=_check,
    levels=("company", "portfolio"),
    tried_at="assignment_new",
)  # fmt: skip
