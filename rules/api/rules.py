"""`rules/`: rule sets, their drafts and versions, what is in force, dry runs, the catalogue.

Everybody with `rules.view` comes in; who may write or decide is asked by the services, since a manager may where the
rules are of their own portfolios only.
"""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rules.api.bodies import (
    ActivateSerializer,
    ActivationSerializer,
    AgreeSerializer,
    DryRunSerializer,
    ExportSerializer,
    FactsSerializer,
    ImportRulesSerializer,
    KindsSerializer,
    NewRuleSetSerializer,
    RefuseSerializer,
    RollBackSerializer,
    RuleSetChangeSerializer,
    RuleSetFilters,
    RuleSetLineSerializer,
    RuleSetSerializer,
    Shown,
    VersionSerializer,
    WithdrawSerializer,
)
from rules.kinds import rule_kinds
from rules.models import Activation, RuleSet
from rules.moment import setting_now
from rules.selectors.catalogue import described, described_relation, shelves
from rules.selectors.dry_runs import latest_dry_run, shown_run
from rules.selectors.findings import findings_of
from rules.selectors.rulesets import (
    activation_of,
    activations_of,
    exported,
    portfolios_of,
    read_draft,
    standing_of,
    standings,
    versions_of,
    visible_rule_set,
    visible_rule_sets,
)
from rules.services.activations import (
    activate_rules,
    agree_to_activation,
    archive_rule_set,
    refuse_activation,
    roll_back,
    withdraw_activation,
)
from rules.services.dry_runs import start_dry_run
from rules.services.exchange import import_rule_set
from rules.services.rule_sets import change_rule_set, create_rule_set, save_draft
from tenancy.api.etags import content_etag, require_match
from tenancy.api.filters import narrowed
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found

VIEW = "rules.view"


class RulesViewSet(ApiViewSet):
    """What every endpoint about one rule set needs."""

    permission = VIEW
    tag = "rules"

    def rule_set(self, pk: UUID) -> RuleSet:
        """The rule set of the address, or 404: out of reach is as if it did not exist."""
        return found(visible_rule_set(self.access, pk))

    def shown(self, rule_set: RuleSet) -> Shown:
        content = read_draft(self.access, rule_set)
        findings = findings_of(content, setting_now())
        return Shown(
            rule_set, standing_of(rule_set), portfolios_of(rule_set), list(content.problems), findings
        )

    def again(self, rule_set: RuleSet) -> Shown:
        """As it is after a change."""
        return self.shown(found(visible_rule_set(self.access, rule_set.id)))


def etag_of(shown: Shown) -> str:
    """Of what can be edited, and of what is in force."""
    rule_set = shown.rule_set
    texts = [rule_set.name, rule_set.description, shown.portfolios]
    return content_etag([rule_set.draft.revision, rule_set.standing, rule_set.archived_at, *texts])


class RuleSetViewSet(RulesViewSet):
    """Rules of the company, and of portfolios in scope."""

    permissions: ClassVar[dict[str, str]] = dict.fromkeys(
        ("list", "retrieve", "create", "partial_update", "import_rules", "export", "archive"), VIEW
    )
    has_etag = True
    serializer_class = RuleSetSerializer
    filters = RuleSetFilters
    orderings = Orderings({"name": "name", "created_at": "created_at", "id": "id"})

    @extend_schema(responses=RuleSetLineSerializer(many=True))
    def list(self, request: Request) -> Response:
        """A page of rule sets, without the archive."""
        rows = narrowed(
            RuleSetFilters, visible_rule_sets(self.access), request, self.get_serializer_context()
        )
        page = self.paginate_queryset(rows) or []
        found_ = standings(page)
        shown = [Shown(row, found_[row.id], portfolios_of(row)) for row in page]
        return self.get_paginated_response(self.show(RuleSetLineSerializer, shown, many=True))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One rule set: its draft with what is wrong with it, and what is in force."""
        return self.present(self.shown(self.rule_set(pk)))

    @extend_schema(request=NewRuleSetSerializer, responses={201: RuleSetSerializer})
    def create(self, request: Request) -> Response:
        """Begin a rule set with a draft, complete or not; for the company with `rules.edit`."""
        rule_set = create_rule_set(access=self.access, **self.read(NewRuleSetSerializer))
        return self.present(self.again(rule_set), status=201)

    @extend_schema(request=RuleSetChangeSerializer, responses=RuleSetSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Write the draft anew, rename, or say whose rules they are. What is in force stays."""
        rule_set = self.rule_set(pk)
        require_match(request, etag_of(self.shown(rule_set)))
        values = self.read(RuleSetChangeSerializer, partial=True)
        content = values.pop("content", None)
        if values:
            now = {"name": rule_set.name, "description": rule_set.description}
            change_rule_set(access=self.access, rule_set=rule_set, **{**now, **values})
        if content is not None:
            revision = rule_set.draft.revision
            save_draft(access=self.access, rule_set=rule_set, content=content, revision=revision)
        return self.present(self.again(rule_set))

    @extend_schema(
        operation_id="rules_import", request=ImportRulesSerializer, responses={201: RuleSetSerializer}
    )
    def import_rules(self, request: Request) -> Response:
        """A draft out of another company's export; `draft.problems` marks what does not fit here."""
        values = self.read(ImportRulesSerializer)
        rule_set, _ = import_rule_set(access=self.access, exported=values.pop("rules"), **values)
        return self.present(self.again(rule_set), status=201)

    @extend_schema(operation_id="rules_export", responses=ExportSerializer)
    def export(self, request: Request, pk: UUID) -> Response:
        """The draft as JSON, for another company."""
        rule_set = self.rule_set(pk)
        return self.answer(ExportSerializer, exported(self.access, rule_set, rule_set.draft.content))

    @extend_schema(operation_id="rules_archive", request=AgreeSerializer, responses=RuleSetSerializer)
    def archive(self, request: Request, pk: UUID) -> Response:
        """End what is in force and put the rules into the archive."""
        rule_set = self.rule_set(pk)
        archive_rule_set(access=self.access, rule_set=rule_set, **self.read(AgreeSerializer))
        return self.present(self.again(rule_set))

    def present(self, shown: Shown, *, status: int = 200) -> Response:
        return self.answer(RuleSetSerializer, shown, status=status, etag=etag_of(shown))


