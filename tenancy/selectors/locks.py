"""Who guessed a password too often, from where, and until when they must wait."""

from datetime import datetime
from typing import Any

from allauth.core.internal.httpkit import get_client_ip
from axes.helpers import get_cool_off
from axes.models import AccessAttempt
from django.db.models import Max
from django.http import HttpRequest


def login_key(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The e-mail that is tried, as users are stored: another spelling is no second chance."""
    tried = (credentials or {}).get("email") or request.POST.get("login", "")
    return str(tried).strip().lower()[:255]


def client_address(request: HttpRequest) -> str | None:
    """The client's address; of X-Forwarded-For only what our own proxies added (TRUSTED_PROXIES)."""
    address: str | None = get_client_ip(request)
    return address


def locked_until(email: str, request: HttpRequest) -> datetime | None:
    """When this address may try this e-mail again; UTC."""
    tries = AccessAttempt.objects.filter(
        username=login_key(request, {"email": email}), ip_address=client_address(request)
    )
    last = tries.aggregate(last=Max("attempt_time"))["last"]
    return last + get_cool_off(request) if last else None
