"""`promises/`: what customers were promised, over the same services as the pages."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from interactions.api.promise_bodies import (
    KeepSerializer,
    PromiseBodySerializer,
    PromiseFilters,
    PromiseSerializer,
    ReasonSerializer,
    RenegotiateSerializer,
)
from interactions.api.served import customer_served, interaction_of
from interactions.models import Promise
from interactions.selectors.promises import visible_promise, visible_promises
from interactions.services.authors import author_of
from interactions.services.promises import (
    PromiseRefused,
    break_promise,
    keep_promise,
    make_promise,
    release_promise,
    renegotiate_promise,
)
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found
from tenancy.models import Member
from tenancy.selectors.members import member_here


class PromiseViewSet(ApiViewSet):
    """Promises to customers in scope."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.view", "retrieve": "interactions.view", "create": "interactions.log",
        "keep": "interactions.work", "break_it": "interactions.work", "renegotiate": "interactions.work",
        "release": "interactions.work",
    }  # fmt: skip
    tag = "promises"
    serializer_class = PromiseSerializer
    filters = PromiseFilters
    orderings = Orderings({"due_at": "due_at", "made_at": "made_at"}, default="-due_at")

    def list(self, request: Request) -> Response:
        """A page of promises, by when they are or were due."""
        return self.answer_page(PromiseSerializer, visible_promises(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One promise."""
        return self.answer(PromiseSerializer, self._here(pk))

    @extend_schema(request=PromiseBodySerializer, responses={201: PromiseSerializer, 200: PromiseSerializer})
    def create(self, request: Request) -> Response:
        """Promise something. The same `key` with the same content answers the promise that is there."""
        given = self.read(PromiseBodySerializer)
        customer = customer_served(self.access, given.pop("customer"))
        given["interaction"] = interaction_of(customer, given["interaction"])
        given["member"] = _member(given["member"])
        made, created = make_promise(customer=customer, by=author_of(self.access), **given)
        return self.answer(PromiseSerializer, made, status=201 if created else 200)

    @extend_schema(request=KeepSerializer, responses={200: PromiseSerializer})
    def keep(self, request: Request, pk: UUID) -> Response:
        """We did it. After its hour it stays broken, and it is noted that it was kept after all."""
        kept = keep_promise(promise=self._here(pk), by=author_of(self.access), **self.read(KeepSerializer))
        return self.answer(PromiseSerializer, kept)

    @extend_schema(request=ReasonSerializer, responses={200: PromiseSerializer})
    def break_it(self, request: Request, pk: UUID) -> Response:
        """We say before its hour that it will not be kept."""
        broken = break_promise(
            promise=self._here(pk), by=author_of(self.access), **self.read(ReasonSerializer)
        )
        return self.answer(PromiseSerializer, broken)

    @extend_schema(request=RenegotiateSerializer, responses={200: PromiseSerializer})
    def renegotiate(self, request: Request, pk: UUID) -> Response:
        """The customer agreed to another time, before it was due."""
        promise = self._here(pk)
        asked = self.read(RenegotiateSerializer)
        moved = renegotiate_promise(promise=promise, by=author_of(self.access), **asked)
        return self.answer(PromiseSerializer, moved)

    @extend_schema(request=ReasonSerializer, responses={200: PromiseSerializer})
    def release(self, request: Request, pk: UUID) -> Response:
        """The customer let us off."""
        let_off = release_promise(
            promise=self._here(pk), by=author_of(self.access), **self.read(ReasonSerializer)
        )
        return self.answer(PromiseSerializer, let_off)

    def _here(self, pk: UUID) -> Promise:
        return found(visible_promise(self.access, pk))


def _member(member_id: UUID | None) -> Member | None:
    if member_id is None:
        return None
    member = member_here(member_id)
    if member is None:
        raise PromiseRefused("There is no such member here.", field="member")
    return member
