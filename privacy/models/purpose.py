"""What personal data is used for, what people are told about it, and the law as this company applies it."""

from collections.abc import Mapping
from typing import Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models import ContactPoint
from privacy.policy.ledger import MARKETING_CLASSES
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Channel(models.TextChoices):
    """How somebody is reached. "*" in the ledger means all of them."""

    EMAIL = "email", "e-mail"
    SMS = "sms", "text message"
    PUSH = "push", "push message"
    PHONE = "phone", "phone call"
    POST = "post", "post"
    AD_AUDIENCE = "ad_audience", "advertising audience"


POINT_OF_CHANNEL: Final[Mapping[str, str]] = {
    Channel.EMAIL.value: ContactPoint.Kind.EMAIL.value,
    Channel.PHONE.value: ContactPoint.Kind.PHONE.value,
    Channel.SMS.value: ContactPoint.Kind.PHONE.value,
    Channel.POST.value: ContactPoint.Kind.POST.value,
    Channel.PUSH.value: ContactPoint.Kind.PUSH.value,
    Channel.AD_AUDIENCE.value: ContactPoint.Kind.EMAIL.value,
}
"""By which kind of address a channel reaches somebody, in the order in which people see them; an advertiser is passed
the e-mail address."""


class Purpose(TenantModel):
    """Why personal data is used. `key` stands in the ledger for ever; everything else may be reworded."""

    class Class(models.TextChoices):
        """What kind of use it is; the contact policy judges by it."""

        LEGAL_DUTY = "legal_duty", "legal duty"
        SERVICE = "service", "contract"
        MARKETING = "marketing", "marketing"
        PROFILING = "profiling", "profiling"
        SHARING = "sharing", "sharing with others"
        PROCEDURAL = "procedural", "procedure"

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    description = models.CharField(max_length=400, blank=True)
    purpose_class = models.CharField(max_length=12, choices=Class)
    legal_basis = models.CharField(max_length=200, help_text="the article or the ground it rests on")
    channels = ArrayField(
        models.CharField(max_length=12, choices=Channel),
        default=list,
        help_text="on which people may choose it; empty: not offered as a choice",
    )
    is_important = models.BooleanField(
        default=False, help_text="may use the part of a cap that is kept for important messages"
    )
    position = models.PositiveIntegerField(default=0)
    archived_at = models.DateTimeField(null=True, blank=True)

    @property
    def is_marketing(self) -> bool:
        return self.purpose_class in MARKETING_CLASSES

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="purpose_key_once"),
            models.CheckConstraint(condition=~Q(name=""), name="purpose_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Notice(TenantModel):
    """What people are told and agree to: one text a version and language, kept for ever."""

    purpose = TenantForeignKey(Purpose, on_delete=models.PROTECT, related_name="notices")
    version = models.PositiveIntegerField()
    language = models.CharField(max_length=12, help_text="BCP 47: en, de, pt-BR")
    text = models.TextField()
    digest = models.CharField(max_length=64, help_text="SHA-256 of the text, hexadecimal")
    published_at = models.DateTimeField()
    published_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "purpose", "version", "language"], name="notice_version_once"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="notice_has_text"),
        ]

    def __str__(self) -> str:
        return f"version {self.version}, {self.language}"


class TenantRegime(TenantModel):
    """Rules of a country that the product does not bring, in the shape of privacy/policy/data."""

    code = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    content = models.JSONField()
    changed_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="regime_code_once")]

    def __str__(self) -> str:
        return self.name


class PolicyVersion(TenantModel):
    """The whole policy as it was applied: regimes, purposes, house rules. Kept for ever, to replay answers."""

    version = models.CharField(max_length=80)
    content = models.JSONField(help_text="as privacy.policy.regimes.policy_to_json writes it")
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.CharField(max_length=60, help_text="actor")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "version"], name="policy_version_once")]

    def __str__(self) -> str:
        return self.version


class PrivacyProfile(TenantModel):
    """What a company states about itself as a sender. One row a tenant."""

    sender_name = models.CharField(max_length=120, blank=True)
    postal_address = models.CharField(max_length=300, blank=True)
    privacy_contact = models.CharField(
        max_length=200, blank=True, help_text="where people reach the privacy officer"
    )
    sender_country = models.CharField(max_length=8, blank=True, help_text="where it adds a regime")
    is_charity = models.BooleanField(default=False)
    directed_at_children = models.BooleanField(default=False)
    balancing_test = models.CharField(
        max_length=120, blank=True, help_text="where the stored assessment of legitimate interests lies"
    )
    brand = models.CharField(max_length=80, blank=True)
    languages = ArrayField(
        models.CharField(max_length=12), default=list, help_text="of notices; the first is used"
    )
    order_days = models.PositiveIntegerField(
        default=30, help_text="how long an order counts as open, for service messages about it"
    )
    marketing_paused_until = models.DateTimeField(null=True, blank=True)
    policy = TenantForeignKey(PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant"], name="one_privacy_profile_a_tenant")]
