"""Which kind of customer somebody became, and why."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0005_customer_kind"),
        ("rules", "0001_initial"),
        ("tenancy", "0005_audit_differences_stay"),
        ("value", "0002_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="KindDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("before", models.CharField(max_length=16, null=True)),
                ("kind", models.CharField(max_length=16, null=True)),
                ("rule_id", models.CharField(blank=True, max_length=120)),
                (
                    "facts",
                    models.JSONField(default=dict, help_text="what the rule looked at, and what it found"),
                ),
                ("decided_at", models.DateTimeField()),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kind_decisions",
                        to="crm.customer",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        default=tenancy.db.scope.current_tenant_id,
                        editable=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.tenant",
                    ),
                ),
                (
                    "version",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        help_text="empty: no rule says anything",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="rules.ruleversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        fields=["tenant", "customer", "-decided_at", "id"], name="kind_decision_newest"
                    )
                ],
            },
        ),
        tenancy.db.operations.TenantTable("KindDecision"),
    ]
