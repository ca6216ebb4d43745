import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope

OPTIONS = {"abstract": False, "base_manager_name": "objects", "default_manager_name": "objects"}


def key() -> models.UUIDField:
    return models.UUIDField(default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False)


def tenant() -> models.ForeignKey:
    return models.ForeignKey(
        db_constraint=False,
        db_index=False,
        default=tenancy.db.scope.current_tenant_id,
        editable=False,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="tenancy.tenant",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("privacy", "0004_requests_and_erasures"),
        ("tenancy", "0008_what_roles_were_brought"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentMeasure",
            fields=[
                ("id", key()),
                ("as_of", models.DateTimeField(help_text="what is recorded later is not in it")),
                ("taken_at", models.DateTimeField(null=True)),
                ("customers", models.PositiveIntegerField(default=0, help_text="who ever said anything")),
                (
                    "consents",
                    models.PositiveIntegerField(
                        default=0, help_text="not stopped, by customer, purpose and channel"
                    ),
                ),
                ("provable", models.PositiveIntegerField(default=0)),
                (
                    "job",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="consent_measures",
                        to="tenancy.job",
                    ),
                ),
                ("tenant", tenant()),
            ],
            options={
                **OPTIONS,
                "indexes": [
                    models.Index(
                        condition=models.Q(("taken_at__isnull", False)),
                        fields=["tenant", "-taken_at"],
                        name="measure_newest",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("tenant", "job"), name="one_measure_a_job")],
            },
        ),
        tenancy.db.operations.TenantTable("ConsentMeasure"),
        migrations.CreateModel(
            name="ConsentCount",
            fields=[
                ("id", key()),
                ("part", models.PositiveIntegerField(default=0)),
                ("purpose", models.CharField(help_text="key, or *", max_length=40)),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("*", "every channel"),
                            ("email", "e-mail"),
                            ("sms", "text message"),
                            ("push", "push message"),
                            ("phone", "phone call"),
                            ("post", "post"),
                            ("ad_audience", "advertising audience"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("granted", "provable"),
                            ("claimed", "worth nothing"),
                            ("paused", "paused"),
                            ("stopped", "stopped"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        blank=True, help_text="why it is worth nothing, or by what stopped", max_length=28
                    ),
                ),
                ("method", models.CharField(blank=True, max_length=18)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("customers", models.PositiveIntegerField()),
                (
                    "measure",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counts",
                        to="privacy.consentmeasure",
                    ),
                ),
                ("tenant", tenant()),
            ],
            options={
                **OPTIONS,
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "tenant", "measure", "part", "purpose", "channel", "state", "code", "method", "source",
                        ),
                        name="consent_count_once",
                    )
                ],
            },
        ),
        tenancy.db.operations.TenantTable("ConsentCount"),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                condition=models.Q(
                    (
                        "action__in",
                        ("withdraw", "opt_out", "revoke", "object", "complain", "privacy_signal", "restrict"),
                    )
                ),
                fields=["tenant", "-recorded_at", "-id"],
                name="consent_stops",
            ),
        ),
    ]  # fmt: skip
