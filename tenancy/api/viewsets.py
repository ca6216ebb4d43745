"""The base of every endpoint: strict in what it takes, uniform in what it answers."""

from typing import Any, ClassVar, TypeVar, cast

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from tenancy.access import Access
from tenancy.api.etags import content_etag, require_match
from tenancy.api.filters import Filters, narrowed
from tenancy.api.pagination import PARAMETERS, KeysetPagination, Orderings
from tenancy.api.permissions import DeclaredPermission
from tenancy.api.problems import Refusal
from tenancy.api.schema import ApiSchema
from tenancy.api.serializers import Kind, built
from tenancy.selectors.keyset import first_rows

T = TypeVar("T")


class ApiViewSet(GenericViewSet[Any]):
    """Declares `permission` or `permissions`, asks services and selectors, holds no rules."""

    permission: ClassVar[str | None] = None
    permissions: ClassVar[dict[str, str]] = {}
    orderings: ClassVar[Orderings] = Orderings({"id": "id"})
    filters: ClassVar[type[Filters] | None] = None
    parameters: ClassVar[dict[str, set[str]]] = {}
    """Query parameters of actions that are not lists."""
    tag: ClassVar[str | None] = None
    has_etag: ClassVar[bool] = False
    pagination_class = KeysetPagination
    filter_backends = ()
    schema = ApiSchema()
    metadata_class = None

    @property
    def access(self) -> Access:
        return cast(Access, self.request.auth)

    @property
    def is_list(self) -> bool:
        return self.action == "list"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if any("\x00" in str(value) for value in kwargs.values()):
            raise Http404
        require_known_parameters(request, self._known_parameters())

    def read_rows(self, rows: QuerySet[Any], other: QuerySet[Any], most: int) -> list[Any]:
        """The first rows of a page, as `tenancy.selectors.keyset.Reader`."""
        return first_rows(rows, other, most)

    def _known_parameters(self) -> set[str]:
        if not self.is_list:
            return self.parameters.get(self.action or "", set())
        if not self.filters:
            return {*PARAMETERS}
        with built(self.filters, {}) as filters:
            return {*PARAMETERS, *filters.fields}

    def require(self, permission: str) -> None:
        """Ask for one more permission than the action's. Raises PermissionDenied."""
        if not self.access.may(permission):
            raise PermissionDenied(DeclaredPermission.message)

    def read(self, kind: Kind, *, partial: bool = False) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        if self.request.data is None:
            raise serializers.ValidationError({"non_field_errors": ["No data provided"]})
        with built(kind, self.get_serializer_context(), partial=partial) as serializer:
            return cast(dict[str, Any], serializer.run_validation(self.request.data))

    def show(self, kind: Kind, thing: Any, *, many: bool = False) -> Any:
        with built(kind, self.get_serializer_context()) as serializer:
            if many:
                return [serializer.to_representation(one) for one in thing]
            return serializer.to_representation(thing)

    def answer(self, kind: Kind, thing: Any, *, status: int = 200, etag: str = "") -> Response:
        """One thing, with its ETag."""
        body = self.show(kind, thing)
        return Response(body, status=status, headers={"ETag": etag or content_etag(body)})

    def answer_page(self, kind: Kind, rows: Any) -> Response:
        """A cursor page of the rows that pass the filters."""
        if self.filters:
            rows = narrowed(self.filters, rows, self.request, self.get_serializer_context())
        return self.get_paginated_response(self.show(kind, self.paginate_queryset(rows), many=True))

    def require_unchanged(self, kind: Kind, thing: Any) -> None:
        """Refuse (412) when If-Match names another state of `thing`."""
        require_match(self.request, content_etag(self.show(kind, thing)))


def require_known_parameters(request: Request, known: set[str]) -> None:
    """A misspelt filter would show everything: it is refused instead."""
    for name, values in request.query_params.lists():
        if name not in known:
            choices = ", ".join(sorted(known)) or "none"
            raise Refusal("invalid", f"There is no parameter {name[:40]!r} here; there are: {choices}.",
                          {name[:40]: ["There is no such parameter."]})  # fmt: skip
        if any("\x00" in value for value in values):
            raise Refusal("invalid", f"{name} holds a NUL character.", {name: ["NUL is not a character."]})


def found(thing: T | None) -> T:
    """`thing`, or 404 where a selector found nothing for this access."""
    if thing is None:
        raise Http404
    return thing
