"""Bodies in and out. What is not known is refused, so that nobody believes it was stored."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

Kind = type[serializers.Serializer[Any]]
S = TypeVar("S", bound=serializers.Serializer[Any])


class _Shelf(threading.local):
    def __init__(self) -> None:
        self.kept: dict[tuple[Kind, bool], serializers.Serializer[Any]] = {}


_shelf = _Shelf()


@contextmanager
def built(kind: type[S], context: dict[str, Any], *, partial: bool = False) -> Iterator[S]:
    """A serializer that holds no data: for `run_validation` and `to_representation`.

    Made once a thread, because to copy its fields anew is a good part of a request. One whose fields depend on the
    request (`get_fields`) is made each time.
    """
    if kind.get_fields is not serializers.Serializer.get_fields:
        yield kind(context=context, partial=partial)
        return
    # Taken off the shelf meanwhile: a body within a body of the same kind has its own.
    serializer = cast(S, _shelf.kept.pop((kind, partial), None) or kind(partial=partial))
    serializer._context = context
    try:
        yield serializer
    finally:
        serializer._context = {}
        _shelf.kept[kind, partial] = serializer


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields and fields that cannot be written: no mass assignment, no silent typo."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            unknown = sorted(set(data) - self._writable_names)
            if unknown:
                raise serializers.ValidationError({name: [self._why(name)] for name in unknown})
        return super().to_internal_value(data)

    @cached_property
    def _writable_names(self) -> frozenset[str]:
        return frozenset(str(field.field_name) for field in self._writable_fields)

    def _why(self, name: str) -> str:
        return "This cannot be written here." if name in self.fields else "There is no such field."


def money(minor: int | None, digits: int) -> str | None:
    """Minor units as a decimal text: 1234 with 2 digits -> "12.34"."""
    return None if minor is None else str(Decimal(minor).scaleb(-digits))


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "not valid",
            value={
                "type": "/api/v1/docs/#invalid", "title": "Some values are not valid", "status": 400,
                "detail": "name: This field is required.", "code": "invalid",
                "errors": {"name": ["This field is required."]},
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class ProblemSerializer(serializers.Serializer[Any]):
    """RFC 9457."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField(help_text="Stays the same; for programs.")
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False,
        help_text="By field; a nested one by its path, such as `lines.0.quantity`.",
    )  # fmt: skip
