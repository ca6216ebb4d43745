"""What in rules is personal: nothing of customers. Rules name conditions, dry runs name ids."""

from tenancy.registries import Keep, PersonalData, Scrub

_RULES = Keep("conditions on customers in general; who wrote them is a member")

DECLARED = (
    PersonalData("rules_ruleset", (), "names of rules", erase=_RULES),
    PersonalData(
        "rules_ruledraft", (), "conditions on customers in general; who wrote them is a member", erase=_RULES
    ),
    PersonalData(
        "rules_ruleversion",
        (),
        "conditions on customers in general; who wrote them is a member",
        erase=_RULES,
    ),
    PersonalData(
        "rules_activation", (), "which rules were in force when, by which member's decision", erase=_RULES
    ),
    PersonalData(
        "rules_dryrun", (), "counts, and ids of a few customers as examples", erase=Scrub(("result",))
    ),
)
