"""What we told a customer we would do, by when, and whether we did."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from portfolios.models import Portfolio
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Promise(TenantModel):
    """One promise. It is broken at the moment it was due, whoever looks or not."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        KEPT = "kept", "kept"
        BROKEN = "broken", "broken"
        RELEASED = "released", "the customer let us off"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="promises")
    words = models.CharField(max_length=500)
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    member = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="promises",
        help_text="who answers for it; empty: whoever manages the portfolio",
    )  # fmt: skip
    portfolio = TenantForeignKey(
        Portfolio, on_delete=models.PROTECT, related_name="promises",
        help_text="where the customer was when it was made, and is counted",
    )  # fmt: skip
    counted_for = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="promises_counted",
        help_text="in whose share it counts, once it ended: who answered for it, else who managed the portfolio then",
    )  # fmt: skip
    interaction = TenantForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="promises")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()
    first_due_at = models.DateTimeField(help_text="before anybody renegotiated")
    renegotiated = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="promise_key_once"),
            models.CheckConstraint(
                condition=Q(state="open", ended_at__isnull=True)
                | (~Q(state="open") & Q(ended_at__isnull=False)),
                name="promise_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "due_at", "id"], name="promise_due", condition=Q(state="open")),
            models.Index(fields=["tenant", "customer", "-due_at", "-id"], name="promise_of_customer"),
            models.Index(fields=["tenant", "portfolio", "-due_at"], name="promise_of_portfolio"),
            models.Index(fields=["tenant", "member", "-due_at"], name="promise_of_member"),
            models.Index(fields=["tenant", "-due_at", "-id"], name="promise_by_due"),
            models.Index(
                fields=["tenant", "remind_at"],
                name="promise_reminder",
                condition=Q(state="open", reminded_at__isnull=True),
            ),
            models.Index(
                fields=["tenant", "ended_at"],
                name="promise_counted",
                condition=Q(state__in=["kept", "broken"]),
                include=["portfolio", "counted_for", "state"],
            ),
        ]

    def __str__(self) -> str:
        return self.words


class PromiseStep(TenantModel):
    """One thing that happened to a promise."""

    class Kind(models.TextChoices):
        MADE = "made", "made"
        RENEGOTIATED = "renegotiated", "renegotiated"
        KEPT = "kept", "kept"
        BROKEN = "broken", "broken"
        RELEASED = "released", "let off"
        MENDED = "mended", "kept after all"

    promise = TenantForeignKey(Promise, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    due_before = models.DateTimeField(null=True)
    due_after = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "promise", "at"], name="step_of_promise")]

    def __str__(self) -> str:
        return self.kind
