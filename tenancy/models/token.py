"""API tokens: one tenant, one role; only the hash is kept."""

from django.db import models

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models.member import Member, Role


class ApiToken(TenantModel):
    name = models.CharField(max_length=80)
    role = TenantForeignKey(Role, on_delete=models.PROTECT, related_name="tokens")
    digest = models.BinaryField(
        max_length=32, help_text="SHA-256 of the secret, which has 256 bits of its own"
    )
    hint = models.CharField(max_length=12, help_text="first characters, to recognise it by")
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "digest"], name="token_digest_once")]
        # The look-up before a tenant is known (definer function) finds by the digest alone.
        indexes = [models.Index(fields=["digest"], name="token_by_digest")]

    def __str__(self) -> str:
        return self.name
