"""What came by a public form and was not looked at yet."""

from django.db import models

from privacy.models.purpose import Purpose
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class SignUp(TenantModel):
    """An address that somebody entered. A step takes it within seconds and deletes it.

    The form only writes this row, whoever's address it is: so its answer and its time tell nobody who is known here.
    """

    address = models.CharField(max_length=320)
    purpose = TenantForeignKey(Purpose, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=12)
    asked_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "asked_at"], name="sign_up_oldest")]
