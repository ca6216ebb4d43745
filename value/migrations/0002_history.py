"""Month ends are summed once a portfolio; a refit values its opening day under both models."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0001_initial"),
        ("value", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EquityPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("taken_on", models.DateField()),
                ("portfolio_id", models.UUIDField()),
                ("customers", models.IntegerField(help_text="those with a value")),
                ("value", models.BigIntegerField()),
                (
                    "variance",
                    models.FloatField(help_text="of the sum, by chance alone; squared minor units"),
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
            },
        ),
        tenancy.db.operations.TenantTable(name="EquityPoint"),
        migrations.AddIndex(
            model_name="equitypoint",
            index=models.Index(fields=["tenant", "taken_on"], name="equity_points_of_day"),
        ),
        migrations.AddConstraint(
            model_name="equitypoint",
            constraint=models.UniqueConstraint(
                fields=("tenant", "portfolio_id", "taken_on"), name="equity_point_once_a_day"
            ),
        ),
        migrations.AlterField(
            model_name="valuesnapshot",
            name="occasion",
            field=models.CharField(
                choices=[
                    ("month_end", "month end"),
                    ("asked", "a day asked for"),
                    ("refit", "model refitted"),
                ],
                max_length=10,
            ),
        ),
        migrations.RemoveConstraint(model_name="valuesnapshot", name="snapshot_once_a_day_and_occasion"),
        migrations.AddConstraint(
            model_name="valuesnapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("occasion", "refit"), _negated=True),
                fields=("tenant", "customer", "taken_on"),
                name="snapshot_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="valuesnapshot",
            constraint=models.UniqueConstraint(
                condition=models.Q(("occasion", "refit")),
                fields=("tenant", "customer", "taken_on", "fit"),
                name="snapshot_once_a_refit",
            ),
        ),
    ]
