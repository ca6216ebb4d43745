"""Lists of addresses that must not be used, as they were loaded: the company's own and the national ones."""

from django.db import models
from django.db.models import Q

from privacy.models.consent import Suppression
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member, StoredFile

LISTS = [choice for choice in Suppression.Reason.choices if choice[0] != Suppression.Reason.ERASED]
"""Who was erased is no list that anybody loads."""


class ListUpload(TenantModel):
    """A file of addresses on its way into a list. Its lines were hashed as they came; nothing is kept in clear."""

    class Mode(models.TextChoices):
        ADD = "add", "added to the list"
        REPLACE = "replace", "the whole list"

    list = models.CharField(max_length=16, choices=LISTS)
    mode = models.CharField(max_length=7, choices=Mode)
    as_of = models.DateField(help_text="the day of the list, as whoever publishes it says")
    lines = models.PositiveIntegerField(default=0, help_text="that hold something")
    unreadable = models.PositiveIntegerField(default=0, help_text="lines that are no address")
    added = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    file = TenantForeignKey(
        StoredFile, null=True, on_delete=models.SET_NULL, related_name="+",
        help_text="digests of 32 bytes, sorted into buckets; gone when they are loaded",
    )  # fmt: skip
    job = TenantForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    loaded_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(condition=~Q(list="erased"), name="no_list_of_erased_people"),
        ]
        indexes = [models.Index(fields=["tenant", "list", "-created_at", "id"], name="list_upload_newest")]

    def __str__(self) -> str:
        return f"{self.list} of {self.as_of}"
