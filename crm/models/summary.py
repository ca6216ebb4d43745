"""One row a customer with every fact by which people sort and filter.

Each room writes its own columns through crm.services.summaries. Money is in minor units of the
tenant's currency; dates are days in the tenant's time zone.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from crm.models.customer import Customer
from tenancy.db.fields import TenantOneToOneField
from tenancy.db.models import TenantModel


class CustomerSummary(TenantModel):
    class Score(models.TextChoices):
        """What can be said about a customer's value."""

        NONE = "none", "no order yet"
        NOT_COMPUTED = "not_computed", "not computed yet"
        SCORED = "scored", "scored"
        ONE_ORDER = "one_order", "1 order so far"
        NO_MODEL = "no_model", "too little data for a score"
        OBJECTED = "objected", "objected to profiling"
        RESTRICTED = "restricted", "use is restricted"
        DECEASED = "deceased", "reported dead"

    class Kind(models.TextChoices):
        """Kinds of customer (Peppers & Rogers): each is treated in its own way."""

        MOST_VALUABLE = "most_valuable", "most valuable"
        MOST_GROWABLE = "most_growable", "most growable"
        SUPER_GROWTH = "super_growth", "super-growth"
        MIGRATOR = "migrator", "migrator"
        LOW_MAINTENANCE = "low_maintenance", "low-maintenance"
        BELOW_ZERO = "below_zero", "below zero"

    UNPROFILED = (Score.OBJECTED, Score.RESTRICTED, Score.DECEASED)
    """Of whom no profile is made: privacy says so, value leaves them out."""

    id = None  # type: ignore[assignment]  # the customer is the key
    customer = TenantOneToOneField(
        Customer, primary_key=True, on_delete=models.CASCADE, related_name="summary"
    )
    # crm
    name_key = models.CharField(max_length=200)
    trashed = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Customer.Status, default=Customer.Status.PROSPECT)
    orders = models.IntegerField(default=0)
    returns = models.IntegerField(default=0)
    revenue = models.BigIntegerField(default=0, help_text="net of returns")
    margin = models.BigIntegerField(default=0, help_text="net of returns, before cost to serve")
    margin_year = models.BigIntegerField(default=0, help_text="the last 365 days")
    margin_year_before = models.BigIntegerField(default=0)
    cost_year = models.BigIntegerField(default=0, help_text="cost events of the last 365 days")
    first_order_on = models.DateField(null=True)
    last_order_on = models.DateField(null=True)
    months = ArrayField(
        models.BigIntegerField(), default=list, help_text="net of each of the last 12 months, oldest first"
    )
    # portfolios
    portfolio_id = models.UUIDField(null=True)
    # interactions
    open_promises = models.PositiveSmallIntegerField(default=0, db_default=0)
    open_cases = models.PositiveSmallIntegerField(default=0, db_default=0)
    # value
    score = models.CharField(max_length=12, choices=Score, default=Score.NONE)
    alive = models.FloatField(null=True, help_text="chance of being alive, 0 to 1")
    no_order_90 = models.FloatField(null=True, help_text="recalibrated chance of no order in 90 days, 0 to 1")
    orders_year = models.FloatField(null=True, help_text="expected orders in the next year")
    margin_3y = models.BigIntegerField(
        null=True, help_text="expected margin of the next three years, not discounted"
    )
    value = models.BigIntegerField(
        null=True, help_text="lifetime value: discounted expected margin, three years"
    )
    value_low = models.BigIntegerField(null=True)
    value_high = models.BigIntegerField(null=True)
    valued_at = models.DateTimeField(null=True)
    customer_kind = models.CharField(  # noqa: DJ001  (empty: no rule says anything)
        max_length=16, null=True, choices=Kind, help_text="what the rules for kinds of customer say"
    )

    class Meta(TenantModel.Meta):
        # Keyset paging in both directions over any column: nulls are last in one order, first in the other.
        # With `trashed` beside it an index alone answers how many there are; a million rows are not looked at.
        indexes = [
            models.Index(fields=["tenant", *columns, "customer"], include=["trashed"], name=f"summary_by_{name}")
            for name, *columns in (
                ("name", "name_key"), ("portfolio", "portfolio_id", "name_key"), ("status", "status"),
                ("orders", "orders"), ("revenue", "revenue"), ("margin_year", "margin_year"),
                ("first_order", "first_order_on"), ("last_order", "last_order_on"), ("value", "value"),
                ("alive", "alive"), ("no_order", "no_order_90"), ("returns", "returns"), ("margin", "margin"),
                ("cost_year", "cost_year"), ("orders_year", "orders_year"), ("margin_3y", "margin_3y"),
                ("kind", "customer_kind"),
            )
        ] + [
            models.Index(
                fields=["tenant", column, "customer"], name=f"summary_{column}", condition=Q(**{f"{column}__gt": 0})
            )
            for column in ("open_promises", "open_cases")
        ]  # fmt: skip
