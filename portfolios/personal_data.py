"""What in portfolios is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData("portfolios_portfolio", (), "groups of customers"),
    PersonalData("portfolios_transfer", (), "why customers were moved; about the move, not the person"),
    PersonalData("portfolios_assignment", ("customer_id",), "who answered for the customer, and when"),
)
