"""Customers, how they can be reached, and where each datum came from."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel
from tenancy.models import Member


class Source(models.TextChoices):
    """Where a datum came from; `source_detail` says which file, call or token."""

    MEMBER = "member", "entered by a member"
    IMPORT = "import", "imported"
    API = "api", "sent through the API"
    CUSTOMER = "customer", "told by the customer"
    ORDER = "order", "from an order"
    DEMO = "demo", "invented for the demo"


class Customer(TenantModel):
    """A person or organisation the tenant serves."""

    class Kind(models.TextChoices):
        PERSON = "person", "person"
        ORGANISATION = "organisation", "organisation"

    class Status(models.TextChoices):
        PROSPECT = "prospect", "prospect"
        ACTIVE = "active", "active"
        LAPSED = "lapsed", "lapsed"
        LOST = "lost", "lost"

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=200, editable=False, help_text="normalised for search and order")
    external_id = models.CharField(max_length=80, null=True, blank=True)  # noqa: DJ001  (unique where given)
    country = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=12, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    acts_for = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="people"
    )
    manual_status = models.CharField(max_length=10, choices=Status, blank=True)
    manual_status_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")
    manual_status_until = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=12, choices=Source)
    source_detail = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="grows with each change; the ETag")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)
    trashed_at = models.DateTimeField(null=True, blank=True)
    trashed_by = TenantForeignKey(Member, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="customer_external_id_once"),
            models.CheckConstraint(condition=~Q(name=""), name="customer_has_name"),
            models.CheckConstraint(condition=~Q(external_id=""), name="customer_external_id_not_empty"),
            models.CheckConstraint(
                condition=Q(manual_status="") | Q(manual_status_until__isnull=False),
                name="customer_manual_status_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "name_key", "id"], name="customer_by_name"),
            models.Index(
                fields=["tenant", "acts_for"], name="customer_people", condition=Q(acts_for__isnull=False)
            ),
            models.Index(
                fields=["tenant", "trashed_at"], name="customer_trash", condition=Q(trashed_at__isnull=False)
            ),
            models.Index(fields=["tenant", "country", "id"], name="customer_by_country"),
            GinIndex(
                fields=["tenant", "name_key"],
                name="customer_name_trigrams",
                opclasses=["uuid_ops", "gin_trgm_ops"],
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ContactPoint(TenantModel):
    """An address at which a customer can be reached, with its source."""

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        PHONE = "phone", "phone"
        POST = "post", "postal address"
        PUSH = "push", "push"

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=400)
    value_key = models.CharField(max_length=400, help_text="normalised: lower-case e-mail, E.164 phone")
    is_primary = models.BooleanField(default=False)
    source = models.CharField(max_length=12, choices=Source)
    source_detail = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(null=True, blank=True)
    invalid_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "customer", "kind", "value_key"], name="contact_point_once_a_customer"
            ),
            models.UniqueConstraint(
                fields=["tenant", "customer", "kind"], condition=Q(is_primary=True), name="one_primary_a_kind"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "value_key", "customer"], name="contact_point_by_value")]

    def __str__(self) -> str:
        return self.value


class DatumSource(TenantModel):
    """Where one attribute came from, when that is not where the customer itself came from."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="sources")
    field = models.CharField(max_length=40)
    source = models.CharField(max_length=12, choices=Source)
    source_detail = models.CharField(max_length=200, blank=True)
    actor = models.CharField(max_length=60)
    recorded_at = models.DateTimeField(auto_now=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "customer", "field"], name="datum_source_once_a_field")
        ]
