"""API tokens: shown once, kept as a hash."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from tenancy.db.ids import new_id
from tenancy.models import ApiToken, Member, Role
from tenancy.selectors.doors import digest_of

PREFIX = "cs_"
NOTED_EVERY = timedelta(minutes=1)


class MadeAlready(ValueError):
    """A token was made of this form before; its secret cannot be shown again."""


def create_token(
    *, name: str, role: Role, created_by: Member | None, expires_at: datetime | None = None, key: UUID | None = None
) -> tuple[ApiToken, str]:  # fmt: skip
    """A new token and its secret, which cannot be shown again.

    `key` becomes its id: a form that is sent twice makes one token. Raises MadeAlready.
    """
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(
        id=key or new_id(), name=name, role=role, digest=digest_of(secret), hint=secret[:8], created_by=created_by,
        expires_at=expires_at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            token.save(force_insert=True)
    except IntegrityError:
        raise MadeAlready("A token was made of this form already, and its secret shown.") from None
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
