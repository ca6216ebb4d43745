"""What is written to customers: templates, single messages with what became of them, and the ways they go."""

from django.db import models
from django.db.models import Q

from crm.models import Customer
from interactions.models.interaction import Interaction
from interactions.models.task import Task
from privacy.models.purpose import Channel
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class Template(TenantModel):
    """A text for many. What is sent is a version; an older one stays as it was."""

    name = models.CharField(max_length=80)
    channel = models.CharField(max_length=12, choices=Channel)
    purpose = models.CharField(max_length=40, help_text="key of a purpose")
    has_promotion = models.BooleanField(
        default=False, help_text="it promotes something, whatever its purpose"
    )
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="template_name_once")]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(TenantModel):
    """One wording of a template in one language. Append-only."""

    template = TenantForeignKey(Template, on_delete=models.CASCADE, related_name="versions")
    language = models.CharField(max_length=5)
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(
        help_text="plain words with {{ fields }}, paragraphs, links; e-mail is laid out around it"
    )
    at = models.DateTimeField()
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "template", "language", "number"], name="wording_once")
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.number}"


class Connector(TenantModel):
    """Where text and push messages are handed over: a signed request to the company's provider."""

    channel = models.CharField(max_length=12, choices=Channel)
    name = models.CharField(max_length=80)
    url = models.URLField(max_length=400)
    secret = models.CharField(
        max_length=200, help_text="of what the signing secret is derived; the secret is kept nowhere"
    )
    cost = models.PositiveIntegerField(
        default=0, help_text="of one message, in minor units of the company's currency"
    )
    is_active = models.BooleanField(default=True)
    trouble = models.CharField(max_length=300, blank=True)
    trouble_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "channel"], condition=Q(is_active=True), name="one_connector_a_channel"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Message(TenantModel):
    """One message to one customer. Marketing goes at most once, service notices at least once."""

    class State(models.TextChoices):
        QUEUED = "queued", "waits"
        CLAIMED = "claimed", "is being sent"
        SENT = "sent", "sent"
        WITHHELD = "withheld", "not sent"
        UNSURE = "unsure", "nobody knows whether it went"
        FAILED = "failed", "could not be sent"
        TASK = "task", "somebody does it"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="messages")
    point_id = models.UUIDField(null=True, help_text="the contact point; erasure takes that away")
    channel = models.CharField(max_length=12, choices=Channel)
    purpose = models.CharField(max_length=40)
    is_marketing = models.BooleanField()
    wording = TenantForeignKey(TemplateVersion, null=True, on_delete=models.PROTECT, related_name="messages")
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.QUEUED)
    code = models.CharField(max_length=28, blank=True, help_text="why not, as the gate says it")
    why = models.CharField(max_length=300, blank=True)
    answer_id = models.UUIDField(null=True, help_text="the gate's answer")
    contact_id = models.UUIDField(null=True, help_text="the place that the permit held")
    task = TenantForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="messages")
    interaction = TenantForeignKey(Interaction, null=True, on_delete=models.SET_NULL, related_name="messages")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(help_text="not before; a deferral moves it on")
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    mail_id = models.CharField(max_length=200, blank=True, help_text="Message-ID, without angle brackets")
    provider_id = models.CharField(max_length=200, blank=True)
    bounced_at = models.DateTimeField(null=True)
    author = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120, blank=True)
    key = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="message_key_once")]
        indexes = [
            models.Index(
                fields=["tenant", "due_at", "id"],
                name="message_due",
                condition=Q(state__in=("queued", "claimed")),
            ),
            models.Index(fields=["tenant", "customer", "-asked_at", "-id"], name="message_of_customer"),
            models.Index(fields=["tenant", "-asked_at", "-id"], name="message_newest"),
            models.Index(fields=["tenant", "mail_id"], name="message_by_mail_id", condition=~Q(mail_id="")),
            models.Index(
                fields=["tenant", "provider_id"], name="message_by_provider", condition=~Q(provider_id="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"


class MessageNews(TenantModel):
    """What became of a message after it was handed over. Append-only, each piece of news once."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", "delivered"
        BOUNCED = "bounced", "came back for good"
        DELAYED = "delayed", "could not be delivered yet"
        COMPLAINED = "complained", "reported as unwanted"
        STOPPED = "stopped", "answered with a word that stops"
        ANSWERED = "answered", "answered"

    message = TenantForeignKey(Message, on_delete=models.CASCADE, related_name="news")
    kind = models.CharField(max_length=10, choices=Kind)
    at = models.DateTimeField()
    detail = models.CharField(
        max_length=300, blank=True, help_text="status code and diagnosis, without addresses"
    )
    key = models.CharField(max_length=120)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "message", "key"], name="news_once")]

    def __str__(self) -> str:
        return self.kind


class Mailbox(TenantModel):
    """An address of the company at which we take mail in. Its link stands until the row is not active any more."""

    address = models.EmailField(max_length=254, help_text="in its normal form (crm.keys.email_key)")
    name = models.CharField(max_length=80, blank=True)
    checked_by = models.CharField(
        max_length=120, blank=True, help_text="the mail server whose Authentication-Results are believed"
    )
    is_active = models.BooleanField(default=True)
    made_at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "address"], condition=Q(is_active=True), name="mailbox_address_once"
            )
        ]

    def __str__(self) -> str:
        return self.address


class InboundMail(TenantModel):
    """One mail or text message that came in, each once, and what it turned out to be."""

    class Kind(models.TextChoices):
        LETTER = "letter", "somebody writes"
        BOUNCE = "bounce", "a message that came back"
        COMPLAINT = "complaint", "a complaint from a mail provider"
        STOP = "stop", "somebody wants no more"
        AUTOMATIC = "automatic", "an automatic answer"

    class State(models.TextChoices):
        FILED = "filed", "with a customer"
        UNMATCHED = "unmatched", "nobody known"
        IGNORED = "ignored", "nothing to do"

    class SenderCheck(models.TextChoices):
        PROVEN = "pass", "the sender is proven"
        DENIED = "fail", "it does not come from where it says"
        UNKNOWN = "none", "nobody checked who sent it"

    mailbox = TenantForeignKey(Mailbox, null=True, on_delete=models.PROTECT, related_name="mails")
    connector = TenantForeignKey(
        Connector, null=True, on_delete=models.PROTECT, related_name="mails", help_text="of a text message"
    )
    mail_key = models.CharField(
        max_length=64, help_text="hash of Message-ID and content, or of the whole where it has none"
    )
    received_at = models.DateTimeField()
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=9, choices=State)
    sender_check = models.CharField(max_length=4, choices=SenderCheck, default=SenderCheck.UNKNOWN)
    why = models.CharField(max_length=300, blank=True, help_text="why it is where it is")
    from_address = models.CharField(max_length=254, blank=True)
    from_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(
        blank=True, help_text="until it is with a customer; then it stands in the interaction"
    )
    customer = TenantForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="inbound_mails")
    interaction = TenantForeignKey(
        Interaction, null=True, on_delete=models.SET_NULL, related_name="inbound_mails"
    )
    message = TenantForeignKey(
        Message,
        null=True,
        on_delete=models.SET_NULL,
        related_name="inbound_mails",
        help_text="which it is about",
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "mailbox", "mail_key"], name="inbound_mail_once"),
            models.UniqueConstraint(fields=["tenant", "connector", "mail_key"], name="inbound_text_once"),
            models.CheckConstraint(
                condition=Q(mailbox__isnull=False, connector__isnull=True)
                | Q(mailbox__isnull=True, connector__isnull=False),
                name="inbound_mail_came_one_way",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "-received_at", "-id"],
                name="inbound_unmatched",
                condition=Q(state="unmatched"),
            ),
            models.Index(fields=["tenant", "customer", "-received_at"], name="inbound_of_customer"),
            models.Index(fields=["tenant", "received_at", "id"], name="inbound_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.received_at:%Y-%m-%d}"

    @property
    def channel(self) -> str:
        return Channel.EMAIL if self.mailbox_id else Channel.SMS
