"""`assignment-runs/`: the assignment rules asked about everybody, what they propose, and deciding on it."""

from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.fields import MoneyField
from portfolios.models import AssignmentDecision, AssignmentProposal, AssignmentRun
from portfolios.selectors.runs import counts_of_run, draft_to_try, proposals_of, visible_run, visible_runs
from portfolios.services.proposals import Decided, accept_proposals, decline_proposals
from portfolios.services.runs import cancel_run, start_run
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found

ID: Final = "0192f0c1-2b3c-7d4e-8f50-617283940a1b"
AT: Final = "2026-11-20T10:00:00Z"
RUN: Final = {
    "id": ID, "mode": "propose", "state": "ready", "reason": "Assignment by rule", "draft_of": None, "job": ID,
    "at": AT, "author_name": "Ada", "finished_at": AT, "asked": 2357, "pinned": 12, "full": 0,
    "proposals": {"open": 412, "accepted": 0, "moved": 0, "declined": 0, "stale": 0},
}  # fmt: skip
DECISION: Final = {
    "id": ID, "how": "rule", "rule_set": ID, "version": ID, "rule": "r1", "rule_name": "Big spenders", "at": AT,
}  # fmt: skip
PROPOSAL: Final[dict[str, Any]] = {
    "id": ID, "customer": ID, "follows": None, "from": ID, "to": ID, "state": "open", "why": "",
    "value": "612.00", "decided_by_name": "", "decided_at": None, "transfer": None, "decision": DECISION,
}  # fmt: skip
DECIDED: Final = {"accepted": 412, "declined": 0, "out_of_date": 0, "job": None}


class ProposalCountsSerializer(serializers.Serializer[Any]):
    open = serializers.IntegerField(help_text="Wait for a decision.")
    accepted = serializers.IntegerField(help_text="Accepted, about to move.")
    moved = serializers.IntegerField()
    declined = serializers.IntegerField()
    stale = serializers.IntegerField(
        help_text="Out of date: moved meanwhile, portfolio closed, run cancelled."
    )


@extend_schema_serializer(
    component_name="AssignmentRun",
    examples=[OpenApiExample("a run", value=RUN, response_only=True, status_codes=["200", "201", "202"])],
)
class RunSerializer(serializers.Serializer[AssignmentRun]):
    id = serializers.UUIDField()
    mode = serializers.ChoiceField(AssignmentRun.Mode.choices)
    state = serializers.ChoiceField(AssignmentRun.State.choices)
    reason = serializers.CharField()
    draft_of = serializers.UUIDField(
        source="draft_of_id", allow_null=True, help_text="The rule set whose draft it tries."
    )
    job = serializers.UUIDField(source="job_id", allow_null=True)
    at = serializers.DateTimeField()
    author_name = serializers.CharField()
    finished_at = serializers.DateTimeField(allow_null=True)
    asked = serializers.IntegerField(
        source="result.seen",
        default=None,
        allow_null=True,
        help_text="Customers; null until it is worked out.",
    )
    pinned = serializers.IntegerField(
        source="result.pinned",
        default=None,
        allow_null=True,
        help_text="Left alone, because somebody transferred them by hand.",
    )
    full = serializers.IntegerField(
        source="result.full", default=None, allow_null=True, help_text="Found every portfolio full."
    )
    proposals = serializers.SerializerMethodField()

    @extend_schema_field(ProposalCountsSerializer)
    def get_proposals(self, run: AssignmentRun) -> dict[str, int]:
        counts = counts_of_run(run)
        return {name: counts[name] for name in ("open", "accepted", "moved", "declined", "stale")}


@extend_schema_serializer(
    component_name="NewAssignmentRun",
    examples=[
        OpenApiExample("proposals", value={"mode": "propose", "reason": "New regions"}, request_only=True)
    ],
)
class NewRunSerializer(StrictSerializer):
    mode = serializers.ChoiceField(AssignmentRun.Mode.choices)
    draft_of = serializers.UUIDField(required=False, allow_null=True, help_text="A rule set: try its draft.")
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


@extend_schema_serializer(component_name="AssignmentDecision")
class DecisionSerializer(serializers.Serializer[AssignmentDecision]):
    id = serializers.UUIDField()
    how = serializers.ChoiceField(AssignmentDecision.How.choices)
    rule_set = serializers.UUIDField(source="rule_set_id", allow_null=True)
    version = serializers.UUIDField(source="version_id", allow_null=True)
    rule = serializers.CharField()
    rule_name = serializers.CharField()
    at = serializers.DateTimeField()


