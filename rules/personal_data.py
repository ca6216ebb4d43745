"""What in rules is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData("rules_ruleset", (), "names of rules"),
    PersonalData("rules_ruledraft", (), "conditions on customers in general; who wrote them is a member"),
    PersonalData("rules_ruleversion", (), "conditions on customers in general; who wrote them is a member"),
    PersonalData("rules_activation", (), "which rules were in force when, by which member's decision"),
    PersonalData("rules_dryrun", (), "counts, and ids of a few customers as examples"),
)
