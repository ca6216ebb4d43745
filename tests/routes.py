"""All routes, walked from the resolver, and what may stand in their places."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLResolver, get_resolver


@dataclass(frozen=True)
class Route:
    path: str
    name: str
    callback: Any

    @property
    def places(self) -> list[str]:
        """Names of the parameters, the tenant's slug left out."""
        parts = [part.split(">")[0].split(":")[-1] for part in self.path.split("<")[1:]]
        return [part for part in parts if part != "slug"]

    def filled(self, slug: str, values: dict[str, Any]) -> str:
        path = "/" + self.path.replace("<slug:slug>", slug, 1)
        for name, value in values.items():
            for kind in ("uuid", "slug", "path", "str", "int"):
                path = path.replace(f"<{kind}:{name}>", str(value))
        assert "<" not in path, f"{self.path}: teach tests/routes.py what stands there"
        return path


def routes(prefix: str = "") -> list[Route]:
    """Every route whose path starts with `prefix`, e.g. "t/" or "api/"."""
    return [route for route in _walk(get_resolver(), "") if route.path.startswith(prefix)]


def _walk(resolver: URLResolver, prefix: str) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, path)
        else:
            yield Route(path, pattern.name or path, pattern.callback)


# Place -> the model whose id stands there. A new place must be named here: nothing stays unclassified.
MODEL_OF_PLACE = {
    "member_id": "tenancy.Member", "delegation_id": "tenancy.Delegation", "role_id": "tenancy.Role",
    "unit_id": "tenancy.Unit", "token_id": "tenancy.ApiToken", "step_id": "tenancy.OutboxStep",
    "job_id": "tenancy.Job", "file_id": "tenancy.StoredFile", "portfolio_id": "portfolios.Portfolio",
    "transfer_id": "portfolios.Transfer", "run_id": "portfolios.AssignmentRun",
    "decision_id": "portfolios.AssignmentDecision", "customer_id": "crm.Customer", "order_id": "crm.Order",
    "rule_set_id": "rules.RuleSet", "activation_id": "rules.Activation", "point_id": "crm.ContactPoint",
    "import_id": "crm.Import", "cost_id": "crm.CostEvent", "segment_id": "crm.Segment",
    "upload_id": "privacy.ConsentUpload", "event_id": "privacy.ConsentEvent", "answer_id": "privacy.GateAnswer",
    "purpose_id": "privacy.Purpose",
    "regime_id": "privacy.TenantRegime", "suppression_id": "privacy.Suppression",
    "case_id": "interactions.Case", "case_kind_id": "interactions.CaseKind",
    "calendar_id": "interactions.BusinessCalendar",
    "request_id": "privacy.PersonRequest", "task_id": "interactions.Task", "grant_id": "interactions.Grant",
    "interaction_id": "interactions.Interaction", "message_id": "interactions.Message",
    "template_id": "interactions.Template", "connector_id": "interactions.Connector",
    "mailbox_id": "interactions.Mailbox", "mail_id": "interactions.InboundMail",
    "need_id": "interactions.Need", "promise_id": "interactions.Promise", "need_kind_id": "interactions.NeedKind",
    "survey_id": "interactions.Survey", "story_id": "interactions.Story",
    "hand_over_id": "interactions.HandOver", "record_id": "interactions.Task",
}  # fmt: skip
# The API says `pk`; which model that is stands in the path before it.
MODEL_OF_RESOURCE = {
    "jobs": "tenancy.Job", "customers": "crm.Customer", "contact-points": "crm.ContactPoint", "orders": "crm.Order",
    "costs": "crm.CostEvent", "portfolios": "portfolios.Portfolio", "transfers": "portfolios.Transfer",
    "imports": "crm.Import", "assignment-runs": "portfolios.AssignmentRun",
    "consents": "privacy.ConsentEvent", "contact-checks": "privacy.GateAnswer",
    "privacy-requests": "privacy.PersonRequest",
    "tasks": "interactions.Task", "grants": "interactions.Grant", "interactions": "interactions.Interaction",
    "messages": "interactions.Message", "cases": "interactions.Case",
    "needs": "interactions.Need", "promises": "interactions.Promise",
    "rules": "rules.RuleSet", "segments": "crm.Segment",
}  # fmt: skip
OTHER_PLACES = {
    "retention_key": "looks",
    "number": 1,
    "figure": "value",
    "field": "country",
    "external_id": "kanarienvogel",
    "code": "EU-FR",
    "what": "note",
    "kind": "task",
}


def ids_for(route: Route, rows: dict[str, Any]) -> dict[str, Any]:
    """A value for each place of the route, from one row of every model."""
    values: dict[str, Any] = {}
    for place in route.places:
        if place == "pk":
            resource = route.path.split("<uuid:pk>")[0].rstrip("/").split("/")[-1]
            values[place] = rows[MODEL_OF_RESOURCE[resource]].pk
        elif place in OTHER_PLACES:
            values[place] = OTHER_PLACES[place]
        else:
            values[place] = rows[MODEL_OF_PLACE[place]].pk
    return values
