"""Every index of the summary knows who is in the trash: counting the others then reads no rows."""

from django.db import migrations, models

INDEXES = (
    ("name", "name_key"),
    ("portfolio", "portfolio_id", "name_key"),
    ("status", "status"),
    ("orders", "orders"),
    ("revenue", "revenue"),
    ("margin_year", "margin_year"),
    ("first_order", "first_order_on"),
    ("last_order", "last_order_on"),
    ("value", "value"),
    ("alive", "alive"),
    ("no_order", "no_order_90"),
    ("returns", "returns"),
    ("margin", "margin"),
    ("cost_year", "cost_year"),
    ("orders_year", "orders_year"),
    ("margin_3y", "margin_3y"),
    ("kind", "customer_kind"),
)


def remade(name: str, *columns: str) -> list[migrations.operations.base.Operation]:
    index = models.Index(
        fields=["tenant", *columns, "customer"], include=("trashed",), name=f"summary_by_{name}"
    )
    return [
        migrations.RemoveIndex("customersummary", index.name),
        migrations.AddIndex("customersummary", index),
    ]


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_customer_kind"),
        ("tenancy", "0008_what_roles_were_brought"),
    ]

    operations = [operation for index in INDEXES for operation in remade(*index)]
