"""What in portfolios is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData("portfolios_portfolio", (), "groups of customers"),
    PersonalData("portfolios_transfer", (), "why customers were moved; about the move, not the person"),
    PersonalData("portfolios_assignment", ("customer_id",), "who answered for the customer, and when"),
    PersonalData("portfolios_portfoliorules", (), "whose rules a rule set is"),
    PersonalData("portfolios_assignmentpolicy", (), "what the company lets rules do"),
    PersonalData(
        "portfolios_unpinned", ("customer_id",), "that rules may move the customer again, and who said so"
    ),
    PersonalData("portfolios_assignmentrun", (), "rules, counts, and ids of a few customers as examples"),
    PersonalData(
        "portfolios_assignmentdecision", ("customer_id",), "which rule decided who answers for them"
    ),
    PersonalData(
        "portfolios_assignmentfacts", ("customer_id", "facts"), "what was read of them for a decision"
    ),
    PersonalData(
        "portfolios_assignmentproposal", ("customer_id",), "where a rule would have them, and who agreed"
    ),
)
