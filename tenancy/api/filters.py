"""Filters of a list, declared once: parsed, refused when unknown, described in the schema."""

from typing import Any, ClassVar, TypeVar

from django.db.models import Model, QuerySet
from rest_framework.request import Request

from tenancy.api.serializers import StrictSerializer, built

M = TypeVar("M", bound=Model)


class Filters(StrictSerializer):
    """Each field is a query parameter; `lookups` says what it means (its own name where nothing is said).

    A parameter that is more than a look-up has a method `narrow_<name>(rows, value)`.
    """

    lookups: ClassVar[dict[str, str]] = {}

    def narrow(self, rows: QuerySet[M], values: dict[str, Any]) -> QuerySet[M]:
        for name, value in values.items():
            by_hand = getattr(self, f"narrow_{name}", None)
            rows = by_hand(rows, value) if by_hand else rows.filter(**{self.lookups.get(name, name): value})
        return rows


def narrowed(
    kind: type[Filters], rows: QuerySet[M], request: Request, context: dict[str, Any]
) -> QuerySet[M]:
    """The rows that pass the request's filters. Raises ValidationError."""
    with built(kind, context) as filters:
        given = {name: value for name, value in request.query_params.items() if name in filters.fields}
        return filters.narrow(rows, filters.run_validation(given))
