"""`interactions/`: contacts with customers. They are corrected, never removed."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Customer
from interactions.api.interaction_bodies import (
    CorrectedInteractionSerializer,
    CorrectionOfInteractionSerializer,
    InteractionFilters,
    InteractionSerializer,
    InteractionsSerializer,
    ListedInteractionSerializer,
    NewInteractionSerializer,
)
from interactions.models import Interaction
from interactions.selectors.interactions import (
    listed,
    loggable_ids,
    may_correct,
    visible_interaction,
    visible_interactions,
    with_corrections,
)
from interactions.services.authors import author_of
from interactions.services.contact import told_by
from interactions.services.interactions import (
    Conflict,
    Contact,
    Entry,
    correct_interaction,
    record_interaction,
    record_interactions,
)
from interactions.services.refusals import Refused
from tenancy.api.bulk import BulkAnswer, BulkSerializer, answer_items
from tenancy.api.etags import has_condition, require_match, version_etag
from tenancy.api.pagination import Orderings
from tenancy.api.problems import Refusal
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.services.audit import note_access

NO_CUSTOMER = "There is no such customer."


class InteractionViewSet(ApiViewSet):
    """Contacts of customers in scope."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.view",
        "retrieve": "interactions.view",
        "create": "interactions.log",
        "partial_update": "interactions.log",
    }
    tag = "interactions"
    has_etag = True
    serializer_class = InteractionSerializer
    filters = InteractionFilters
    orderings = Orderings({"occurred_at": "occurred_at"}, default="-occurred_at")

    @extend_schema(responses=ListedInteractionSerializer)
    def list(self, request: Request) -> Response:
        """A page of contacts, the newest first, with the beginning of their texts."""
        return self.answer_page(ListedInteractionSerializer, listed(visible_interactions(self.access)))

    @extend_schema(responses=CorrectedInteractionSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One contact with its text and corrections. Opening it is logged."""
        interaction = found(visible_interaction(self.access, pk))
        note_access(request._request, view="contact (API)", subject_id=interaction.customer_id)
        return self._answer_corrected(interaction)

    @extend_schema(
        request=NewInteractionSerializer, responses={200: InteractionSerializer, 201: InteractionSerializer}
    )
    def create(self, request: Request) -> Response:
        """Log a contact. The same key with the same content is the contact that is there (200)."""
        values = self.read(NewInteractionSerializer)
        customer_id = values.pop("customer")
        if not loggable_ids(self.access, {customer_id}):
            raise serializers.ValidationError({"customer": [NO_CUSTOMER]})
        # Not read: the service holds the row and says whether there is one.
        customer = Customer(id=customer_id)
        key = values.pop("key", "")
        interaction, created = record_interaction(
            customer=customer, contact=Contact(**values), by=author_of(self.access), key=key
        )
        etag = version_etag(interaction.version)
        return self.answer(InteractionSerializer, interaction, status=201 if created else 200, etag=etag)

    @extend_schema(request=CorrectionOfInteractionSerializer, responses=CorrectedInteractionSerializer)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Correct a contact; with If-Match only the very state that was read."""
        interaction = found(visible_interaction(self.access, pk))
        if not may_correct(self.access, interaction):
            raise PermissionDenied("Your role corrects only contacts that you logged yourself.")
        values = self.read(CorrectionOfInteractionSerializer)
        require_match(request, version_etag(interaction.version))
        return self._answer_corrected(self._corrected(interaction, values))

    def _corrected(self, interaction: Interaction, values: dict[str, Any]) -> Interaction:
        """The contact after the correction. Raises Refusal where somebody was faster."""
        seen, reason = interaction.version, values.pop("reason")
        contact = Contact(**told_by(interaction) | values)
        try:
            corrected = correct_interaction(
                interaction=interaction,
                contact=contact,
                reason=reason,
                version=seen,
                by=author_of(self.access),
            )
        except Conflict as conflict:
            code = "precondition_failed" if has_condition(self.request) else "edited_meanwhile"
            raise Refusal(code, str(conflict)) from None
        # Somebody may have been faster by a moment: harmless to other fields, but not what If-Match asked.
        if has_condition(self.request) and corrected.version > seen + 1:
            raise Refusal("precondition_failed", "Read it again and send your correction once more.")
        return corrected

    def _answer_corrected(self, interaction: Interaction) -> Response:
        corrected = with_corrections(interaction)
        return self.answer(CorrectedInteractionSerializer, corrected, etag=version_etag(interaction.version))


class BulkInteractionsViewSet(ApiViewSet):
    permissions: ClassVar[dict[str, str]] = {"create": "interactions.log"}
    tag = "interactions"

    @extend_schema(
        operation_id="interactions_bulk", request=InteractionsSerializer, responses={200: BulkAnswer}
    )
    def create(self, request: Request) -> Response:
        """Log up to 1,000; each is answered by itself, in the order sent."""
        checker = NewInteractionSerializer(context=self.get_serializer_context())
        bodies = [_checked(checker, item) for item in self.read(BulkSerializer)["items"]]
        return Response(answer_items(self._recorded(bodies)))

    def _recorded(
        self, bodies: Sequence[dict[str, Any] | Exception]
    ) -> Sequence[tuple[UUID, str] | Exception]:
        """Recorded together what can be; the answer of each is at its place."""
        named = {body["customer"] for body in bodies if isinstance(body, dict)}
        within = loggable_ids(self.access, named)
        entries = [_entry(body, within) if isinstance(body, dict) else body for body in bodies]
        sound = [entry for entry in entries if isinstance(entry, Entry)]
        answers = iter(record_interactions(entries=sound, by=author_of(self.access)))
        return [_outcome(next(answers)) if isinstance(entry, Entry) else entry for entry in entries]


def _checked(checker: NewInteractionSerializer, item: dict[str, Any]) -> dict[str, Any] | Exception:
    try:
        values: dict[str, Any] = checker.run_validation(item)
    except serializers.ValidationError as error:
        return error
    return values


def _entry(body: dict[str, Any], within: set[UUID]) -> Entry | Exception:
    values = dict(body)
    customer_id, key = values.pop("customer"), values.pop("key", "")
    if customer_id not in within:
        return serializers.ValidationError({"customer": [NO_CUSTOMER]})
    return Entry(customer_id, Contact(**values), key)


def _outcome(answer: tuple[Interaction, bool] | Refused) -> tuple[UUID, str] | Exception:
    if isinstance(answer, Refused):
        return answer
    return answer[0].id, "created" if answer[1] else "unchanged"
