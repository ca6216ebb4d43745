"""Every refusal is `application/problem+json` (RFC 9457): type, title, status, detail, code, errors by field."""

import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DataError, IntegrityError, OperationalError
from django.http import Http404, HttpResponse
from django.http.multipartparser import MultiPartParserError
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

Errors = dict[str, list[str]]

TITLES: dict[str, tuple[int, str]] = {
    "malformed": (400, "The request cannot be read"),
    "invalid": (400, "Some values are not valid"),
    "not_authenticated": (401, "No valid token or session"),
    "permission_denied": (403, "Your role does not include this"),
    "not_found": (404, "There is no such thing"),
    "method_not_allowed": (405, "This address does not answer that method"),
    "not_acceptable": (406, "Answers are JSON"),
    "conflict": (409, "This does not fit what is stored"),
    "edited_meanwhile": (409, "Somebody else changed this meanwhile"),
    "key_busy": (409, "A request with this Idempotency-Key is still running"),
    "precondition_failed": (412, "It has changed since you read it"),
    "too_large": (413, "The request is too large"),
    "unsupported_media_type": (415, "Send JSON"),
    "refused": (422, "A rule does not allow this"),
    "key_reused": (422, "This Idempotency-Key was used for another request"),
    "throttled": (429, "Too many requests"),
    "error": (500, "Something went wrong here"),
    "unavailable": (503, "Try again in a moment"),
}


class Refusal(exceptions.APIException):
    """A refusal with one of the codes of `TITLES`, raised by a door."""

    def __init__(self, code: str, detail: str = "", errors: Errors | None = None) -> None:
        self.status_code, title = TITLES[code]
        self.code, self.errors = code, errors or {}
        super().__init__(detail or title, code)


@dataclass(frozen=True)
class Problem:
    code: str
    detail: str
    errors: Errors | None = None
    headers: dict[str, str] | None = None

    @property
    def status(self) -> int:
        return TITLES[self.code][0]

    def as_dict(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"/api/v1/docs/#{self.code}", "title": TITLES[self.code][1], "status": self.status,
            "detail": self.detail, "code": self.code,
        }  # fmt: skip
        return body | {"errors": self.errors} if self.errors else body


Translator = Callable[[Any], Problem]
_declared: dict[type[Exception], Translator] = {}


def declare_problem(kind: type[Exception], translate: Translator) -> None:
    """A room says how an exception of its services is answered."""
    _declared[kind] = translate


def problem_response(problem: Problem) -> HttpResponse:
    """The same outside a view: middleware and handlers."""
    body = json.dumps(problem.as_dict(), ensure_ascii=False)
    return HttpResponse(body, status=problem.status, content_type=CONTENT_TYPE, headers=problem.headers or {})


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of a view; REST_FRAMEWORK["EXCEPTION_HANDLER"]. What was written is rolled back."""
    set_rollback()
    problem = problem_of(error)
    if problem.status >= 500:
        log.error("endpoint failed", exc_info=error)
    return Response(
        problem.as_dict(), status=problem.status, headers=problem.headers, content_type=CONTENT_TYPE
    )


def problem_of(error: Exception) -> Problem:
    """What to say about an exception; an unknown one is a 500 that tells nothing."""
    for kind in type(error).__mro__:
        if kind in _declared:
            return _declared[kind](error)
        if kind in _KNOWN:
            return _KNOWN[kind](error)
    return Problem("error", "The error has been logged.")


def _from_framework(error: exceptions.APIException) -> Problem:
    code = _BY_STATUS.get(error.status_code, "error")
    return Problem(code, _text(error.detail))


def _invalid(error: exceptions.ValidationError) -> Problem:
    errors = flat(error.detail)
    return Problem("invalid", "; ".join(_sentences(errors))[:500], errors)


def _sentences(errors: Errors) -> Iterator[str]:
    for field, messages in errors.items():
        yield f"{field}: {messages[0]}" if field else messages[0]


def _not_authenticated(error: exceptions.APIException) -> Problem:
    return Problem("not_authenticated", _text(error.detail), headers={"WWW-Authenticate": "Bearer"})


def _throttled(error: exceptions.Throttled) -> Problem:
    return Problem(
        "throttled", _text(error.detail), headers={"Retry-After": str(int(getattr(error, "wait", None) or 1))}
    )


def flat(detail: Any, prefix: str = "") -> Errors:
    """Nested errors by dotted path: {"lines": [{}, {"quantity": ["..."]}]} -> {"lines.1.quantity": ["..."]}."""
    if isinstance(detail, dict):
        found = [flat(value, _joined(prefix, str(key))) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        found = [flat(item, _joined(prefix, str(number))) for number, item in enumerate(detail)]
    elif isinstance(detail, list):
        return {prefix: [str(item) for item in detail]} if detail else {}
    else:
        return {prefix: [str(detail)]}
    return {key: messages for errors in found for key, messages in errors.items()}


def _joined(prefix: str, key: str) -> str:
    key = "" if key == "non_field_errors" else key
    return f"{prefix}.{key}" if prefix and key else prefix or key


def _text(detail: Any) -> str:
    return detail if isinstance(detail, str) else "; ".join(_sentences(flat(detail)))


_BY_STATUS = {status: code for code, (status, _) in reversed(TITLES.items())} | {422: "refused"}

_KNOWN: dict[type, Translator] = {
    Refusal: lambda error: Problem(error.code, _text(error.detail), error.errors),
    exceptions.ValidationError: _invalid,
    exceptions.NotAuthenticated: _not_authenticated,
    exceptions.AuthenticationFailed: _not_authenticated,
    exceptions.Throttled: _throttled,
    exceptions.APIException: _from_framework,
    Http404: lambda error: Problem("not_found", "It does not exist, or not for you."),
    PermissionDenied: lambda error: Problem("permission_denied", str(error) or TITLES["permission_denied"][1]),
    RequestDataTooBig: lambda error: Problem("too_large", "Send at most 5 MiB at once."),
    MultiPartParserError: lambda error: Problem("malformed", TITLES["malformed"][1]),
    SuspiciousOperation: lambda error: Problem("malformed", TITLES["malformed"][1]),
    IntegrityError: lambda error: Problem("conflict", "This number is taken, or what it refers to does not exist."),
    DataError: lambda error: Problem("invalid", "A value is too large or cannot be stored."),
    OperationalError: lambda error: Problem("unavailable", "The database is busy.", headers={"Retry-After": "1"}),
}  # fmt: skip
