"""`consents/`: what people said about the use of their data. Append only."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from privacy.api.consent_bodies import (
    ConsentFilters,
    ConsentSerializer,
    ConsentsSerializer,
    ConsentWithTextSerializer,
    NewConsentSerializer,
    ReceiptSerializer,
    where,
)
from privacy.selectors.consents import (
    customers_here,
    known_customers,
    notices_by_id,
    visible_event,
    visible_events,
)
from privacy.selectors.receipts import consent_receipt
from privacy.services.consent_entries import LOOSENING
from privacy.services.consents import ConsentEntry, Recorded, record_each
from tenancy.access import Access
from tenancy.api.bulk import BulkAnswer, BulkSerializer, answer_items
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.services.audit import note_access


def entries_of(
    access: Access, bodies: Sequence[dict[str, Any] | Exception]
) -> list[ConsentEntry | Exception]:
    """Checked bodies -> entries; customers and notices are looked up together, within the scope.

    A refusal is never refused for want of scope: whoever serves somebody must be able to take it down.
    """
    good = [body for body in bodies if isinstance(body, dict)]
    within = known_customers(access, *_named(good))
    beyond = [body for body in good if _is_refusal(body) and _name(body) not in within]
    anybody = {**customers_here(*_named(beyond)), **within} if beyond else within
    notices = notices_by_id({body["notice"] for body in good if body.get("notice")})
    return [
        _entry(body, anybody if _is_refusal(body) else within, notices) if isinstance(body, dict) else body
        for body in bodies
    ]


def _is_refusal(body: dict[str, Any]) -> bool:
    return body["action"] not in LOOSENING


def _name(body: dict[str, Any]) -> UUID | str:
    return body.get("customer") or body["customer_external_id"]  # type: ignore[no-any-return]


def _named(bodies: Sequence[dict[str, Any]]) -> tuple[set[UUID], set[str]]:
    """Ids and numbers by which they name their customers."""
    return (
        {body["customer"] for body in bodies if body.get("customer")},
        {body["customer_external_id"] for body in bodies if body.get("customer_external_id")},
    )


def _entry(
    body: dict[str, Any], customers: Mapping[UUID | str, UUID], notices: Mapping[UUID, Any]
) -> ConsentEntry | Exception:
    values = dict(body)
    field = "customer" if values.get("customer") else "customer_external_id"
    customer_id = customers.get(values.pop(field))
    if customer_id is None:
        return serializers.ValidationError({field: ["There is no such customer."]})
    notice_id = values.pop("notice", None)
    if notice_id and notice_id not in notices:
        return serializers.ValidationError({"notice": ["There is no such notice."]})
    for name in ("customer", "customer_external_id"):
        values.pop(name, None)
    return ConsentEntry(
        customer_id=customer_id, purposes=values.pop("purpose"), notice=notices.get(notice_id), **where(values),
        **values,
    )  # fmt: skip


def record_bodies(access: Access, bodies: Sequence[dict[str, Any] | Exception]) -> list[Recorded | Exception]:
    """Record what can be, together; the answer of each is at its place."""
    answers: list[Any] = list(entries_of(access, bodies))
    places = [place for place, entry in enumerate(answers) if isinstance(entry, ConsentEntry)]
    for place, answer in zip(places, record_each([answers[place] for place in places]), strict=True):
        answers[place] = answer
    return answers


class ConsentViewSet(ApiViewSet):
    """What people said about the use of their data, with its proof. Nothing here is ever changed or deleted."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "privacy.view_consent",
        "retrieve": "privacy.view_consent",
        "receipt": "privacy.view_consent",
        "create": "privacy.record_consent",
    }
    tag = "consents"
    serializer_class = ConsentSerializer
    filters = ConsentFilters
    orderings = Orderings({"recorded_at": "recorded_at"}, default="-recorded_at")

    def list(self, request: Request) -> Response:
        """A page of events, the newest first, without their personal texts."""
        return self.answer_page(ConsentSerializer, visible_events(self.access))

    @extend_schema(responses=ConsentWithTextSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One event with its personal text. Opening it is logged."""
        event = found(visible_event(self.access, pk))
        note_access(request, view="consent", subject_id=event.customer_id)
        return self.answer(ConsentWithTextSerializer, event)

    @extend_schema(responses=ReceiptSerializer)
    def receipt(self, request: Request, pk: UUID) -> Response:
        """A receipt in the shape of ISO/IEC TS 27560. Opening it is logged."""
        event = found(visible_event(self.access, pk))
        note_access(request, view="consent receipt", subject_id=event.customer_id)
        return Response(consent_receipt(event, at=timezone.now()))

    @extend_schema(
        request=NewConsentSerializer,
        responses={200: ConsentWithTextSerializer, 201: ConsentWithTextSerializer},
    )
    def create(self, request: Request) -> Response:
        """Record what a person said. The same key with the same content is the event that is there (200)."""
        (answer,) = record_bodies(self.access, [self.read(NewConsentSerializer)])
        if isinstance(answer, Exception):
            raise answer
        return self.answer(ConsentWithTextSerializer, answer.event, status=201 if answer.is_new else 200)


class BulkConsentsViewSet(ApiViewSet):
    permissions: ClassVar[dict[str, str]] = {"create": "privacy.record_consent"}
    tag = "consents"

    @extend_schema(operation_id="consents_bulk", request=ConsentsSerializer, responses={200: BulkAnswer})
    def create(self, request: Request) -> Response:
        """Record up to 1,000; each is answered by itself, in the order sent."""
        checker = NewConsentSerializer(context=self.get_serializer_context())
        bodies = [_checked(checker, item) for item in self.read(BulkSerializer)["items"]]
        return Response(answer_items([_outcome(answer) for answer in record_bodies(self.access, bodies)]))


def _checked(checker: NewConsentSerializer, item: dict[str, Any]) -> dict[str, Any] | Exception:
    try:
        values: dict[str, Any] = checker.run_validation(item)
    except serializers.ValidationError as error:
        return error
    return values


def _outcome(answer: Recorded | Exception) -> tuple[UUID, str] | Exception:
    if isinstance(answer, Recorded):
        return answer.event.id, "created" if answer.is_new else "unchanged"
    return answer
