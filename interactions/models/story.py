"""What somebody did for a customer that others should know."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from interactions.models.need import NeedKind
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Story(TenantModel):
    """Told without the customer's name, so that everybody may read it."""

    title = models.CharField(max_length=120)
    text = models.TextField()
    tags = ArrayField(models.CharField(max_length=40), default=list)
    customer = TenantForeignKey(
        Customer, null=True, on_delete=models.SET_NULL, related_name="stories",
        help_text="only who sees the customer sees who it was",
    )  # fmt: skip
    interaction = TenantForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="stories")
    need_kind = TenantForeignKey(NeedKind, null=True, on_delete=models.PROTECT, related_name="stories")
    case_kind_name = models.CharField(max_length=80, blank=True)
    member = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="stories")
    told_at = models.DateTimeField()
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    hidden_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(
                fields=["tenant", "-told_at", "-id"], name="story_newest", condition=Q(hidden_at__isnull=True)
            ),
            models.Index(
                fields=["tenant", "need_kind", "-told_at"],
                name="story_of_need",
                condition=Q(hidden_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StoryThanks(TenantModel):
    """A member found a story useful."""

    story = TenantForeignKey(Story, on_delete=models.CASCADE, related_name="thanks")
    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="story_thanks")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "story", "member"], name="thanked_once")]

    def __str__(self) -> str:
        return f"{self.member_id} for {self.story_id}"
