"""API tokens of the active tenant; the secret is nowhere, only its first characters."""

from uuid import UUID

from django.db.models import QuerySet

from tenancy.models import ApiToken


def tokens() -> QuerySet[ApiToken]:
    """In force first, then the revoked ones, newest first."""
    return ApiToken.objects.select_related("role", "created_by").order_by("revoked_at", "-created_at", "id")


def token(token_id: UUID) -> ApiToken | None:
    return tokens().filter(id=token_id).first()
