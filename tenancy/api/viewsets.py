"""The base of every endpoint: strict in what it takes, uniform in what it answers."""

from typing import Any, ClassVar, cast

from django.http import Http404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from tenancy.access import Access
from tenancy.api.etags import content_etag, require_match
from tenancy.api.pagination import PARAMETERS, KeysetPagination, Orderings
from tenancy.api.problems import Refusal
from tenancy.api.schema import ApiSchema


class ApiViewSet(GenericViewSet[Any]):
    """Declares `permission` or `permissions`, asks services and selectors, holds no rules."""

    permission: ClassVar[str | None] = None
    permissions: ClassVar[dict[str, str]] = {}
    orderings: Orderings = Orderings({"id": "id"})
    tag: ClassVar[str | None] = None
    has_etag: ClassVar[bool] = False
    pagination_class = KeysetPagination
    schema = ApiSchema()
    metadata_class = None
    lookup_value_converter = "uuid"
    filterset_class: Any = None

    @property
    def access(self) -> Access:
        return cast(Access, self.request.auth)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        require_known_parameters(request, self._parameters())
        if any("\x00" in str(value) for value in kwargs.values()):
            raise Http404

    def _parameters(self) -> set[str]:
        """The query parameters this action knows."""
        known = set(self.filterset_class.base_filters) if self.filterset_class else set()
        return known | set(PARAMETERS) if getattr(self, "paginated", self.action == "list") else known

    def read(self, kind: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The request's body, checked. Raises ValidationError."""
        serializer = kind(data=self.request.data, partial=partial, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return cast(dict[str, Any], serializer.validated_data)

    def show(self, kind: type[serializers.Serializer[Any]], thing: Any, *, many: bool = False) -> Any:
        return kind(thing, many=many, context=self.get_serializer_context()).data

    def answer(
        self, kind: type[serializers.Serializer[Any]], thing: Any, *, status: int = 200, etag: str = ""
    ) -> Response:
        """One thing, with its ETag."""
        body = self.show(kind, thing)
        return Response(body, status=status, headers={"ETag": etag or content_etag(body)})

    def answer_page(self, kind: type[serializers.Serializer[Any]], rows: Any) -> Response:
        """A cursor page of the rows that pass the filters."""
        page = self.paginate_queryset(self.filter_queryset(rows))
        return self.get_paginated_response(self.show(kind, page, many=True))

    def require_unchanged(self, kind: type[serializers.Serializer[Any]], thing: Any) -> None:
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


def found(thing: Any) -> Any:
    """`thing`, or 404 where a selector found nothing for this access."""
    if thing is None:
        raise Http404
    return thing
