"""rules' part of /api/v1/."""

from django.urls import path

from rules.api.rules import (
    RuleActivationViewSet,
    RuleCatalogueViewSet,
    RuleDryRunViewSet,
    RuleSetViewSet,
    RuleVersionViewSet,
)
from rules.content import ContentRefused
from rules.language.problems import Problem as RuleProblem
from rules.services.activations import ActivationRefused, StandingChanged
from rules.services.dry_runs import DryRunRefused
from rules.services.rule_sets import EditedMeanwhile, RulesRefused
from tenancy.api.problems import Errors, Problem, declare_problem


def _by_place(problems: list[RuleProblem]) -> Errors | None:
    """Errors by place in the draft: {"content.rules.0.when.all.1.value": ["..."]}."""
    found: Errors = {}
    for problem in problems:
        found.setdefault(f"content.{problem.at}" if problem.at else "content", []).append(problem.message)
    return found or None


declare_problem(RulesRefused, lambda error: Problem("refused", str(error)))
declare_problem(ContentRefused, lambda error: Problem("invalid", str(error), {"content": [str(error)]}))
declare_problem(EditedMeanwhile, lambda error: Problem("edited_meanwhile", str(error)))
declare_problem(StandingChanged, lambda error: Problem("edited_meanwhile", str(error)))
declare_problem(ActivationRefused, lambda error: Problem("refused", str(error), _by_place(error.problems)))
declare_problem(DryRunRefused, lambda error: Problem("refused", str(error), _by_place(error.problems)))

rules = "rules/<uuid:pk>"
decide = RuleActivationViewSet.as_view

urlpatterns = [
    path("rules/", RuleSetViewSet.as_view({"get": "list", "post": "create"})),
    path("rules/import/", RuleSetViewSet.as_view({"post": "import_rules"})),
    path("rules/facts/", RuleCatalogueViewSet.as_view({"get": "facts"})),
    path("rules/kinds/", RuleCatalogueViewSet.as_view({"get": "kinds"})),
    path(f"{rules}/", RuleSetViewSet.as_view({"get": "retrieve", "patch": "partial_update"})),
    path(f"{rules}/export/", RuleSetViewSet.as_view({"get": "export"})),
    path(f"{rules}/archive/", RuleSetViewSet.as_view({"post": "archive"})),
    path("rules/<uuid:rule_set_id>/versions/", RuleVersionViewSet.as_view({"get": "list"})),
    path("rules/<uuid:rule_set_id>/activations/", decide({"get": "list"})),
    path(f"{rules}/activate/", decide({"post": "activate"})),
    path(f"{rules}/rollback/", decide({"post": "rollback"})),
    path(f"{rules}/agree/", decide({"post": "agree"})),
    path(f"{rules}/refuse/", decide({"post": "refuse"})),
    path(f"{rules}/withdraw/", decide({"post": "withdraw"})),
    path(f"{rules}/dry-run/", RuleDryRunViewSet.as_view({"get": "retrieve", "post": "create"})),
]
