"""Cursor pages `{"next", "previous", "results"}`: signed cursors, bound to the order and the tenant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from tenancy.api.problems import Refusal
from tenancy.context import current_tenant_id
from tenancy.requests import whole_number
from tenancy.selectors.keyset import Order, Position, field_at, position_of, read_slice

SIZE, MOST = 50, 200
PARAMETERS = ("cursor", "page_size", "ordering", "count")


@dataclass(frozen=True)
class Orderings:
    """What a list can be sorted by: names -> columns that have an index, the first being the default."""

    columns: Mapping[str, str]
    key: str = "id"
    default: str = ""

    @property
    def names(self) -> list[str]:
        return [sign + name for name in self.columns for sign in ("", "-")]

    @property
    def first(self) -> str:
        return self.default or next(iter(self.columns))

    def order(self, name: str, model: type[Model]) -> Order:
        column = self.columns[name.removeprefix("-")]
        return Order(column, self.key, name.startswith("-"), nullable=bool(field_at(model, column).null))


class KeysetPagination(BasePagination):
    """Takes the view's `orderings`; no COUNT unless `?count=exact`."""

    display_page_controls = False

    def paginate_queryset(self, queryset: QuerySet[Any], request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.size = _size(request)
        self.orderings: Orderings = view.orderings
        self.name = self._ordering(request)
        self.order = self.orderings.order(self.name, queryset.model)
        at, backwards = self._cursor(request, queryset.model)
        self.count = queryset.order_by().count() if _wants_count(request) else None
        self.slice = read_slice(
            queryset, self.order, size=self.size, at=at, backwards=backwards, read=view.read_rows
        )
        return self.slice.rows

    def get_paginated_response(self, data: Any) -> Response:
        rows = self.slice.rows
        following = self._link("f", rows[-1]) if rows and self.slice.has_next else None
        earlier = self._link("b", rows[0]) if rows and self.slice.has_previous else None
        body = {"next": following, "previous": earlier, "results": data}
        return Response(body if self.count is None else {"count": self.count, **body})

    def _ordering(self, request: Request) -> str:
        name = request.query_params.get("ordering") or self.orderings.first
        if name not in self.orderings.names:
            choices = ", ".join(self.orderings.columns)
            raise Refusal("invalid", f"ordering is one of {choices}; with - in front it is descending.",
                          {"ordering": [f"Not one of {choices}."]})  # fmt: skip
        return name

    @property
    def _salt(self) -> str:
        # One company's cursor means nothing in another, and none means anything in another order.
        return f"cursor:{current_tenant_id()}:{self.request.path}:{self.name}"

    def _link(self, direction: str, row: Model) -> str:
        at = position_of(row, self.order)
        value = None if at.value is None else str(at.value) if not isinstance(at.value, int) else at.value
        cursor = signing.dumps([direction, value, str(at.key)], salt=self._salt, compress=True)
        query = {**self.request.query_params.dict(), "cursor": cursor}
        query.pop("count", None)
        return f"{self.request.build_absolute_uri(self.request.path)}?{urlencode(query)}"

    def _cursor(self, request: Request, model: type[Model]) -> tuple[Position | None, bool]:
        text = request.query_params.get("cursor")
        if not text:
            return None, False
        try:
            direction, value, key = signing.loads(text, salt=self._salt)
            column = field_at(model, self.order.column)
            at = Position(
                None if value is None else column.to_python(value),
                field_at(model, self.order.key).to_python(key),
            )
        except (signing.BadSignature, ValueError, ValidationError):
            raise Refusal("invalid", "Use the links `next` and `previous` as they are given.",
                          {"cursor": ["Not a cursor of this list in this order."]}) from None  # fmt: skip
        return at, direction == "b"

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True, "example": None}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "count": {"type": "integer", "description": "Only with `count=exact`.", "example": 1},
                "next": link,
                "previous": link,
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        orderings: Orderings = view.orderings
        return [
            _parameter("cursor", {"type": "string"}, "From `next` or `previous`."),
            _parameter("page_size", {"type": "integer", "minimum": 1, "maximum": MOST, "default": SIZE}, ""),
            _parameter("ordering", {"type": "string", "enum": orderings.names, "default": orderings.first},
                       "Rows without a value come last in either direction."),
            _parameter("count", {"type": "string", "enum": ["exact"]}, "Counts all rows; slow on large lists."),
        ]  # fmt: skip


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _size(request: Request) -> int:
    size = whole_number(request.query_params.get("page_size", str(SIZE)))
    if size is None or not 1 <= size <= MOST:
        raise Refusal("invalid", f"page_size is 1 to {MOST}.", {"page_size": [f"A number from 1 to {MOST}."]})
    return size


def _wants_count(request: Request) -> bool:
    text = request.query_params.get("count")
    if text not in {None, "exact"}:
        raise Refusal("invalid", "count can be `exact`.", {"count": ["Only `exact`."]})
    return text == "exact"
