"""What in tenancy is personal, why it is kept, and how it ends."""

from tenancy.registries import ByFunction, Keep, PersonalData, Scrub, owned_by

_COMPANY = Keep("about the company and who works there, not about customers")
_PLAIN = Keep("holds nothing of a person")

DECLARED = (
    PersonalData("tenancy_tenantprofile", (), "about the company", erase=_COMPANY),
    PersonalData("tenancy_unit", (), "parts of the company", erase=_COMPANY),
    PersonalData("tenancy_role", (), "what a role may do", erase=_COMPANY),
    PersonalData("tenancy_member", ("name",), "who works here", erase=_COMPANY),
    PersonalData("tenancy_delegation", ("reason",), "who stands in for whom", erase=_COMPANY),
    PersonalData("tenancy_apitoken", (), "a hash; the secret is not kept", erase=_COMPANY),
    PersonalData("tenancy_outboxevent", (), "ids and counts only", erase=Scrub(("payload",))),
    PersonalData("tenancy_outboxstep", (), "ids and errors only", erase=Scrub(("error",))),
    PersonalData(
        "tenancy_job",
        (),
        "what was asked for, and errors",
        erase=Scrub(("title", "arguments", "result", "error")),
    ),
    PersonalData("tenancy_jobpart", (), "ranges of ids, and examples", erase=Scrub(("arguments",))),
    PersonalData("tenancy_schedule", (), "times", erase=_PLAIN),
    PersonalData(
        "tenancy_idempotencyrecord",
        ("body",),
        "an answer of the API, repeated for a day, then deleted",
        erase=ByFunction("tenancy.answers"),
    ),
    PersonalData(
        "tenancy_auditentry",
        (),
        "who changed which row; the values stand in the companion",
        erase=Keep("that a row changed, when and by whom, without what it said"),
    ),
    PersonalData(
        "tenancy_auditdifference",
        ("before", "after"),
        "what it was and what it became",
        of="t.entry_id IN (SELECT entry_id FROM tenancy_audit_of(%(ids)s))",
        title="What was changed",
        chapter="access",
        labels={"before": "It was", "after": "It became"},
        left_out=("entry_id",),
        erase=ByFunction("tenancy.texts"),
    ),
    PersonalData(
        "tenancy_accessentry",
        ("subject_id", "purpose"),
        "who looked at whom, and what for",
        of=owned_by("subject_id"),
        title="Who looked at your data",
        chapter="access",
        labels={"view": "What was opened", "purpose": "What for", "actor": "Who"},
        left_out=("subject_id",),
        erase=ByFunction("tenancy.texts"),
    ),
    PersonalData(
        "tenancy_storedfile", ("name",), "uploads and exports, until they expire", erase=Scrub(("name",))
    ),
    PersonalData(
        "tenancy_storedfilepart",
        ("content",),
        "uploads and exports, until they expire",
        erase=ByFunction("tenancy.files"),
    ),
)
