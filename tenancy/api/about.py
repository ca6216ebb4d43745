"""`whoami/` and `jobs/`: who this token is, and how far long work has come. Unknown addresses, too."""

from typing import Any, ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from tenancy.access import Access
from tenancy.api.filters import Filters
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.jobs import cancel_job, resume_job
from tenancy.models import Job, Role
from tenancy.permissions import ANY_MEMBER, PUBLIC
from tenancy.selectors.jobs import visible_job, visible_jobs

ME = {
    "kind": "token", "id": "0192f0c1-2b3c-7d4e-8f50-617283940a1b", "name": "web shop", "tenant": "alpha",
    "tenant_name": "Alpha", "role": "API client", "scope": "all", "permissions": ["crm.view_customer"],
    "currency": "GBP", "time_zone": "Europe/London",
}  # fmt: skip
JOB = {
    "id": "0192f0c1-2b3c-7d4e-8f50-617283940a1b", "kind": "crm.import", "title": "Import of orders.csv",
    "state": "running", "rows_total": 12000, "rows_done": 4000, "error": "", "result": {},
    "created_at": "2026-11-20T10:00:00Z", "started_at": "2026-11-20T10:00:01Z", "finished_at": None,
    "cancel_asked_at": None,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("a token", value=ME, response_only=True)])
class WhoamiSerializer(serializers.Serializer[Access]):
    kind = serializers.SerializerMethodField()
    id = serializers.SerializerMethodField()
    name = serializers.SerializerMethodField()
    tenant = serializers.CharField(source="tenant.slug")
    tenant_name = serializers.CharField(source="tenant.name")
    role = serializers.CharField(source="role.name")
    scope = serializers.ChoiceField(Role.Scope.choices, help_text="Whose customers are seen.")
    permissions = serializers.SerializerMethodField()
    currency = serializers.CharField(source="profile.currency")
    time_zone = serializers.CharField(source="profile.time_zone")

    def get_kind(self, access: Access) -> str:
        return "token" if access.token else "member"

    def get_id(self, access: Access) -> str:
        return access.actor.partition(":")[2]

    def get_name(self, access: Access) -> str:
        who = access.token or access.member
        return who.name if who else ""

    def get_permissions(self, access: Access) -> list[str]:
        return sorted(access.permissions)


class WhoamiViewSet(ApiViewSet):
    permission = ANY_MEMBER
    tag = "whoami"
    serializer_class = WhoamiSerializer

    @extend_schema(operation_id="whoami")
    def retrieve(self, request: Request) -> Response:
        """Who this token or session is: company, role, permissions, scope."""
        return self.answer(WhoamiSerializer, self.access)


@extend_schema_serializer(
    examples=[OpenApiExample("an import", value=JOB, response_only=True, status_codes=["200", "202"])]
)
class JobSerializer(serializers.Serializer[Job]):
    id = serializers.UUIDField()
    kind = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(Job.State.choices)
    rows_total = serializers.IntegerField(allow_null=True)
    rows_done = serializers.IntegerField()
    error = serializers.CharField()
    result = serializers.DictField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    cancel_asked_at = serializers.DateTimeField(allow_null=True)


class JobFilters(Filters):
    state = serializers.ChoiceField(Job.State.choices, required=False)
    kind = serializers.CharField(max_length=60, required=False)


class JobViewSet(ApiViewSet):
    """One's own long work, or everybody's for a role that may follow it."""

    permissions: ClassVar[dict[str, str]] = {
        "list": ANY_MEMBER,
        "retrieve": ANY_MEMBER,
        "cancel": ANY_MEMBER,
        "resume": ANY_MEMBER,
    }
    tag = "jobs"
    serializer_class = JobSerializer
    filters = JobFilters
    orderings = Orderings({"created_at": "created_at"}, default="-created_at")

    def list(self, request: Request) -> Response:
        """A page of jobs, newest first."""
        return self.answer_page(JobSerializer, visible_jobs(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One job: its state, and rows done of rows in all."""
        return self.answer(JobSerializer, found(visible_job(self.access, pk)))

    @extend_schema(request=None, responses={202: JobSerializer})
    def cancel(self, request: Request, pk: UUID) -> Response:
        """Ask it to stop; it does after the part that is running. What is done stays done."""
        cancel_job(job=found(visible_job(self.access, pk)))
        return self.answer(JobSerializer, visible_job(self.access, pk), status=202)

    @extend_schema(request=None, responses={202: JobSerializer})
    def resume(self, request: Request, pk: UUID) -> Response:
        """Let a cancelled or failed job go on where it stopped."""
        resume_job(job=found(visible_job(self.access, pk)))
        return self.answer(JobSerializer, visible_job(self.access, pk), status=202)


class UnknownView(APIView):
    """Any other address below /api/."""

    permission = PUBLIC
    schema = None
    authentication_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        raise Http404
