"""What in value is personal, why it is kept, and how it ends."""

from tenancy.registries import Blank, Keep, PersonalData, owned_by

_SUMS = Keep("of a customer without a name: what the whole base was worth must not change afterwards")

DECLARED = (
    PersonalData("value_modelfit", (), "parameters of the whole base", erase=Keep("sums over everybody")),
    PersonalData(
        "value_valuesnapshot",
        ("value", "alive"),
        "what the customer was worth; worked out, not told",
        of=owned_by(),
        title="What we expected you to be worth",
        chapter="decisions",
        left_out=("customer_id", "fit_id", "portfolio_id"),
        money=("value", "value_low", "value_high"),
        erase=_SUMS,
    ),
    PersonalData(
        "value_kinddecision",
        ("kind", "facts"),
        "which kind of customer they became, and what the rule looked at",
        of=owned_by(),
        title="Which kind of customer you were taken for, and why",
        chapter="decisions",
        labels={"before": "It was", "kind": "It became", "facts": "What was looked at", "rule_id": "Rule"},
        left_out=("customer_id",),
        erase=Blank({"facts": "'{}'"}),
    ),
    PersonalData("value_equitypoint", (), "sums by portfolio", erase=Keep("sums over everybody")),
)
