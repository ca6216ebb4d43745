"""API tokens: shown once, kept as a hash."""

import secrets
from datetime import datetime, timedelta

from django.utils import timezone

from tenancy.models import ApiToken, Member, Role
from tenancy.selectors.doors import digest_of

PREFIX = "cs_"
NOTED_EVERY = timedelta(minutes=1)


def create_token(
    *, name: str, role: Role, created_by: Member | None, expires_at: datetime | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which cannot be shown again."""
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        name=name,
        role=role,
        digest=digest_of(secret),
        hint=secret[:8],
        created_by=created_by,
        expires_at=expires_at,
    )
    return token, secret


def revoke_token(*, token: ApiToken) -> None:
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])


def note_use(*, token: ApiToken) -> None:
    """Remember that a token was used, once a minute; whoever finds the row locked leaves it to the other."""
    now = timezone.now()
    if token.last_used_at and token.last_used_at > now - NOTED_EVERY:
        return
    free = (
        ApiToken.objects.filter(id=token.id).select_for_update(skip_locked=True).values_list("id", flat=True)
    )
    ApiToken.objects.filter(id__in=list(free)).update(last_used_at=now)
