"""Bodies of rules/: rule sets, drafts with their problems, versions, what is in force, dry runs."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from rules.kinds import FieldType, RuleKind
from rules.language.analysis import Finding, Severity
from rules.language.problems import Problem
from rules.models import Activation, Level, RuleSet, RuleVersion
from rules.selectors.dry_runs import ShownRun
from rules.selectors.rulesets import Standing
from tenancy.api.filters import Filters
from tenancy.api.serializers import StrictSerializer
from tenancy.models import Job

ID: Final = "0192f0c1-2b3c-7d4e-8f50-617283940a1b"
AT: Final = "2026-11-20T10:00:00Z"
CONTENT: Final[dict[str, Any]] = {
    "rules": [
        {
            "id": "r1", "name": "Regulars", "then": {"kind": "most_valuable"},
            "when": {"all": [{"fact": "crm.orders", "is": "at_least", "value": 4}]},
        }
    ],
    "otherwise": None,
}  # fmt: skip
PROBLEM: Final = {"at": "rules.0.when.all.0.value", "code": "number", "message": "A number, as in 4 or 2.5."}
FINDING: Final = {
    "at": "rules.1", "code": "unreachable", "severity": "refuse",
    "message": "“Two” never gets its turn: “Regulars” before it holds for everybody for whom it holds.",
}  # fmt: skip
VERSION: Final = {
    "id": ID, "number": 3, "content": CONTENT, "reads": ["crm.orders"], "comment": "four instead of five",
    "author": ID, "author_name": "Nadia", "created_at": AT,
}  # fmt: skip
ACTIVATION: Final = {
    "id": ID, "version": 3, "state": "agreed", "begins": AT, "ends": None, "is_rollback": False,
    "comment": "four instead of five", "asked_by_name": "Nadia", "asked_at": AT, "decided_by_name": "Nadia",
    "decided_at": AT, "reason": "",
}  # fmt: skip
STANDING: Final = {"seen": 4, "in_force": ACTIVATION, "planned": [], "waiting": None}
LINE: Final[dict[str, Any]] = {
    "id": ID, "kind": "value.kind", "name": "Kinds of customers", "description": "", "level": "company",
    "portfolios": [], "created_at": AT, "archived_at": None, "standing": STANDING,
}  # fmt: skip
DRAFT: Final = {
    "content": CONTENT, "revision": 7, "based_on": 3, "edited_by_name": "Nadia", "edited_at": AT, "problems": [PROBLEM],
    "findings": [FINDING],
}  # fmt: skip
RULE_SET: Final = {**LINE, "draft": DRAFT}
EXPORT: Final = {
    "format": "cornershop.rules/1", "kind": "value.kind", "name": "Kinds of customers", "level": "company",
    "description": "", "currency": "GBP", "content": CONTENT,
}  # fmt: skip
DRY_RUN: Final = {
    "id": ID, "state": "done", "rows_done": 2357, "rows_total": 2357, "error": "", "job": ID, "against": 3,
    "is_stale": False, "created_at": AT,
    "result": {"customers": 2357, "value": 1234500, "ways": {"enters": {"customers": 12, "value": 99000}}},
}  # fmt: skip
KIND: Final = {
    "key": "value.kind", "label": "Kind of customer", "explanation": "What kind of customer somebody is.",
    "levels": ["company"], "makes_fact": "value.kind",
    "outcome_fields": [{"name": "kind", "label": "Kind", "type": "choice", "required": True, "help": "",
                "options": [{"value": "most_valuable", "label": "most valuable"}]}],
}  # fmt: skip
FACT: Final = {
    "key": "crm.orders", "label": "Orders", "type": "count", "unit": "orders", "explanation": "How many orders.",
    "personal_data": "behaviour", "cost": "indexed", "permission": "", "operators": ["at_least", "at_most"],
    "has_options": False,
}  # fmt: skip
FACTS: Final = {"rooms": [{"room": "crm", "label": "Customers", "facts": [FACT], "relations": []}]}


@dataclass(frozen=True)
class Shown:
    """A rule set with what stands beside it."""

    rule_set: RuleSet
    standing: Standing
    portfolios: list[UUID]
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@extend_schema_serializer(component_name="RuleProblem")
class RuleProblemSerializer(serializers.Serializer[Problem]):
    """What cannot be read, and so keeps a draft from being activated."""

    at = serializers.CharField(help_text="Where in `content`: rules.0.when.all.1.value.")
    code = serializers.CharField(help_text="Stays the same; for programs.")
    message = serializers.CharField()


@extend_schema_serializer(component_name="RuleFinding")
class FindingSerializer(serializers.Serializer[Finding]):
    """What can be read and makes little sense; `refuse` keeps a draft from being activated, too."""

    at = serializers.CharField()
    code = serializers.CharField(help_text="never, everybody, idle, unreachable, conflict.")
    severity = serializers.ChoiceField([str(severity) for severity in Severity])
    message = serializers.CharField()


@extend_schema_serializer(
    component_name="RuleVersion", examples=[OpenApiExample("a version", value=VERSION, response_only=True)]
)
class VersionSerializer(serializers.Serializer[RuleVersion]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    content = serializers.DictField()
    reads = serializers.ListField(child=serializers.CharField(), help_text="Keys of facts and relations.")
    comment = serializers.CharField()
    author = serializers.UUIDField(source="author_id", allow_null=True)
    author_name = serializers.CharField()
    created_at = serializers.DateTimeField()


@extend_schema_serializer(
    component_name="RuleActivation",
    examples=[OpenApiExample("in force", value=ACTIVATION, response_only=True, status_codes=["200", "201"])],
)
class ActivationSerializer(serializers.Serializer[Activation]):
    id = serializers.UUIDField()
    version = serializers.IntegerField(source="version.number")
    state = serializers.ChoiceField(Activation.State.choices)
    begins = serializers.DateTimeField()
    ends = serializers.DateTimeField(allow_null=True)
    is_rollback = serializers.BooleanField()
    comment = serializers.CharField()
    asked_by_name = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_by_name = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(help_text="Why it was refused or withdrawn.")


@extend_schema_serializer(component_name="RuleStanding")
class StandingSerializer(serializers.Serializer[Standing]):
    """What is, will be and may be in force."""

    seen = serializers.IntegerField(help_text="Send it with the next decision; another one meanwhile: 409.")
    in_force = ActivationSerializer(allow_null=True)
    planned = ActivationSerializer(many=True)
    waiting = ActivationSerializer(allow_null=True)


class LineSerializer(serializers.Serializer[Shown]):
    id = serializers.UUIDField(source="rule_set.id")
    kind = serializers.CharField(source="rule_set.kind")
    name = serializers.CharField(source="rule_set.name")
    description = serializers.CharField(source="rule_set.description")
    level = serializers.ChoiceField(Level.choices, source="rule_set.level")
    portfolios = serializers.ListField(
        child=serializers.UUIDField(), help_text="Whose rules they are, at the portfolios' level."
    )
    created_at = serializers.DateTimeField(source="rule_set.created_at")
    archived_at = serializers.DateTimeField(source="rule_set.archived_at", allow_null=True)
    standing = StandingSerializer()


@extend_schema_serializer(
    component_name="RuleSetLine", examples=[OpenApiExample("rules", value=LINE, response_only=True)]
)
class RuleSetLineSerializer(LineSerializer):
    """A rule set in a list."""


@extend_schema_serializer(component_name="RuleDraft")
class DraftSerializer(serializers.Serializer[Shown]):
    content = serializers.DictField(source="rule_set.draft.content")
    revision = serializers.IntegerField(source="rule_set.draft.revision")
    based_on = serializers.IntegerField(source="rule_set.draft.based_on", allow_null=True)
    edited_by_name = serializers.CharField(source="rule_set.draft.edited_by_name")
    edited_at = serializers.DateTimeField(source="rule_set.draft.edited_at")
    problems = RuleProblemSerializer(many=True)
    findings = FindingSerializer(many=True)


@extend_schema_serializer(
    component_name="RuleSet",
    examples=[OpenApiExample("rules", value=RULE_SET, response_only=True, status_codes=["200", "201"])],
)
class RuleSetSerializer(LineSerializer):
    """A rule set with its draft and what is wrong with that."""

    draft = DraftSerializer(source="*")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "new rules",
            value={"kind": "value.kind", "name": "Kinds of customers", "content": CONTENT},
            request_only=True,
        )
    ]
)
class NewRuleSetSerializer(StrictSerializer):
    kind = serializers.CharField(max_length=80, help_text="As `rules/kinds/` lists them.")
    name = serializers.CharField(max_length=120)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    level = serializers.ChoiceField(Level.choices, required=False)
    portfolios = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False)
    content = serializers.DictField(
        required=False, help_text="May be incomplete; `draft.problems` says what is missing."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("another draft", value={"content": CONTENT}, request_only=True)]
)
class RuleSetChangeSerializer(StrictSerializer):
    name = serializers.CharField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, required=False, allow_blank=True)
    portfolios = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False)
    content = serializers.DictField(required=False)


class DecisionSerializer(StrictSerializer):
    seen = serializers.IntegerField(
        min_value=0, max_value=2**31 - 1, help_text="`standing.seen`, as you read it."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample("from a day", value={"seen": 4, "starts_on": "2026-12-01", "comment": "why"}, request_only=True)
    ]
)  # fmt: skip
class ActivateSerializer(DecisionSerializer):
    starts_on = serializers.DateField(
        required=False, help_text="From its midnight in the company's time zone; empty: now."
    )
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True)
    revision = serializers.IntegerField(
        min_value=1, max_value=2**31 - 1, required=False, help_text="The draft's, as you read it."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("to version 2", value={"seen": 4, "to": 2, "comment": "why"}, request_only=True)]
)
class RollBackSerializer(DecisionSerializer):
    to = serializers.IntegerField(min_value=1, max_value=2**31 - 1, help_text="Number of a version.")
    comment = serializers.CharField(max_length=500, required=False, allow_blank=True)


@extend_schema_serializer(examples=[OpenApiExample("seen", value={"seen": 4}, request_only=True)])
class AgreeSerializer(DecisionSerializer):
    """The second person agrees to what waits."""


@extend_schema_serializer(examples=[OpenApiExample("why", value={"reason": "too many"}, request_only=True)])
class RefuseSerializer(StrictSerializer):
    reason = serializers.CharField(max_length=500)


@extend_schema_serializer(
    examples=[OpenApiExample("an activation", value={"seen": 4, "activation": ID}, request_only=True)]
)
class WithdrawSerializer(DecisionSerializer):
    activation = serializers.UUIDField(help_text="One that waits, or is planned and has not begun.")


@extend_schema_serializer(examples=[OpenApiExample("an export", value=EXPORT, response_only=True)])
class ExportSerializer(serializers.Serializer[Any]):
    format = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    level = serializers.ChoiceField(Level.choices)
    description = serializers.CharField()
    currency = serializers.CharField(help_text="Amounts in `content` are in it.")
    content = serializers.DictField()


@extend_schema_serializer(
    examples=[OpenApiExample("from elsewhere", value={"rules": EXPORT, "name": "Kinds"}, request_only=True)]
)
class ImportRulesSerializer(StrictSerializer):
    rules = serializers.DictField(help_text="An export.")
    name = serializers.CharField(max_length=120, required=False, help_text="In place of the exported name.")
    portfolios = serializers.ListField(child=serializers.UUIDField(), max_length=500, required=False)


@extend_schema_serializer(
    component_name="DryRun",
    examples=[OpenApiExample("done", value=DRY_RUN, response_only=True, status_codes=["200", "202"])],
)
class DryRunSerializer(serializers.Serializer[ShownRun]):
    """`result`: counts and sums per way, outcome, change, rule and portfolio; docs/decisions/rule-sets.md."""

    id = serializers.UUIDField(source="run.id")
    state = serializers.ChoiceField(Job.State.choices, source="run.job.state")
    rows_done = serializers.IntegerField(source="run.job.rows_done")
    rows_total = serializers.IntegerField(source="run.job.rows_total", allow_null=True)
    error = serializers.CharField(source="run.job.error")
    job = serializers.UUIDField(source="run.job_id", help_text="To be cancelled or resumed at jobs/.")
    against = serializers.IntegerField(source="run.against.number", default=None, allow_null=True)
    is_stale = serializers.BooleanField(help_text="The draft or what is in force has changed since.")
    created_at = serializers.DateTimeField(source="run.created_at")
    result = serializers.DictField(allow_null=True)


@extend_schema_serializer(component_name="OutcomeOption")
class OptionSerializer(serializers.Serializer[Any]):
    value = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]


class OutcomeFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.ChoiceField([str(kind) for kind in FieldType])
    required = serializers.BooleanField()  # type: ignore[assignment]
    help = serializers.CharField()
    options = serializers.SerializerMethodField()

    @extend_schema_field(OptionSerializer(many=True))
    def get_options(self, entry: Any) -> list[dict[str, str]]:
        return [{"value": value, "label": label} for value, label in entry.options()] if entry.options else []


@extend_schema_serializer(component_name="RuleKind")
class KindSerializer(serializers.Serializer[RuleKind]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    explanation = serializers.CharField()
    levels = serializers.ListField(child=serializers.ChoiceField(Level.choices))
    makes_fact = serializers.CharField()
    outcome_fields = OutcomeFieldSerializer(many=True, source="fields", help_text="What `then` holds.")


class RuleSetFilters(Filters):
    kind = serializers.CharField(max_length=80, required=False)
    level = serializers.ChoiceField(Level.choices, required=False)


@extend_schema_serializer(
    component_name="RuleKinds",
    examples=[OpenApiExample("kinds", value={"kinds": [KIND]}, response_only=True)],
)
class KindsSerializer(serializers.Serializer[Any]):
    kinds = KindSerializer(many=True)


@extend_schema_serializer(component_name="CatalogueFact")
class FactSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField()
    unit = serializers.CharField()
    explanation = serializers.CharField()
    personal_data = serializers.CharField(help_text="none, identity, behaviour or profile.")
    cost = serializers.CharField(help_text="indexed, scanned or related.")
    permission = serializers.CharField()
    operators = serializers.ListField(child=serializers.CharField())
    has_options = serializers.BooleanField()


@extend_schema_serializer(component_name="CatalogueRelation")
class RelationSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    explanation = serializers.CharField()
    permission = serializers.CharField()
    facts = FactSerializer(many=True)
    measures = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    operators = serializers.ListField(child=serializers.CharField())


@extend_schema_serializer(component_name="CatalogueRoom")
class ShelfSerializer(serializers.Serializer[Any]):
    room = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    facts = FactSerializer(many=True)
    relations = RelationSerializer(many=True)


@extend_schema_serializer(
    component_name="FactCatalogue",
    examples=[OpenApiExample("the catalogue", value=FACTS, response_only=True)],
)
class FactsSerializer(serializers.Serializer[Any]):
    rooms = ShelfSerializer(many=True)
