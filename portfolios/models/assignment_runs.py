"""Runs of the assignment rules over everybody, what they propose, and what was decided by which rule."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import Customer
from portfolios.models.portfolio import Portfolio, Transfer
from rules.models import RuleSet, RuleVersion
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member


class AssignmentRun(TenantModel):
    """One pass of the rules over everybody. It keeps the rules as they were, so that every part answers alike."""

    class Mode(models.TextChoices):
        PROPOSE = "propose", "proposals"
        AUTOMATIC = "automatic", "automatic"

    class State(models.TextChoices):
        WORKING = "working", "is being worked out"
        READY = "ready", "waits for decisions"
        DONE = "done", "is done"
        CANCELLED = "cancelled", "was cancelled"

    mode = models.CharField(max_length=10, choices=Mode)
    state = models.CharField(max_length=10, choices=State, default=State.WORKING)
    rules = models.JSONField(help_text="the rule sets, each with version and content")
    fingerprint = models.CharField(
        max_length=64, help_text="of the rules: what is in force may be another by now"
    )
    draft_of = TenantForeignKey(RuleSet, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(help_text="the moment for which every part answers")
    job = TenantForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    by_night = models.BooleanField(default=False)
    created_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    finished_at = models.DateTimeField(null=True)
    before = models.JSONField(default=dict, help_text="portfolio -> customers, value, workload")
    result = models.JSONField(default=dict, help_text="counts and ids, nothing of a person")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "-at", "id"], name="assignment_run_newest")]

    def __str__(self) -> str:
        return self.reason


class AssignmentDecision(TenantModel):
    """Where a customer belongs, by which rule of which version. The facts are in `AssignmentFacts`."""

    class How(models.TextChoices):
        RULE = "rule", "a rule"
        BOUNDARY = "boundary", "a boundary of the company"
        OWN = "own", "a portfolio's own rule"
        OTHERWISE = "otherwise", "what holds where no rule does"
        FOLLOWS = "follows", "follows their organisation"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="assignment_decisions")
    at = models.DateTimeField()
    run = TenantForeignKey(AssignmentRun, null=True, on_delete=models.PROTECT, related_name="decisions")
    rule_set = TenantForeignKey(RuleSet, null=True, on_delete=models.PROTECT, related_name="+")
    version = TenantForeignKey(
        RuleVersion,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="empty: a draft, kept by the run",
    )
    rule = models.CharField(max_length=40, blank=True, help_text="id of the rule in the version")
    rule_name = models.CharField(max_length=200, blank=True)
    how = models.CharField(max_length=10, choices=How)
    outcome = models.JSONField(help_text="portfolio, and what it was chosen from")
    stopped = models.JSONField(default=list, help_text="rules of portfolios that a boundary stopped")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "customer", "-at"], name="decision_of_customer")]

    def __str__(self) -> str:
        return self.rule_name or self.how


class AssignmentFacts(TenantModel):
    """What was read of the customer for a decision. Apart from it, because it can be erased."""

    id = None  # type: ignore[assignment]  # the decision is the key
    decision = TenantOneToOneField(
        AssignmentDecision, primary_key=True, on_delete=models.CASCADE, related_name="facts"
    )
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    facts = models.JSONField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "customer"], name="facts_of_customer")]

    def __str__(self) -> str:
        return str(self.decision_id)


class AssignmentProposal(TenantModel):
    """One customer would move. While it is weighed, `to` is empty and `choices` says where they may go."""

    class State(models.TextChoices):
        WEIGHED = "weighed", "is being worked out"
        OPEN = "open", "waits"
        ACCEPTED = "accepted", "accepted, about to move"
        MOVED = "moved", "moved"
        DECLINED = "declined", "declined"
        STALE = "stale", "out of date"

    run = TenantForeignKey(AssignmentRun, on_delete=models.CASCADE, related_name="proposals")
    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="assignment_proposals")
    follows = models.UUIDField(null=True, help_text="the organisation whose portfolio they follow")
    period = models.UUIDField(
        help_text="id of the assignment that was open then; another one: moved meanwhile"
    )
    home = TenantForeignKey(Portfolio, on_delete=models.PROTECT, related_name="+")
    to = TenantForeignKey(Portfolio, null=True, on_delete=models.PROTECT, related_name="+")
    line = models.SmallIntegerField(help_text="place among the rules of the run; -1: follows")
    choices = ArrayField(models.UUIDField(), default=list)
    stopped = ArrayField(models.SmallIntegerField(), default=list, help_text="lines that a boundary stopped")
    value = models.BigIntegerField(default=0)
    workload = models.FloatField(default=0)
    state = models.CharField(max_length=10, choices=State, default=State.WEIGHED)
    why = models.CharField(max_length=200, blank=True, help_text="why it is out of date")
    decided_by_name = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True)
    transfer = TenantForeignKey(Transfer, null=True, on_delete=models.PROTECT, related_name="proposals")
    decision = TenantForeignKey(
        AssignmentDecision, null=True, on_delete=models.PROTECT, related_name="proposals"
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "run", "customer"], name="one_proposal_a_run"),
            models.CheckConstraint(
                condition=Q(state="weighed") | Q(to__isnull=False), name="proposal_says_where"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "run", "state", "home", "to", "customer"], name="proposal_by_group"
            ),
            models.Index(
                fields=["tenant", "transfer", "customer"],
                name="proposal_of_transfer",
                condition=Q(transfer__isnull=False),
            ),
            models.Index(fields=["tenant", "customer"], name="proposal_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} to {self.to_id}"
