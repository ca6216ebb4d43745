"""`cases/`: matters with a clock, over the same services as the pages."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.selectors.scope import serviceable_customer, visible_customer
from interactions.api.case_bodies import (
    CaseBodySerializer,
    CaseFilters,
    CaseMemberSerializer,
    CaseSerializer,
    CaseWordsSerializer,
    ResolutionSerializer,
    SeveritySerializer,
)
from interactions.models import Case
from interactions.selectors.cases import case_interaction, case_kind, visible_case, visible_cases
from interactions.services import cases as services
from interactions.services.authors import Author, author_of
from tenancy.api.etags import version_etag
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.selectors.members import member_here

VIEW, WORK = "interactions.view", "interactions.work"


class CaseViewSet(ApiViewSet):
    """Cases of customers in the caller's scope."""

    permissions: ClassVar[dict[str, str]] = {
        "list": VIEW, "retrieve": VIEW, "create": "interactions.log", "note": WORK, "answered": WORK, "wait": WORK,
        "resume": WORK, "assign": WORK, "severity": WORK, "resolve": WORK, "reopen": VIEW,
    }  # fmt: skip
    tag = "cases"
    serializer_class = CaseSerializer
    filters = CaseFilters
    has_etag = True
    orderings = Orderings({"opened_at": "opened_at"}, default="-opened_at")

    def list(self, request: Request) -> Response:
        """A page of cases, the newest first."""
        return self.answer_page(CaseSerializer, visible_cases(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One case."""
        return self._answer(self._case(pk))

    @extend_schema(request=CaseBodySerializer, responses={201: CaseSerializer})
    def create(self, request: Request) -> Response:
        """Open a case, for a customer in scope or one who is served. 200 where the key opened it before."""
        given = self.read(CaseBodySerializer)
        key = given["customer"]
        customer = visible_customer(self.access, key) or serviceable_customer(self.access, key)
        made, is_new = services.open_case(
            customer=self._named(customer, "customer"),
            kind=self._named(case_kind(given["kind"]), "kind"),
            subject=given["subject"], text=given["text"], severity=given["severity"],
            is_proactive=given["is_proactive"], key=given["key"], by=self._by(), member=self._member(given),
            interaction=self._named(case_interaction(given["interaction"]), "interaction")
            if given["interaction"] else None,
        )  # fmt: skip
        return self._answer(made, status=201 if is_new else 200)

    @extend_schema(request=CaseWordsSerializer, responses=CaseSerializer)
    def note(self, request: Request, pk: UUID) -> Response:
        """Write something down, for those who work here."""
        return self._done(pk, services.note_case, CaseWordsSerializer)

    @extend_schema(request=CaseWordsSerializer, responses=CaseSerializer)
    def answered(self, request: Request, pk: UUID) -> Response:
        """The customer was answered; the first time stops the clock of the answer."""
        return self._done(pk, services.answer_case, CaseWordsSerializer)

    @extend_schema(request=CaseWordsSerializer, responses=CaseSerializer)
    def wait(self, request: Request, pk: UUID) -> Response:
        """We asked the customer something: the clock of the resolution stands until they answer."""
        return self._done(pk, services.wait_for_customer, CaseWordsSerializer)

    @extend_schema(request=CaseWordsSerializer, responses=CaseSerializer)
    def resume(self, request: Request, pk: UUID) -> Response:
        """The customer answered: the limit is later by the business hours that it took."""
        return self._done(pk, services.resume_case, CaseWordsSerializer)

    @extend_schema(request=ResolutionSerializer, responses=CaseSerializer)
    def resolve(self, request: Request, pk: UUID) -> Response:
        """It is done, and how."""
        return self._done(pk, services.resolve_case, ResolutionSerializer)

    @extend_schema(request=CaseWordsSerializer, responses=CaseSerializer)
    def reopen(self, request: Request, pk: UUID) -> Response:
        """It is not done after all: within 30 days, with a reason; both clocks begin anew."""
        said = self.read(CaseWordsSerializer)
        return self._answer(services.reopen_case(case=self._case(pk), reason=said["text"], by=self._by()))

    @extend_schema(request=CaseMemberSerializer, responses=CaseSerializer)
    def assign(self, request: Request, pk: UUID) -> Response:
        """Somebody works on it, or whoever manages the portfolio."""
        case, given = self._case(pk), self.read(CaseMemberSerializer)
        return self._answer(services.assign_case(case=case, member=self._member(given), by=self._by()))

    @extend_schema(request=SeveritySerializer, responses=CaseSerializer)
    def severity(self, request: Request, pk: UUID) -> Response:
        """Judge it anew; where the priority is another one, so are the limits."""
        case, given = self._case(pk), self.read(SeveritySerializer)
        return self._answer(
            services.change_severity(
                case=case, severity=given["severity"], reason=given["text"], by=self._by()
            )
        )

    def _done(self, pk: UUID, service: Any, kind: Any) -> Response:
        case = self._case(pk)
        return self._answer(service(case=case, by=self._by(), **self.read(kind)))

    def _case(self, pk: UUID) -> Case:
        return found(visible_case(self.access, pk))

    def _by(self) -> Author:
        return author_of(self.access)

    def _member(self, given: dict[str, Any]) -> Any:
        return self._named(member_here(given["member"]), "member") if given["member"] else None

    def _named(self, thing: Any, field: str) -> Any:
        if thing is None:
            raise services.CaseRefused(f"There is no such {field}.", field=field)
        return thing

    def _answer(self, case: Case, *, status: int = 200) -> Response:
        return self.answer(CaseSerializer, case, status=status, etag=version_etag(case.version))
