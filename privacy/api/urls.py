"""privacy's part of /api/v1/."""

from django.urls import path

from privacy.api.consents import BulkConsentsViewSet, ConsentViewSet
from privacy.api.contact_checks import ContactCheckBatchViewSet, ContactCheckViewSet
from privacy.api.persons import PersonViewSet
from privacy.api.requests import RequestViewSet
from privacy.gate import AskRefused
from privacy.services.consents import ConsentRefused
from privacy.services.persons import PersonRefused
from privacy.services.requests import RequestRefused
from tenancy.api.problems import Problem, declare_problem


def _refused(error: ConsentRefused) -> Problem:
    code = "conflict" if error.code == "key_reused" else "invalid"
    return Problem(code, str(error), {FIELDS.get(error.field, error.field): [str(error)]})


FIELDS = {"purposes": "purpose"}
declare_problem(ConsentRefused, _refused)

declare_problem(
    RequestRefused,
    lambda error: Problem("invalid", str(error), {error.field: [str(error)]} if error.field else {}),
)
declare_problem(AskRefused, lambda error: Problem("invalid", str(error)))


def _not_so(error: PersonRefused) -> Problem:
    """Of a person: what is said cannot be; reports and grounds travel in `reason`."""
    field = "reason" if error.field == "reported_by" else error.field
    return Problem("invalid", str(error), {field: [str(error)]} if field else {})


declare_problem(PersonRefused, _not_so)

urlpatterns = [
    path("contact-checks/", ContactCheckViewSet.as_view({"get": "list", "post": "create"})),
    path("contact-checks/batch/", ContactCheckBatchViewSet.as_view({"post": "create"})),
    path("contact-checks/<uuid:pk>/", ContactCheckViewSet.as_view({"get": "retrieve"})),
    path(
        "customers/<uuid:customer_id>/person/",
        PersonViewSet.as_view({"get": "retrieve", "patch": "partial_update"}),
    ),
    path("privacy-requests/", RequestViewSet.as_view({"get": "list", "post": "create"})),
    path("privacy-requests/<uuid:pk>/", RequestViewSet.as_view({"get": "retrieve"})),
    path("consents/", ConsentViewSet.as_view({"get": "list", "post": "create"})),
    path("consents/bulk/", BulkConsentsViewSet.as_view({"post": "create"})),
    path("consents/<uuid:pk>/", ConsentViewSet.as_view({"get": "retrieve"})),
    path("consents/<uuid:pk>/receipt/", ConsentViewSet.as_view({"get": "receipt"})),
]
