"""Work for a member, or for whoever manages a portfolio; and the secret link that puts it into a calendar."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from portfolios.models import Portfolio
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Task(TenantModel):
    class Kind(models.TextChoices):
        DO = "do", "something to do"
        CALL = "call", "call"
        VISIT = "visit", "visit"
        LETTER = "letter", "letter by post"

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"
        DROPPED = "dropped", "not needed any more"

    class Repeats(models.TextChoices):
        NEVER = "", "once"
        DAILY = "daily", "every day"
        WEEKDAYS = "weekdays", "Monday to Friday"
        WEEKLY = "weekly", "every week"
        MONTHLY = "monthly", "every month"
        YEARLY = "yearly", "every year"

    customer = TenantForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="tasks")
    kind = models.CharField(max_length=6, choices=Kind, default=Kind.DO)
    subject = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True)
    is_all_day = models.BooleanField(
        default=False, help_text="due by the end of that day, in the company's zone"
    )
    remind_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    repeats = models.CharField(max_length=8, choices=Repeats, blank=True)
    repeats_until = models.DateField(null=True)
    first_due_at = models.DateTimeField(
        null=True, help_text="from which a repeating task counts, so that the 31st stays"
    )
    follows = TenantForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="next_ones")
    member = TenantForeignKey(
        Member, null=True, on_delete=models.PROTECT, related_name="tasks",
        help_text="whose it is; empty: whoever manages the portfolio",
    )  # fmt: skip
    portfolio = TenantForeignKey(Portfolio, null=True, on_delete=models.PROTECT, related_name="tasks")
    state = models.CharField(max_length=7, choices=State, default=State.OPEN)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="task_key_once"),
            models.UniqueConstraint(fields=["tenant", "follows"], name="task_repeats_once"),
            models.CheckConstraint(
                condition=Q(member__isnull=False) | Q(portfolio__isnull=False), name="task_is_somebodys"
            ),
            models.CheckConstraint(
                condition=Q(repeats="") | Q(due_at__isnull=False), name="repeating_task_has_due"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "member", "due_at", "id"], name="task_of_member", condition=Q(state="open")),
            models.Index(
                fields=["tenant", "portfolio", "due_at", "id"], name="task_of_portfolio", condition=Q(state="open")
            ),
            models.Index(
                fields=["tenant", "remind_at"], name="task_to_remind",
                condition=Q(state="open", reminded_at__isnull=True, remind_at__isnull=False),
            ),
            models.Index(fields=["tenant", "customer", "-made_at", "-id"], name="task_of_customer"),
            models.Index(fields=["tenant", "-made_at", "-id"], name="task_newest"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.subject


class CalendarFeed(TenantModel):
    """A secret, signed address at which a member's calendar reads their tasks. The row revokes it."""

    member = TenantForeignKey(Member, on_delete=models.CASCADE, related_name="calendar_feeds")
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "member"], name="calendar_feed_of_member")]

    def __str__(self) -> str:
        return str(self.member_id)
