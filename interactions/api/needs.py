"""`needs/` and `need-kinds/`: what customers told us, and the company's catalogue."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interactions.api.need_bodies import (
    NeedBodySerializer,
    NeedEndSerializer,
    NeedFilters,
    NeedKindSerializer,
    NeedSerializer,
    TreatmentBodySerializer,
)
from interactions.api.served import customer_served, interaction_of
from interactions.models import Need, NeedKind
from interactions.selectors.need_kinds import all_need_kinds, need_kind
from interactions.selectors.needs import visible_need, visible_needs, with_words
from interactions.services.authors import author_of
from interactions.services.needs import NeedRefused, end_need, note_treatment, record_need
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.permissions import ANY_MEMBER


class NeedViewSet(ApiViewSet):
    """Needs of customers in scope; those that are private to a portfolio only for who may see them."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.view", "retrieve": "interactions.view", "create": "interactions.log",
        "end": "interactions.work", "treat": "interactions.work",
    }  # fmt: skip
    tag = "needs"
    serializer_class = NeedSerializer
    filters = NeedFilters
    orderings = Orderings({"stated_at": "stated_at"}, default="-stated_at")

    def list(self, request: Request) -> Response:
        """A page of needs, the newest first."""
        return self.answer_page(NeedSerializer, with_words(visible_needs(self.access)))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One need, with what is done differently because of it."""
        return self.answer(NeedSerializer, self._here(pk))

    @extend_schema(request=NeedBodySerializer, responses={201: NeedSerializer, 200: NeedSerializer})
    def create(self, request: Request) -> Response:
        """Note what a customer told us. The same `key` with the same content answers the need that is there."""
        given = self.read(NeedBodySerializer)
        customer = customer_served(self.access, given.pop("customer"))
        given["interaction"] = interaction_of(customer, given["interaction"])
        kind = _kind(given.pop("kind"))
        made, created = record_need(customer=customer, kind=kind, by=author_of(self.access), **given)
        return self.answer(NeedSerializer, made, status=201 if created else 200)

    @extend_schema(request=NeedEndSerializer, responses={200: NeedSerializer})
    def end(self, request: Request, pk: UUID) -> Response:
        """It is met, we cannot meet it, or it is no longer so."""
        need = self._here(pk)
        return self.answer(
            NeedSerializer, end_need(need=need, by=author_of(self.access), **self.read(NeedEndSerializer))
        )

    @extend_schema(request=TreatmentBodySerializer, responses={201: NeedSerializer})
    def treat(self, request: Request, pk: UUID) -> Response:
        """Note what we do differently because of it."""
        need = self._here(pk)
        note_treatment(need=need, by=author_of(self.access), **self.read(TreatmentBodySerializer))
        return self.answer(NeedSerializer, self._here(pk), status=201)

    def _here(self, pk: UUID) -> Need:
        return found(visible_need(self.access, pk))


def _kind(kind_id: UUID) -> NeedKind:
    kind = need_kind(kind_id)
    if kind is None:
        raise NeedRefused("There is no such kind of need; need-kinds/ lists them.", field="kind")
    return kind


class NeedKindViewSet(ApiViewSet):
    """The company's catalogue of needs, those put aside too."""

    permission = ANY_MEMBER
    tag = "needs"
    serializer_class = NeedKindSerializer
    orderings = Orderings({"id": "id"}, default="id")

    def list(self, request: Request) -> Response:
        """A page of kinds."""
        return self.answer_page(NeedKindSerializer, all_need_kinds())
