"""Room for rows between the check of an import and its load."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0002_search"),
        ("tenancy", "0004_work_counts"),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportChunk",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        help_text="lines, bad, products, customers, matches, touched", max_length=10
                    ),
                ),
                ("bucket", models.PositiveIntegerField()),
                ("part", models.PositiveIntegerField()),
                ("content", models.BinaryField(help_text="lines in COPY's text format, deflated")),
                (
                    "import_run",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="chunks",
                        to="crm.import",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "import_run", "kind", "bucket", "part"), name="import_chunk_once"
                    )
                ],
            },
        ),
        tenancy.db.operations.TenantTable(name="ImportChunk"),
        # Deflated already: the database need not try again.
        migrations.RunSQL(
            "ALTER TABLE crm_importchunk ALTER COLUMN content SET STORAGE EXTERNAL", migrations.RunSQL.noop
        ),
    ]
