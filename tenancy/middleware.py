"""Finds the tenant of a request before anything else looks at it, and closes undeclared doors.

Browser: from the path. API: from the token, or from the session with `X-Tenant`. Public pages: from a signed link,
which says who it is for; whoever is signed in there is nobody special (`tenancy/public.py`). What the view refuses
is rolled back by ATOMIC_REQUESTS; what must survive a refusal is written here, after the view.
"""

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

import structlog
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from tenancy import permissions
from tenancy.access import Access, access_of_member, access_of_token
from tenancy.context import tenant_context
from tenancy.models import Tenant
from tenancy.public import PUBLIC_PAGES, answer_public
from tenancy.selectors import doors
from tenancy.services.audit import record_accesses
from tenancy.services.tokens import note_use

log = structlog.get_logger(__name__)

PAGE = re.compile(r"^/t/(?P<slug>[a-z0-9][a-z0-9-]*)/")
API = "/api/"
# Doors that belong to no tenant: sign-in, static files, health, the API's own description.
OPEN_PREFIXES = (
    "/accounts/",
    "/static/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/schema",
    "/api/v1/docs",
)

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestLogMiddleware:
    """One line a request: method, route, status, milliseconds. No query, no body, no person."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        log.info(
            "request",
            method=request.method,
            route=match.route if match else "unknown",
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response


class TenantMiddleware:
    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.access = None  # type: ignore[attr-defined]
        request.accesses = []  # type: ignore[attr-defined]
        page = PAGE.match(request.path_info)
        if page:
            return self._page(request, page["slug"])
        if request.path_info.startswith(API):
            return self._api(request)
        if request.path_info.startswith(PUBLIC_PAGES):
            return answer_public(request, self.get_response)
        return self.get_response(request)

    def _page(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        found = doors.member_door(user_id=request.user.pk, slug=slug)
        if found is None:
            return render(request, "404.html", status=404)
        return self._inside(request, *found)

    def _api(self, request: HttpRequest) -> HttpResponseBase:
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            found = doors.token_door(secret=header.removeprefix("Bearer ").strip())
            return self._inside_token(request, *found) if found else self.get_response(request)
        slug = request.headers.get("X-Tenant")
        if slug and request.user.is_authenticated:
            member = doors.member_door(user_id=request.user.pk, slug=slug)
            if member:
                return self._inside(request, *member)
        return self.get_response(request)

    def _inside(self, request: HttpRequest, tenant: Tenant, member_id: UUID) -> HttpResponseBase:
        with tenant_context(tenant.id, actor=f"member:{member_id}"):
            member = doors.active_member(member_id)
            if member is None:
                return render(request, "404.html", status=404)
            access = access_of_member(tenant, member, doors.delegators_of(member_id, at=timezone.now()))
            return self._answer(request, access)

    def _inside_token(self, request: HttpRequest, tenant_id: UUID, token_id: UUID) -> HttpResponseBase:
        with tenant_context(tenant_id, actor=f"token:{token_id}"):
            found = doors.active_token(token_id, at=timezone.now())
            if found is None:
                return self.get_response(request)
            response = self._answer(request, access_of_token(*found))
            note_use(token=found[0])
            return response

    def _answer(self, request: HttpRequest, access: Access) -> HttpResponseBase:
        request.access = access  # type: ignore[attr-defined]
        # People read the company's clock; machines are answered in UTC.
        with timezone.override("UTC" if request.path_info.startswith(API) else access.profile.time_zone):
            response = self.get_response(request)
        record_accesses(request.accesses)  # type: ignore[attr-defined]
        # Nothing of a company stays behind in a shared browser: not after signing out, not in a cache on the way.
        response.setdefault("Cache-Control", "private, no-store")
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """A view without a declared permission is closed."""
        if request.path_info.startswith(OPEN_PREFIXES) or request.path_info.startswith(API):
            return  # the API's permission class asks, because viewsets declare by action
        needed = getattr(view, "permission", None)
        if needed == permissions.PUBLIC:
            return
        access: Access | None = request.access  # type: ignore[attr-defined]
        if needed is None:
            raise PermissionDenied("This page has not declared who may open it, so nobody may.")
        if access is None:
            raise Http404
        if not access.may(needed):
            raise PermissionDenied(access.why_not(needed))
        kwargs.pop("slug", None)
