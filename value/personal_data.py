"""What in value is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData("value_modelfit", (), "parameters of the whole base"),
    PersonalData(
        "value_valuesnapshot", ("value", "alive"), "what the customer was worth; worked out, not told"
    ),
    PersonalData(
        "value_kinddecision",
        ("kind", "facts"),
        "which kind of customer they became, and what the rule looked at",
    ),
    PersonalData("value_equitypoint", (), "sums by portfolio"),
)