class RuleVersionViewSet(RulesViewSet):
    serializer_class = VersionSerializer
    orderings = Orderings({"number": "number"}, default="-number")

    @extend_schema(operation_id="rules_versions")
    def list(self, request: Request, rule_set_id: UUID) -> Response:
        """A page of versions, newest first; none of them ever changes."""
        return self.answer_page(VersionSerializer, versions_of(self.rule_set(rule_set_id)))


class RuleActivationViewSet(RulesViewSet):
    """Decisions on what is in force. Each names the standing it was made on: of two at once one is refused (409)."""

    permissions: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("list", "activate", "rollback", "withdraw"), VIEW),
        **dict.fromkeys(("agree", "refuse"), "rules.approve"),
    }
    serializer_class = ActivationSerializer
    orderings = Orderings({"asked_at": "asked_at"}, default="-asked_at")

    @extend_schema(operation_id="rules_activations")
    def list(self, request: Request, rule_set_id: UUID) -> Response:
        """A page of decisions on what is in force, newest first."""
        return self.answer_page(ActivationSerializer, activations_of(self.rule_set(rule_set_id)))

    @extend_schema(
        operation_id="rules_activate", request=ActivateSerializer, responses={201: ActivationSerializer}
    )
    def activate(self, request: Request, pk: UUID) -> Response:
        """Put the draft in force, now or from a day; where two people decide it waits for the second."""
        rule_set, values = self.rule_set(pk), self.read(ActivateSerializer)
        return self.decided(activate_rules(access=self.access, rule_set=rule_set, **values), 201)

    @extend_schema(
        operation_id="rules_rollback", request=RollBackSerializer, responses={201: ActivationSerializer}
    )
    def rollback(self, request: Request, pk: UUID) -> Response:
        """Put an older version in force again, now."""
        rule_set, values = self.rule_set(pk), self.read(RollBackSerializer)
        return self.decided(roll_back(access=self.access, rule_set=rule_set, **values), 201)

    @extend_schema(operation_id="rules_agree", request=AgreeSerializer, responses=ActivationSerializer)
    def agree(self, request: Request, pk: UUID) -> Response:
        """Be the second person who agrees to what waits: a member, and not who asked."""
        waiting, values = self.waiting(pk), self.read(AgreeSerializer)
        return self.decided(agree_to_activation(access=self.access, activation=waiting, **values))

    @extend_schema(operation_id="rules_refuse", request=RefuseSerializer, responses=ActivationSerializer)
    def refuse(self, request: Request, pk: UUID) -> Response:
        """Be the second person who does not agree to what waits."""
        waiting, values = self.waiting(pk), self.read(RefuseSerializer)
        return self.decided(refuse_activation(access=self.access, activation=waiting, **values))

    @extend_schema(operation_id="rules_withdraw", request=WithdrawSerializer, responses=ActivationSerializer)
    def withdraw(self, request: Request, pk: UUID) -> Response:
        """Take back what waits, or what is planned and has not begun."""
        rule_set, values = self.rule_set(pk), self.read(WithdrawSerializer)
        row = found(activation_of(rule_set, values["activation"]))
        return self.decided(withdraw_activation(access=self.access, activation=row, seen=values["seen"]))

    def waiting(self, pk: UUID) -> Activation:
        return found(standing_of(self.rule_set(pk)).waiting)

    def decided(self, row: Activation, status: int = 200) -> Response:
        return self.answer(ActivationSerializer, row, status=status)


class RuleDryRunViewSet(RulesViewSet):
    serializer_class = DryRunSerializer

    @extend_schema(operation_id="rules_dry_run")
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The newest dry run: how far it is, and what it found."""
        run = found(latest_dry_run(self.rule_set(pk)))
        return self.answer(DryRunSerializer, shown_run(self.access, run))

    @extend_schema(operation_id="rules_dry_run_start", request=None, responses={202: DryRunSerializer})
    def create(self, request: Request, pk: UUID) -> Response:
        """Try the draft on everybody, beside what is in force; a job. The same draft tried twice is one run."""
        run = start_dry_run(access=self.access, rule_set=self.rule_set(pk))
        return self.answer(DryRunSerializer, shown_run(self.access, run), status=202)


class RuleCatalogueViewSet(RulesViewSet):
    """What rules may ask, and what they may decide."""

    permissions: ClassVar[dict[str, str]] = {"facts": VIEW, "kinds": VIEW}

    @extend_schema(operation_id="rules_facts", responses=FactsSerializer)
    def facts(self, request: Request) -> Response:
        """The fact catalogue, room by room: what the caller may test and see."""
        rooms = [
            {"room": shelf.room, "label": shelf.label, "facts": [described(fact) for fact in shelf.facts],
             "relations": [described_relation(relation) for relation in shelf.relations]}
            for shelf in shelves(self.access)
        ]  # fmt: skip
        return self.answer(FactsSerializer, {"rooms": rooms})

    @extend_schema(operation_id="rules_kinds", responses=KindsSerializer)
    def kinds(self, request: Request) -> Response:
        """Kinds of rule: what each may decide, and at which levels."""
        return self.answer(KindsSerializer, {"kinds": list(rule_kinds)})
