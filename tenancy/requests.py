"""The request as pages see it: TenantMiddleware has said who asks."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.urls import reverse

from tenancy.access import Access
from tenancy.models import AccessEntry, Member

__all__ = ["TenantRequest", "id_or_404", "member_of", "url_in", "whole_number"]


class TenantRequest(HttpRequest):
    """A request inside a tenant; `accesses` are looks that the middleware writes after the view."""

    access: Access
    accesses: list[AccessEntry]
    htmx: Any


def member_of(request: TenantRequest) -> Member:
    """The member who asks. A page has no other kind of actor."""
    if request.access.member is None:
        raise Http404
    return request.access.member


def id_or_404(text: str) -> UUID:
    """An id out of a form or an address; nonsense is as if it did not exist."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def whole_number(text: str, *, digits: int = 8) -> int | None:
    """A number out of a form or an address, not below 0; None for anything else, and for one of more digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else None


def url_in(request: TenantRequest, name: str, *parts: object) -> str:
    """The address of a page of this tenant; `parts` are what its path needs after the slug."""
    return reverse(name, args=[request.access.tenant.slug, *parts])
