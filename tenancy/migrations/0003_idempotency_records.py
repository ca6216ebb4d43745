import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.ids
import tenancy.db.scope
from tenancy.db.operations import TenantTable


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_definer_functions")]

    operations = [
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("actor", models.CharField(help_text="member:<id> or token:<id>", max_length=60)),
                ("key", models.CharField(max_length=200)),
                ("route", models.CharField(help_text="method and path", max_length=500)),
                ("digest", models.BinaryField(help_text="SHA-256 of route, query and body", max_length=32)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("headers", models.JSONField(default=dict)),
                ("body", models.BinaryField(default=b"")),
                ("created_at", models.DateTimeField()),
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [models.Index(fields=["tenant", "created_at"], name="idempotency_by_age")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "actor", "key"), name="idempotency_key_once")
                ],
            },
        ),
        TenantTable(name="IdempotencyRecord"),
    ]
