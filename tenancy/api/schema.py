"""The OpenAPI description: what every operation shares is said once, here."""

from typing import Any, Literal

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from tenancy.api.permissions import declared_permission
from tenancy.api.problems import CONTENT_TYPE, TITLES
from tenancy.api.serializers import ProblemSerializer
from tenancy.permissions import PUBLIC

ALWAYS = (400, 401, 403, 404, 405, 406, 429)
KEY = OpenApiParameter(
    "Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="The same key and body get the same answer, without a second effect, for 24 hours.",
)  # fmt: skip
MATCH = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER,
    description="The ETag you read. Somebody changed it since: 412, and nothing is written.",
)  # fmt: skip


class ApiSchema(AutoSchema):
    """Adds the refusals, the headers and the permission that belong to each operation."""

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "tag", None) or super().get_tags()[0]]

    def get_override_parameters(self) -> list[Any]:
        if self.method == "POST":
            return [KEY]
        if self.method == "GET":
            filters = getattr(self.view, "filters", None)
            return [filters] if filters and getattr(self.view, "action", "") == "list" else []
        return [MATCH] if getattr(self.view, "has_etag", False) else []

    def get_description(self) -> str:  # type: ignore[override]
        text: str = super().get_description() or ""
        needed = declared_permission(self.view, getattr(self.view, "action", None))
        return f"{text}\n\nPermission: `{needed}`." if needed and needed != PUBLIC else text

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        problem = self.resolve_serializer(ProblemSerializer, "response").ref
        for status in self._refusals():
            title = next(title for number, title in TITLES.values() if number == status)
            body = {"description": title, "content": {CONTENT_TYPE: {"schema": problem}}}
            bodies.setdefault(str(status), body)
        return bodies

    def _refusals(self) -> list[int]:
        found = list(ALWAYS)
        if self.method in {"POST", "PUT", "PATCH"}:
            found += [409, 413, 415, 422]
        if self.method in {"PUT", "PATCH", "DELETE"}:
            found += [409, 412, 422]
        return sorted(set(found))


class MembershipScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "tenancy.api.authentication.MembershipAuthentication"
    name = ["token", "session"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        return [
            {"type": "http", "scheme": "bearer", "description": "An API token: one company, one role."},
            {"type": "apiKey", "in": "header", "name": "X-Tenant",
             "description": "The browser's session, in the company with this slug; writes need X-CSRFToken."},
        ]  # fmt: skip
