"""What customers bought, gave back and paid, and what serving them cost.

Money is in minor units of the order's currency. A return is an order with negative sums.
"""

from django.db import models
from django.db.models import Q

from crm.models.customer import Customer, Source
from tenancy.db.fields import TenantForeignKey
from tenancy.db.models import TenantModel


class Product(TenantModel):
    external_id = models.CharField(max_length=80)
    name = models.CharField(max_length=200)
    unit_cost = models.BigIntegerField(
        null=True, blank=True, help_text="minor units; empty: the margin rate is used"
    )

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="product_external_id_once")
        ]

    def __str__(self) -> str:
        return self.name


class Order(TenantModel):
    """A purchase or a return. `customer` is empty for an anonymous sale, which stays outside value."""

    class Kind(models.TextChoices):
        SALE = "sale", "sale"
        RETURN = "return", "return"

    external_id = models.CharField(max_length=80)
    customer = TenantForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="orders"
    )
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.SALE)
    returns = TenantForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="returned_by"
    )
    ordered_at = models.DateTimeField()
    ordered_on = models.DateField(help_text="the day of ordered_at in the tenant's time zone")
    channel = models.CharField(max_length=40, blank=True)
    currency = models.CharField(max_length=3)
    gross = models.BigIntegerField(help_text="sum of the lines before discount")
    discount = models.BigIntegerField(default=0)
    net = models.BigIntegerField(help_text="gross less discount")
    margin = models.BigIntegerField(help_text="net less goods; by the tenant's rate where margin_is_estimate")
    margin_is_estimate = models.BooleanField()
    source = models.CharField(max_length=12, choices=Source)
    source_detail = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="order_external_id_once"),
            models.CheckConstraint(
                condition=Q(net=models.F("gross") - models.F("discount")),
                name="order_net_is_gross_less_discount",
            ),
            models.CheckConstraint(
                condition=Q(kind="return") | Q(returns__isnull=True), name="only_a_return_returns"
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "customer", "-ordered_at", "id"], name="order_of_customer"),
            models.Index(fields=["tenant", "-ordered_at", "id"], name="order_newest"),
            models.Index(
                fields=["tenant", "returns"], name="order_returned", condition=Q(returns__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.external_id


class OrderLine(TenantModel):
    order = TenantForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    product = TenantForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="lines")
    description = models.CharField(max_length=200, blank=True)
    quantity = models.DecimalField(max_digits=14, decimal_places=3)
    unit_price = models.DecimalField(
        max_digits=16, decimal_places=4, help_text="major units, as it was stated"
    )
    amount = models.BigIntegerField(help_text="quantity times price before discount")
    discount = models.BigIntegerField(default=0)
    cost = models.BigIntegerField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "order", "position"], name="line_position_once")
        ]
        indexes = [models.Index(fields=["tenant", "product"], name="line_of_product")]

    def __str__(self) -> str:
        return self.description


class Payment(TenantModel):
    order = TenantForeignKey(Order, on_delete=models.PROTECT, related_name="payments")
    external_id = models.CharField(max_length=80)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    method = models.CharField(max_length=40, blank=True)
    due_on = models.DateField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["tenant", "external_id"], name="payment_external_id_once")
        ]
        indexes = [models.Index(fields=["tenant", "order"], name="payment_of_order")]

    def __str__(self) -> str:
        return self.external_id


class CostEvent(TenantModel):
    """What serving a customer cost: posted by every room, read by value."""

    customer = TenantForeignKey(Customer, on_delete=models.CASCADE, related_name="costs")
    key = models.CharField(max_length=120, help_text="opaque; the same cost posted twice is one")
    kind = models.CharField(max_length=40)
    amount = models.BigIntegerField(help_text="minor units of the tenant's currency")
    minutes = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    occurred_at = models.DateTimeField()
    detail = models.CharField(max_length=200, blank=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="cost_key_once")]
        indexes = [models.Index(fields=["tenant", "customer", "-occurred_at"], name="cost_of_customer")]

    def __str__(self) -> str:
        return self.kind
