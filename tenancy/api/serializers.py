"""Bodies in and out. What is not known is refused, so that nobody believes it was stored."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses unknown fields and fields that cannot be written: no mass assignment, no silent typo."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping):
            writable = {field.field_name for field in self._writable_fields}
            unknown = sorted(set(data) - writable)
            if unknown:
                raise serializers.ValidationError({name: [self._why(name)] for name in unknown})
        return super().to_internal_value(data)

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
