"""The kind of customer, as the rules of value say it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0004_segments"),
        ("tenancy", "0005_audit_differences_stay"),
    ]

    operations = [
        migrations.AddField(
            model_name="customersummary",
            name="customer_kind",
            field=models.CharField(
                choices=[
                    ("most_valuable", "most valuable"),
                    ("most_growable", "most growable"),
                    ("super_growth", "super-growth"),
                    ("migrator", "migrator"),
                    ("low_maintenance", "low-maintenance"),
                    ("below_zero", "below zero"),
                ],
                help_text="what the rules for kinds of customer say",
                max_length=16,
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="customersummary",
            index=models.Index(fields=["tenant", "customer_kind", "customer"], name="summary_by_kind"),
        ),
    ]
