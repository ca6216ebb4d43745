"""What customers told us they need: from the company's own catalogue, with evidence and an end."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from portfolios.models import Portfolio
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class NeedKind(TenantModel):
    """One line of the company's catalogue of needs."""

    name = models.CharField(max_length=80)
    name_key = models.CharField(
        max_length=80, help_text="the name in small letters: #name in a text finds it"
    )
    description = models.CharField(max_length=300, blank=True)
    lasts_days = models.PositiveIntegerField(default=365, help_text="after so many days it is asked again")
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name_key"], name="need_kind_once")]

    def __str__(self) -> str:
        return self.name


class Need(TenantModel):
    """One need of one customer."""

    class Status(models.TextChoices):
        OPEN = "open", "open"
        MET = "met", "met"
        UNMET = "unmet", "we cannot meet it"
        EXPIRED = "expired", "too old to rely on"
        DROPPED = "dropped", "no longer so"

    class Strength(models.IntegerChoices):
        MENTIONED = 1, "mentioned"
        WANTED = 2, "wanted"
        DECISIVE = 3, "decides whether they stay"

    class Visibility(models.TextChoices):
        SHARED = "shared", "everybody who sees the customer"
        PORTFOLIO = "portfolio", "the portfolio only"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="needs")
    kind = TenantForeignKey(NeedKind, on_delete=models.PROTECT, related_name="needs")
    words = models.CharField(max_length=500, blank=True, help_text="what they said")
    interaction = TenantForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="needs", help_text="the evidence"
    )
    strength = models.PositiveSmallIntegerField(choices=Strength, default=Strength.WANTED)
    status = models.CharField(max_length=8, choices=Status, default=Status.OPEN)
    visibility = models.CharField(max_length=9, choices=Visibility, default=Visibility.SHARED)
    portfolio = TenantForeignKey(
        Portfolio, null=True, on_delete=models.PROTECT, related_name="private_needs",
        help_text="whose it is, where it is private",
    )  # fmt: skip
    stated_at = models.DateTimeField()
    expires_on = models.DateField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="need_key_once"),
            models.CheckConstraint(
                condition=Q(visibility="shared") | Q(portfolio__isnull=False),
                name="private_need_has_portfolio",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "customer", "-stated_at", "-id"], name="need_of_customer"),
            models.Index(fields=["tenant", "kind", "customer"], name="need_open", condition=Q(status="open")),
            models.Index(fields=["tenant", "expires_on"], name="need_expiring", condition=Q(status="open")),
            models.Index(fields=["tenant", "-stated_at", "-id"], name="need_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} of {self.customer_id}"


class NeedTreatment(TenantModel):
    """What we do differently for a customer because of a need."""

    need = TenantForeignKey(Need, on_delete=models.CASCADE, related_name="treatments")
    words = models.CharField(max_length=300)
    at = models.DateTimeField()
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "need", "at"], name="treatment_of_need")]

    def __str__(self) -> str:
        return self.words
