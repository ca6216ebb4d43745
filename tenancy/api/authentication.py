"""Who is asking was found by TenantMiddleware; here the framework is told."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.request import Request

from tenancy.access import Access

HOW = "Send `Authorization: Bearer <token>`, or sign in and name the company in `X-Tenant`."


@dataclass(frozen=True)
class Client:
    """The program behind an API token."""

    token_id: str
    is_authenticated = True
    is_active = True

    @property
    def pk(self) -> str:
        return self.token_id


class MembershipAuthentication(BaseAuthentication):
    """A token, or the browser's session with `X-Tenant`; both were resolved by the middleware."""

    def authenticate(self, request: Request) -> tuple[Any, Access] | None:
        access: Access | None = request._request.access  # type: ignore[attr-defined]
        if access is None:
            _refuse_unknown(request)
            return None
        if access.token:
            return Client(str(access.token.id)), access
        _require_csrf(request._request)
        return request._request.user, access

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def _refuse_unknown(request: Request) -> None:
    """A credential that leads nowhere is said to be one; none at all is left to the permission."""
    if "Authorization" in request.headers or "X-Tenant" in request.headers:
        raise exceptions.AuthenticationFailed(f"That token or company is not valid. {HOW}")


def _require_csrf(request: HttpRequest) -> None:
    """A session is sent by the browser to whoever asks, so that the page must prove itself."""
    check = CSRFCheck(lambda _: None)  # type: ignore[arg-type]
    check.process_request(request)
    reason = check.process_view(request, None, (), {})  # type: ignore[arg-type]
    if reason:
        raise exceptions.PermissionDenied("The CSRF token is missing or wrong; send it as X-CSRFToken.")
