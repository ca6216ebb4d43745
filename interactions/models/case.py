"""Matters a customer raised, or we raised for them, each with a clock in business hours."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from portfolios.models import Portfolio
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class BusinessCalendar(TenantModel):
    """When a clock of a service level runs."""

    name = models.CharField(max_length=80)
    time_zone = models.CharField(max_length=64)
    hours = models.JSONField(help_text='ISO weekday -> [["09:00", "17:30"], ...]; a day without is closed')
    holidays = models.JSONField(default=list, help_text='[{"on": "2026-12-25", "name": "Christmas"}, ...]')
    is_default = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="calendar_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_default=True), name="one_default_calendar"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CaseKind(TenantModel):
    """What a case may be about, and how much that weighs in its priority."""

    name = models.CharField(max_length=80)
    weight = models.PositiveSmallIntegerField(
        default=20, help_text="0 to 40: what the kind adds to the score"
    )
    calendar = TenantForeignKey(BusinessCalendar, on_delete=models.PROTECT, related_name="case_kinds")
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="case_kind_once"),
            models.CheckConstraint(condition=Q(weight__lte=40), name="case_weight_to_40"),
        ]

    def __str__(self) -> str:
        return self.name


class ServiceLevel(TenantModel):
    """How fast a case of a priority is answered and resolved, in minutes of business hours."""

    priority = models.PositiveSmallIntegerField(help_text="1 (urgent) to 4 (can wait)")
    answer_minutes = models.PositiveIntegerField()
    resolve_minutes = models.PositiveIntegerField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "priority"], name="one_level_a_priority"),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="level_priority_1_to_4"),
        ]

    def __str__(self) -> str:
        return f"priority {self.priority}"


class CaseCounter(TenantModel):
    """The last number given to a case; locked by whoever opens the next."""

    last = models.PositiveIntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_case_counter")]

    def __str__(self) -> str:
        return str(self.last)


class Case(TenantModel):
    class State(models.TextChoices):
        OPEN = "open", "open"
        WAITING = "waiting", "waits for the customer"
        RESOLVED = "resolved", "resolved"

    NEAR, PAST = 1, 2

    number = models.PositiveIntegerField()
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="cases")
    kind = TenantForeignKey(CaseKind, on_delete=models.PROTECT, related_name="cases")
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    is_proactive = models.BooleanField(default=False, help_text="we raised it before the customer did")
    severity = models.PositiveSmallIntegerField(default=1, help_text="0 to 3, as whoever opened it judged")
    priority = models.PositiveSmallIntegerField(help_text="1 (urgent) to 4 (can wait)")
    score = models.PositiveSmallIntegerField(help_text="0 to 100, from which the priority follows")
    score_parts = models.JSONField(default=list, help_text="the parts of the score, in words with points")
    member = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="cases",
        help_text="who works on it; empty: whoever manages the portfolio",
    )  # fmt: skip
    portfolio = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="cases")
    interaction = TenantForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="cases")
    opened_at = models.DateTimeField()
    clock_from = models.DateTimeField(help_text="when both clocks began: opened, or opened again")
    answer_minutes = models.PositiveIntegerField(help_text="of business hours, by the service level it has")
    answer_due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    resolve_minutes = models.PositiveIntegerField(help_text="of business hours, by the service level it has")
    resolve_due_at = models.DateTimeField(help_text="moves on by every pause")
    waiting_since = models.DateTimeField(null=True)
    paused_seconds = models.PositiveIntegerField(default=0, help_text="of business hours, pauses that ended")
    due_at = models.DateTimeField(
        null=True, help_text="the limit of the clock that runs; none while none does"
    )
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    escalation = models.PositiveSmallIntegerField(default=0, help_text="0 none, 1 near the limit, 2 past it")
    look_at = models.DateTimeField(null=True, help_text="when the sweep looks next; none once resolved")
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "number"], name="case_number_once"),
            models.UniqueConstraint(fields=["tenant", "key"], name="case_key_once"),
            models.CheckConstraint(condition=Q(priority__range=(1, 4)), name="case_priority_1_to_4"),
            models.CheckConstraint(condition=Q(severity__lte=3), name="case_severity_to_3"),
            models.CheckConstraint(condition=Q(score__lte=100), name="case_score_to_100"),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False, look_at__isnull=True)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="case_resolved_at",
            ),
            models.CheckConstraint(
                condition=Q(state="open", due_at__isnull=False, waiting_since__isnull=True)
                | Q(state="waiting", due_at__isnull=True, waiting_since__isnull=False)
                | Q(state="resolved", due_at__isnull=True, waiting_since__isnull=True),
                name="case_clock_runs_while_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "look_at"], name="case_to_look_at", condition=Q(look_at__isnull=False)
            ),
            models.Index(
                fields=["tenant", "due_at", "id"],
                name="case_open_by_due",
                condition=~Q(state="resolved"),
            ),
            models.Index(fields=["tenant", "customer", "-opened_at", "-id"], name="case_of_customer"),
            models.Index(fields=["tenant", "-opened_at", "-id"], name="case_newest"),
            models.Index(
                fields=["tenant", "member", "due_at", "id"],
                name="case_of_member",
                condition=~Q(state="resolved"),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number}"


class CaseStep(TenantModel):
    """One thing that happened in a case. Append-only; words stand in `CaseWords`."""

    class Kind(models.TextChoices):
        OPENED = "opened", "opened"
        NOTED = "noted", "noted"
        ANSWERED = "answered", "answered"
        WAITING = "waiting", "waits for the customer"
        RESUMED = "resumed", "goes on"
        ASSIGNED = "assigned", "given to somebody"
        PRIORITY = "priority", "priority changed"
        ESCALATED = "escalated", "escalated"
        RESOLVED = "resolved", "resolved"
        REOPENED = "reopened", "reopened"

    case = TenantForeignKey(Case, on_delete=models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=9, choices=Kind)
    at = models.DateTimeField()
    detail = models.JSONField(default=dict, help_text="ids and figures, nothing of a person")
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    told = ArrayField(models.UUIDField(), default=list, help_text="members who were told")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "case", "at", "id"], name="step_of_case")]

    def __str__(self) -> str:
        return self.kind


class CaseWords(TenantModel):
    """What somebody wrote about a step of a case; erasure takes it out."""

    step = TenantForeignKey(CaseStep, on_delete=models.CASCADE, related_name="words")
    text = models.TextField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "step"], name="words_of_case_step")]

    def __str__(self) -> str:
        return str(self.step_id)
