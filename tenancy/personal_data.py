"""What in tenancy is personal, and why it is kept."""

from tenancy.registries import PersonalData

DECLARED = (
    PersonalData("tenancy_tenantprofile", (), "about the company"),
    PersonalData("tenancy_unit", (), "parts of the company"),
    PersonalData("tenancy_role", (), "what a role may do"),
    PersonalData("tenancy_member", ("name",), "who works here"),
    PersonalData("tenancy_delegation", ("reason",), "who stands in for whom"),
    PersonalData("tenancy_apitoken", (), "a hash; the secret is not kept"),
    PersonalData("tenancy_outboxevent", (), "ids and counts only"),
    PersonalData("tenancy_outboxstep", (), "ids and errors only"),
    PersonalData("tenancy_job", (), "ids and counts only"),
    PersonalData("tenancy_jobpart", (), "ranges of ids"),
    PersonalData("tenancy_schedule", (), "times"),
    PersonalData(
        "tenancy_idempotencyrecord", ("body",), "an answer of the API, repeated for a day, then deleted"
    ),
    PersonalData("tenancy_auditentry", (), "who changed which row; the values stand in the companion"),
    PersonalData("tenancy_auditdifference", ("before", "after"), "what it was and what it became"),
    PersonalData("tenancy_accessentry", ("subject_id",), "who looked at whom"),
    PersonalData("tenancy_storedfile", ("name",), "uploads and exports, until they expire"),
    PersonalData("tenancy_storedfilepart", ("content",), "uploads and exports, until they expire"),
)
