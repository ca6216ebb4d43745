"""What people ask about their data, under which clock, what was done about it, and who was erased."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel
from tenancy.models import Job, Member


class PersonRequest(TenantModel):
    """One request of one person. Whose it is, is only known once their identity is."""

    class Kind(models.TextChoices):
        ACCESS = "access", "access"
        PORTABILITY = "portability", "portability"
        RECTIFICATION = "rectification", "rectification"
        ERASURE = "erasure", "erasure"
        RESTRICTION = "restriction", "restriction"
        OBJECTION = "objection", "objection"

    class State(models.TextChoices):
        RECEIVED = "received", "who is it"
        OPEN = "open", "to be done"
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "taken back"

    class Came(models.TextChoices):
        MEMBER = "member", "written down by a member"
        LINK = "link", "by the person's own page"
        API = "api", "through the API"

    class Identity(models.TextChoices):
        NONE = "none", "not yet"
        CODE = "code", "by a code sent to an address we have"
        LINK = "link", "by the person's own link"
        MEMBER = "member", "by a member, who says how"

    customer = TenantForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=14, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    came = models.CharField(max_length=8, choices=Came)
    asker = models.CharField(max_length=400, blank=True, help_text="who asks, as they say")
    words = models.TextField(blank=True, help_text="what they ask, in their words")
    regime = models.CharField(max_length=8, help_text="whose clock runs")
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    reminded = models.PositiveSmallIntegerField(default=0, help_text="per cent of the time: 50, 80, 100")
    identity = models.CharField(max_length=6, choices=Identity, default=Identity.NONE)
    identified_at = models.DateTimeField(null=True)
    address_hash = models.CharField(
        max_length=80, blank=True, help_text="keyed; of the e-mail address at which whoever asks reads mail"
    )
    code_digest = models.CharField(max_length=80, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    export_job = TenantForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    handled_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.CheckConstraint(
                condition=Q(state="received")
                | Q(customer__isnull=False)
                | Q(state__in=["refused", "withdrawn"]),
                name="request_open_for_somebody",
            ),
            models.CheckConstraint(condition=Q(due_at__gt=models.F("received_at")), name="request_has_time"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "due_at", "id"], name="request_due", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["tenant", "customer", "kind"], name="request_of_customer"),
            models.Index(fields=["tenant", "-received_at", "-id"], name="request_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"


class RequestStep(TenantModel):
    """Something was done about a request. Append-only; a member's own words stand in `RequestNote`."""

    class What(models.TextChoices):
        RECEIVED = "received", "received"
        CODE_SENT = "code_sent", "code sent"
        CODE_WRONG = "code_wrong", "wrong code"
        IDENTIFIED = "identified", "identity known"
        ASSEMBLED = "assembled", "data assembled"
        HANDED_OVER = "handed_over", "data handed over"
        CORRECTED = "corrected", "corrected"
        RESTRICTED = "restricted", "restricted"
        OBJECTED = "objected", "objection recorded"
        ERASED = "erased", "erased"
        EXTENDED = "extended", "time extended"
        REMINDED = "reminded", "reminder sent"
        TOLD = "told", "person told by letter"
        UNTOLD = "untold", "no letter could go out: tell them yourself"
        REFUSED = "refused", "refused"
        WITHDRAWN = "withdrawn", "taken back"
        NOTED = "noted", "noted"
        DONE = "done", "done"

    request = TenantForeignKey(PersonRequest, on_delete=models.PROTECT, related_name="steps")
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    what = models.CharField(max_length=12, choices=What)
    per_cent = models.PositiveSmallIntegerField(null=True, help_text="of a reminder")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "request", "at", "id"], name="step_of_request")]

    def __str__(self) -> str:
        return self.what


class RequestNote(TenantModel):
    """What a member said to a step: why refused, why later, how known. Append-only, but erasure takes it out."""

    id = None  # type: ignore[assignment]  # the step is the key
    step = TenantOneToOneField(RequestStep, primary_key=True, on_delete=models.CASCADE, related_name="note")
    text = models.TextField()

    class Meta(TenantModel.Meta):
        pass


class Erasure(TenantModel):
    """Somebody was erased. Append-only; the same stands, as keyed hashes, in the list outside the database."""

    class Why(models.TextChoices):
        ASKED = "asked", "asked for it"
        RETENTION = "retention", "kept long enough"
        UNANSWERED = "unanswered", "never answered the letter about their sign-up"
        REPLAYED = "replayed", "erased before, and back with a restored backup"

    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="erasures")
    at = models.DateTimeField()
    actor = models.CharField(max_length=60)
    why = models.CharField(max_length=10, choices=Why)
    request = TenantForeignKey(PersonRequest, null=True, on_delete=models.PROTECT, related_name="erasures")
    counts = models.JSONField(default=dict, help_text="table or eraser -> rows; nothing of the person")
    hashes = models.JSONField(default=dict, help_text="keyed: of the customer, and of the addresses")

    class Meta(TenantModel.Meta):
        indexes = [models.Index(fields=["tenant", "customer"], name="erasure_of_customer")]

    def __str__(self) -> str:
        return f"{self.why} {self.at}"
