"""What in portfolios is personal, why it is kept, and how it ends."""

from tenancy.registries import Blank, Delete, Keep, PersonalData, owned_by

_COMPANY = Keep("about the company and its managers, not about customers")
_MOVES = Keep(
    "that a customer without a name moved, and by which rule: the value of portfolios stays explained"
)

DECLARED = (
    PersonalData("portfolios_portfolio", (), "groups of customers", erase=_COMPANY),
    PersonalData(
        "portfolios_transfer", (), "why customers were moved; about the move, not the person", erase=_COMPANY
    ),
    PersonalData(
        "portfolios_assignment",
        ("customer_id", "reason"),
        "who answered for the customer, and when",
        of=owned_by(),
        title="Who answered for you, and when",
        chapter="decisions",
        left_out=("customer_id", "transfer_id"),
        erase=Blank({"reason": "''"}),
    ),
    PersonalData("portfolios_portfoliorules", (), "whose rules a rule set is", erase=_COMPANY),
    PersonalData("portfolios_assignmentpolicy", (), "what the company lets rules do", erase=_COMPANY),
    PersonalData(
        "portfolios_unpinned",
        ("customer_id",),
        "that rules may move the customer again, and who said so",
        of=owned_by(),
        title="Since when rules may decide who answers for you",
        chapter="decisions",
        left_out=("customer_id", "author_name"),
        erase=_MOVES,
    ),
    PersonalData(
        "portfolios_assignmentrun",
        (),
        "rules, counts, and ids of a few customers as examples",
        erase=Keep("counts, and ids that lead to nobody any more"),
    ),
    PersonalData(
        "portfolios_assignmentdecision",
        ("customer_id",),
        "which rule decided who answers for them",
        of=owned_by(),
        title="Which rule decided who answers for you",
        chapter="decisions",
        labels={
            "how": "Decided by",
            "rule_name": "Rule",
            "outcome": "Came to",
            "stopped": "Rules that were stopped",
        },
        left_out=("customer_id", "run_id", "rule_set_id", "version_id"),
        erase=_MOVES,
    ),
    PersonalData(
        "portfolios_assignmentfacts",
        ("customer_id", "facts"),
        "what was read of them for a decision",
        of=owned_by(),
        title="What was looked at for it",
        chapter="decisions",
        left_out=("customer_id",),
        erase=Delete(),
    ),
    PersonalData(
        "portfolios_assignmentproposal",
        ("customer_id",),
        "where a rule would have them, and who agreed",
        of=owned_by(),
        title="Where rules would have put you",
        chapter="decisions",
        left_out=("customer_id", "run_id", "period", "follows", "transfer_id", "decided_by_name"),
        money=("value",),
        erase=_MOVES,
    ),
)
