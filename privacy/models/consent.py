"""The consent ledger: what people said about the use of their data, when, how, and the proof of it.

Append-only and chained per customer. Rows hold no personal text: that stands in `ConsentText`, which erasure
may take away; the chain holds a keyed digest of it, so it can still be verified.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import ContactPoint, Customer
from privacy.models.purpose import Channel, Notice
from tenancy.db.fields import TenantForeignKey, TenantOneToOneField
from tenancy.db.models import TenantModel

EVERY_CHANNEL = "*"
REFUSALS = ("withdraw", "opt_out", "revoke", "object", "complain", "privacy_signal", "restrict")
"""Actions that say no; the index `consent_stops` holds them."""


class ConsentChain(TenantModel):
    """The end of a customer's chain, and the lock on it: whoever permits or records holds this row.

    Made when it is first needed. The two dates are kept here because they change often; nobody audits this row.
    """

    id = None  # type: ignore[assignment]  # the customer is the key
    customer = TenantOneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="consent_chain"
    )
    events = models.PositiveIntegerField(default=0, help_text="how long the chain is")
    head = models.CharField(max_length=80, blank=True, help_text="digest of its last event")
    profiling_objected_at = models.DateTimeField(
        null=True, blank=True, help_text="since when an objection to profiling is in force, by the ledger"
    )
    last_contact_at = models.DateTimeField(null=True, blank=True, help_text="what the person did towards us")

    class Meta(TenantModel.Meta):
        pass


class Person(TenantModel):
    """What is known of a customer as a person with rights.

    A customer without one is a consumer of whom nothing is known.
    """

    class Kind(models.TextChoices):
        CONSUMER = "consumer", "consumer"
        SOLE_TRADER = "sole_trader", "sole trader"
        COMPANY_CONTACT = "company_contact", "contact at a company"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="persons")
    kind = models.CharField(
        max_length=16, choices=Kind, blank=True, help_text="empty: told by whom they act for"
    )
    residences = ArrayField(
        models.CharField(max_length=8), default=list, help_text="regime codes; empty: the customer's country"
    )
    born_on = models.DateField(null=True, blank=True)
    parental_authorisation_at = models.DateTimeField(null=True, blank=True)
    parental_evidence = models.CharField(
        max_length=200,
        blank=True,
        help_text="how it was verified that a parent agreed, and where that is kept",
    )
    deceased_at = models.DateTimeField(null=True, blank=True)
    deceased_reported_by = models.CharField(max_length=200, blank=True)
    restricted_at = models.DateTimeField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    contract_until = models.DateField(null=True, blank=True)
    note = models.CharField(max_length=400, blank=True, help_text="why restricted")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "customer"], name="one_person_a_customer")]


class ConsentEvent(TenantModel):
    """One thing a person said or did about the use of their data: twelve fields of proof and a place in the chain."""

    class Action(models.TextChoices):
        GRANT = "grant", "agreed"
        CONFIRM = "confirm", "confirmed"
        WITHDRAW = "withdraw", "took back"
        OPT_OUT = "opt_out", "unsubscribed"
        REVOKE = "revoke", "stopped calls and texts"
        OBJECT = "object", "objected"
        COMPLAIN = "complain", "reported as spam"
        PRIVACY_SIGNAL = "privacy_signal", "browser signal"
        RESTRICT = "restrict", "restricted"
        RELEASE = "release", "restriction lifted"
        PAUSE = "pause", "paused"
        EXPIRE = "expire", "expired"

    class Method(models.TextChoices):
        WEB_FORM = "web_form", "web form"
        PRETICKED_BOX = "preticked_box", "pre-ticked box"
        DOUBLE_OPT_IN = "double_opt_in", "double opt-in"
        CALL = "call", "call"
        PAPER = "paper", "paper"
        API = "api", "API"
        IMPORT = "import", "import"
        REPLY = "reply", "reply"
        UNSUBSCRIBE_LINK = "unsubscribe_link", "unsubscribe link"
        PREFERENCE_CENTRE = "preference_centre", "preference centre"
        FEEDBACK_LOOP = "feedback_loop", "feedback loop"
        BROWSER = "browser", "browser"

    class Wording(models.TextChoices):
        SPECIFIC = "specific", "names sender, channel and purpose"
        GENERIC = "generic", "agrees to everything"
        NONE = "none", "not kept"

    customer = TenantForeignKey(Customer, on_delete=models.PROTECT, related_name="consent_events")
    sequence = models.PositiveIntegerField(help_text="place in the customer's chain, from 1")
    action = models.CharField(max_length=14, choices=Action)
    channel = models.CharField(max_length=12, choices=[(EVERY_CHANNEL, "every channel"), *Channel.choices])
    purposes = ArrayField(models.CharField(max_length=40), help_text="keys, sale, profiling, or *")
    brand = models.CharField(max_length=80, blank=True)
    regime = models.CharField(max_length=8, blank=True, help_text="under which law it was asked for")
    method = models.CharField(max_length=18, choices=Method, blank=True)
    source = models.CharField(max_length=120, blank=True, help_text="which form, campaign or file; no person")
    actor = models.CharField(max_length=60, help_text="who recorded it")
    occurred_at = models.DateTimeField(null=True, help_text="empty: not known, older than all others")
    recorded_at = models.DateTimeField()
    wording = models.CharField(max_length=8, choices=Wording, default=Wording.NONE)
    wording_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the exact words")
    notice = TenantForeignKey(Notice, null=True, on_delete=models.PROTECT, related_name="+")
    notice_version = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=12, blank=True)
    evidence = ArrayField(models.CharField(max_length=120), default=list, help_text="ids of what was stored")
    documentation_record = models.CharField(max_length=120, blank=True)
    written_agreement = models.BooleanField(default=False)
    record = models.CharField(
        max_length=40, default="1", help_text="which of the merged records it came from"
    )
    until = models.DateTimeField(null=True, help_text="end of a pause")
    address_hash = models.CharField(
        max_length=80, blank=True, help_text="keyed; of the address it was said for"
    )
    key = models.CharField(max_length=120, help_text="the same key again is the same event")
    text_digest = models.CharField(max_length=80, blank=True, help_text="keyed; of its ConsentText")
    previous = models.CharField(max_length=80, blank=True)
    digest = models.CharField(max_length=80, help_text="keyed; of this row and the one before")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "customer", "sequence"], name="consent_place_once"),
            models.UniqueConstraint(fields=["tenant", "customer", "key"], name="consent_key_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1), name="consent_place_from_one"),
            models.CheckConstraint(condition=~Q(purposes=[]), name="consent_has_purpose"),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "address_hash", "customer"],
                name="consent_by_address",
                condition=~Q(address_hash="") & ~Q(action__in=["grant", "confirm", "expire"]),
            ),
            models.Index(fields=["tenant", "-recorded_at", "-id"], name="consent_newest"),
            models.Index(
                fields=["tenant", "-recorded_at", "-id"],
                name="consent_stops",
                condition=Q(action__in=REFUSALS),
            ),
            models.Index(
                fields=["tenant", "recorded_at", "customer"],
                name="consent_to_confirm",
                condition=Q(action="grant", method="double_opt_in"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.channel}"


class ConsentText(TenantModel):
    """The personal part of one event's proof. Append-only, but erasure (the definer) takes it out."""

    id = None  # type: ignore[assignment]  # the event is the key
    event = TenantOneToOneField(
        ConsentEvent, primary_key=True, on_delete=models.CASCADE, related_name="personal"
    )
    address = models.CharField(max_length=400, blank=True)
    words = models.TextField(blank=True, help_text="the exact wording, where it is no notice of ours")
    detail = models.JSONField(default=dict, help_text="the form post, the caller, the document, as it came")

    class Meta(TenantModel.Meta):
        pass