@extend_schema_serializer(
    component_name="AssignmentProposal",
    examples=[OpenApiExample("a proposal", value=PROPOSAL, response_only=True)],
)
class ProposalSerializer(serializers.Serializer[AssignmentProposal]):
    id = serializers.UUIDField()
    customer = serializers.UUIDField(source="customer_id")
    follows = serializers.UUIDField(
        allow_null=True, help_text="The organisation whose portfolio they follow."
    )
    to = serializers.UUIDField(source="to_id")
    state = serializers.ChoiceField(AssignmentProposal.State.choices)
    why = serializers.CharField(help_text="Why it is out of date.")
    value = MoneyField()
    decided_by_name = serializers.CharField()
    decided_at = serializers.DateTimeField(allow_null=True)
    transfer = serializers.UUIDField(source="transfer_id", allow_null=True)
    decision = DecisionSerializer(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a keyword in Python.
        return {**super().get_fields(), "from": serializers.UUIDField(source="home_id")}


class ProposalFilters(Filters):
    state = serializers.ChoiceField(AssignmentProposal.State.choices, required=False)
    to = serializers.UUIDField(required=False)
    customer = serializers.UUIDField(required=False)

    lookups: ClassVar[dict[str, str]] = {"to": "to_id", "customer": "customer_id"}


@extend_schema_serializer(
    component_name="AssignmentAnswer",
    examples=[OpenApiExample("two of them", value={"proposals": [ID]}, request_only=True)],
)
class AnswerSerializer(StrictSerializer):
    """Which open proposals: some by id, those into a portfolio, or all."""

    proposals = serializers.ListField(
        child=serializers.UUIDField(), min_length=1, max_length=10_000, required=False
    )
    to = serializers.UUIDField(required=False)
    all = serializers.BooleanField(required=False)

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(given.get(name)) for name in ("proposals", "to", "all")) != 1:
            raise serializers.ValidationError({"proposals": ["Say one of proposals, to, or all."]})
        return given


@extend_schema_serializer(
    component_name="AssignmentDecided",
    examples=[OpenApiExample("accepted", value=DECIDED, response_only=True, status_codes=["200"])],
)
class DecidedSerializer(serializers.Serializer[Decided]):
    accepted = serializers.IntegerField()
    declined = serializers.IntegerField()
    out_of_date = serializers.IntegerField(help_text="Left where they are; the proposals say why.")
    job = serializers.UUIDField(
        source="job.id", default=None, allow_null=True, help_text="Moves the accepted, if many."
    )


class AssignmentRunViewSet(ApiViewSet):
    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("list", "retrieve", "create", "cancel", "accept", "decline"), "portfolios.assign_customers"
    )
    tag = "assignment-runs"
    serializer_class = RunSerializer
    orderings = Orderings({"at": "at"}, default="-at")

    def list(self, request: Request) -> Response:
        """A page of runs, newest first."""
        return self.answer_page(RunSerializer, visible_runs(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One run, with how many proposals it has in each state."""
        return self.answer(RunSerializer, self._run(pk))

    @extend_schema(request=NewRunSerializer, responses={202: RunSerializer})
    def create(self, request: Request) -> Response:
        """Ask the rules about everybody. `automatic` moves customers at once, `propose` nobody."""
        given = self.read(NewRunSerializer)
        draft = None
        if given.get("draft_of"):
            draft = draft_to_try(given["draft_of"])
            if draft is None:
                raise serializers.ValidationError({"draft_of": ["There are no such rules here."]})
        run = start_run(
            access=self.access, mode=given["mode"], draft_of=draft, reason=given.get("reason", "")
        )
        return self.answer(RunSerializer, run, status=202)

    @extend_schema(request=None, responses={202: RunSerializer})
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Stop it, and withdraw what waits. Who has moved stays moved."""
        run = self._run(pk)
        cancel_run(run=run)
        return self.answer(RunSerializer, self._run(pk), status=202)

    @extend_schema(request=AnswerSerializer, responses=DecidedSerializer)
    def accept(self, request: Request, pk: UUID) -> Response:
        """Accept open proposals; people who follow one of the customers go along. Out of date: not applied."""
        done = accept_proposals(access=self.access, run=self._run(pk), which=self._which())
        return self.answer(DecidedSerializer, done)

    @extend_schema(request=AnswerSerializer, responses=DecidedSerializer)
    def decline(self, request: Request, pk: UUID) -> Response:
        """Leave these customers where they are."""
        done = decline_proposals(access=self.access, run=self._run(pk), which=self._which())
        return self.answer(DecidedSerializer, done)

    def _run(self, pk: UUID) -> AssignmentRun:
        return found(visible_run(self.access, pk))

    def _which(self) -> Q:
        given = self.read(AnswerSerializer)
        if given.get("proposals"):
            return Q(id__in=given["proposals"])
        return Q(to_id=given["to"]) if given.get("to") else Q()


class AssignmentProposalViewSet(ApiViewSet):
    permission = "portfolios.assign_customers"
    tag = "assignment-runs"
    serializer_class = ProposalSerializer
    filters = ProposalFilters
    orderings = Orderings({"id": "id"})

    @extend_schema(operation_id="assignment_runs_proposals")
    def list(self, request: Request, run_id: UUID) -> Response:
        """A page of a run's proposals."""
        run = found(visible_run(self.access, run_id))
        return self.answer_page(ProposalSerializer, proposals_of(self.access, run))
