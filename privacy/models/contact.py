"""What the gate answered, and which contacts there were. Answers are kept for ever and can be replayed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import Customer
from privacy.models.purpose import Channel, PolicyVersion
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel


class GateAnswer(TenantModel):
    """One answer of the gate. Append-only; what it looked at stands in `GateFacts`."""

    class Decision(models.TextChoices):
        ALLOW = "allow", "may"
        DENY = "deny", "may not"
        DEFER = "defer", "not now"

    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="gate_answers")
    as_of = models.DateTimeField(help_text="the moment it was asked for")
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=60, help_text="actor")
    asked_for = models.CharField(max_length=60, help_text="customer page, API, campaign, ...")
    is_permit = models.BooleanField(default=False, help_text="a slot was asked for, not only an answer")
    channel = models.CharField(max_length=12, choices=Channel)
    purpose = models.CharField(max_length=40)
    decision = models.CharField(max_length=5, choices=Decision)
    code = models.CharField(max_length=28)
    all_codes = ArrayField(models.CharField(max_length=28))
    obligations = ArrayField(models.CharField(max_length=28), default=list)
    evidence_ids = ArrayField(models.CharField(max_length=60), default=list)
    until = models.DateTimeField(null=True)
    policy = TenantForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        indexes = [
            models.Index(fields=["tenant", "customer", "-asked_at", "-id"], name="gate_answer_of_customer"),
            models.Index(fields=["tenant", "-asked_at", "-id"], name="gate_answer_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.decision} {self.code}"


class GateFacts(TenantModel):
    """What an answer stood on, whole, so that it can be replayed. Append-only, but erasure takes it out."""

    id = None  # type: ignore[assignment]  # the answer is the key
    answer = TenantOneToOneField(
        GateAnswer, primary_key=True, on_delete=models.CASCADE, related_name="looked_at"
    )
    facts = models.JSONField(help_text="as privacy.policy.reading.facts_to_json writes them")

    class Meta(TenantModel.Meta):
        pass


class Contact(TenantModel):
    """One attempt to reach a person: reserved by a permit, then accepted by a channel, or let go.

    A reservation whose end is not known counts as a contact: nobody is reached twice by mistake.
    """

    class State(models.TextChoices):
        RESERVED = "reserved", "reserved"
        SENT = "sent", "sent"
        LET_GO = "let_go", "let go"

    class Outcome(models.TextChoices):
        DELIVERED = "delivered", "delivered"
        REACHED = "reached", "reached"
        NO_ANSWER = "no_answer", "no answer"
        REFUSED = "refused", "refused"
        BOUNCED = "bounced", "came back"

    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="contacts")
    key = models.CharField(max_length=120, help_text="of the message: the same key is the same contact")
    at = models.DateTimeField()
    channel = models.CharField(max_length=12, choices=Channel)
    purpose = models.CharField(max_length=40)
    is_marketing = models.BooleanField()
    subject = models.CharField(max_length=80, blank=True, help_text="id of the offer or campaign")
    state = models.CharField(max_length=8, choices=State, default=State.RESERVED)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    address_hash = models.CharField(max_length=80, blank=True)
    answer = TenantForeignKey(GateAnswer, null=True, on_delete=models.PROTECT, related_name="contacts")
    ended_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="contact_key_once")]
        indexes = [
            models.Index(
                fields=["tenant", "customer", "-at"], name="contact_of_customer", condition=~Q(state="let_go")
            )
        ]