class Suppression(TenantModel):
    """An address that must not be used, as a keyed hash: it outlives the person's record."""

    class Reason(models.TextChoices):
        ERASED = "erased", "erased on request"
        DO_NOT_CONTACT = "do_not_contact", "asked not to be contacted"
        UK_TPS = "UK-TPS", "on the Telephone Preference Service"
        US_DNC = "US-DNC", "on the US do-not-call list"
        CA_DNCL = "CA-DNCL", "on the Canadian do-not-call list"

    address_hash = models.CharField(max_length=80)
    reason = models.CharField(max_length=16, choices=Reason)
    since = models.DateTimeField()
    source = models.CharField(max_length=120, blank=True)
    actor = models.CharField(max_length=60)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "address_hash", "reason"], name="suppression_once")
        ]
        indexes = [
            models.Index(
                fields=["tenant", "reason", "since"],
                name="suppression_own",
                condition=Q(reason__in=["erased", "do_not_contact"]),
            )
        ]


class Capture(TenantModel):
    """How we came by an address: what the soft opt-in asks for (ePrivacy 13(2), PECR 22(3))."""

    class Origin(models.TextChoices):
        SALE = "sale", "at a sale"
        NEGOTIATION = "negotiation", "while negotiating a sale"
        CHARITY_SUPPORT = "charity_support", "while supporting the charity"
        OTHER = "other", "another way"

    contact_point = TenantForeignKey(ContactPoint, on_delete=models.CASCADE, related_name="captures")
    origin = models.CharField(max_length=16, choices=Origin)
    collected_on = models.DateField()
    way_out_offered = models.BooleanField(default=False, help_text="whether a way out was offered at once")
    hard_bounced_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "contact_point"], name="one_capture_an_address")
        ]
