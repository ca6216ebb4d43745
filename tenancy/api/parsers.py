"""JSON as it can be stored: no NUL, no broken surrogates, no bottomless nesting."""

from collections.abc import Mapping
from math import isfinite
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class StrictJSONParser(JSONParser):
    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
            require_storable(data)
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply.") from None
        return data


def require_storable(value: Any) -> None:
    """Raise ParseError for text that PostgreSQL cannot hold, however deep it hides."""
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, float) and not isfinite(value):
        raise ParseError("A number is beyond all bounds.")
    elif isinstance(value, dict):
        for key, item in value.items():
            _require_text(key)
            require_storable(item)
    elif isinstance(value, list):
        for item in value:
            require_storable(item)


def _require_text(value: str) -> None:
    if "\x00" in value:
        raise ParseError("A text holds a NUL character.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ParseError("A text holds half a surrogate pair.") from None
