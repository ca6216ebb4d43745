"""What happened between a customer and the company. Corrections are rows beside it, so that everybody sees them."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member

LONGEST_TEXT = 100_000
"""Characters of a text; a longer one is refused, never cut."""


class Interaction(TenantModel):
    """One contact between a customer and the company."""

    class Touchpoint(models.TextChoices):
        """With what of ours the customer was in touch."""

        HUMAN = "human", "a person"
        PRODUCT = "product", "a product"
        SYSTEM = "system", "a system"

    class Channel(models.TextChoices):
        SHOP = "shop", "in the shop"
        VISIT = "visit", "visit"
        PHONE = "phone", "phone"
        EMAIL = "email", "e-mail"
        CHAT = "chat", "chat"
        SMS = "sms", "text message"
        POST = "post", "letter"
        WEB = "web", "web site"
        PUSH = "push", "push message"
        OTHER = "other", "otherwise"

    class Direction(models.TextChoices):
        INBOUND = "inbound", "they came to us"
        OUTBOUND = "outbound", "we went to them"

    class Initiative(models.TextChoices):
        REACTIVE = "reactive", "because something happened"
        PROACTIVE = "proactive", "before anything happened"

    class Outcome(models.TextChoices):
        NONE = "", "nothing noted"
        SETTLED = "settled", "settled"
        FOLLOW_UP = "follow_up", "goes on"
        NO_ANSWER = "no_answer", "not reached"
        DECLINED = "declined", "declined"
        WITHHELD = "withheld", "not sent"

    class Sentiment(models.TextChoices):
        NONE = "", "not noted"
        GOOD = "good", "pleased"
        MIXED = "mixed", "neither"
        BAD = "bad", "displeased"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="interactions")
    touchpoint = models.CharField(max_length=8, choices=Touchpoint, default=Touchpoint.HUMAN)
    channel = models.CharField(max_length=8, choices=Channel)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.INBOUND)
    initiative = models.CharField(max_length=9, choices=Initiative, default=Initiative.REACTIVE)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    minutes = models.DecimalField(max_digits=7, decimal_places=2, null=True, help_text="of our time")
    outcome = models.CharField(max_length=9, choices=Outcome, blank=True)
    sentiment = models.CharField(max_length=5, choices=Sentiment, blank=True)
    satisfaction = models.PositiveSmallIntegerField(null=True, help_text="1 to 5, as the customer said it")
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(blank=True)
    member = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="interactions", help_text="who had it"
    )
    author = models.CharField(max_length=60, help_text="member:<id>, token:<id> or system")
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120, help_text="the same key again is the same interaction")
    version = models.PositiveIntegerField(default=1, help_text="one more with every correction")
    corrected_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="interaction_key_once"),
            models.CheckConstraint(
                condition=Q(satisfaction__isnull=True) | Q(satisfaction__range=(1, 5)),
                name="satisfaction_1_to_5",
            ),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(minutes__gte=0), name="interaction_minutes_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "customer", "-occurred_at", "-id"], name="interaction_of_customer"
            ),
            models.Index(fields=["tenant", "-occurred_at", "-id"], name="interaction_newest"),
            models.Index(fields=["tenant", "member", "-occurred_at", "-id"], name="interaction_of_member"),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()}, {self.occurred_at:%Y-%m-%d}"


class Correction(TenantModel):
    """What somebody corrected in an interaction, and what had stood there."""

    interaction = TenantForeignKey(Interaction, on_delete=models.CASCADE, related_name="corrections")
    at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    before = models.JSONField(help_text="field -> what stood there")
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "interaction", "at"], name="correction_of_interaction")]

    def __str__(self) -> str:
        return self.reason
