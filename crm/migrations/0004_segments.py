"""Segments: definitions, members, changes and daily sizes."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0003_import_chunks"),
        ("tenancy", "0005_audit_differences_stay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("description", models.CharField(blank=True, max_length=400)),
                (
                    "mode",
                    models.CharField(
                        choices=[("live", "live"), ("frozen", "frozen")], default="live", max_length=6
                    ),
                ),
                ("condition", models.JSONField(help_text="the tree as rules.language.parse reads it")),
                ("version", models.PositiveIntegerField(default=1)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("defined_at", models.DateTimeField(help_text="when this version's condition was saved")),
                (
                    "filled_at",
                    models.DateTimeField(
                        help_text="since when its members are those of its condition; frozen: the day of its members",
                        null=True,
                    ),
                ),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.member",
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
            },
        ),
        tenancy.db.operations.TenantTable("Segment"),
        tenancy.db.operations.Audited("Segment"),
        migrations.CreateModel(
            name="SegmentChange",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("batch", models.UUIDField()),
                ("entered", models.BooleanField(help_text="False: left")),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("facts", "what we know of them changed"),
                            ("definition", "the segment was defined anew"),
                            ("refresh", "the segment was refreshed by hand"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="crm.customer",
                    ),
                ),
                (
                    "segment",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="crm.segment",
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
            },
        ),
        tenancy.db.operations.TenantTable("SegmentChange"),
        migrations.CreateModel(
            name="SegmentMember",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="crm.customer",
                    ),
                ),
                (
                    "segment",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="members",
                        to="crm.segment",
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
            },
        ),
        tenancy.db.operations.TenantTable("SegmentMember"),
        migrations.CreateModel(
            name="SegmentSize",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("day", models.DateField(help_text="in the tenant's time zone")),
                ("customers", models.IntegerField()),
                ("entered", models.IntegerField(default=0)),
                ("left", models.IntegerField(default=0)),
                (
                    "value",
                    models.BigIntegerField(
                        help_text="their lifetime value, minor units; worked out at night", null=True
                    ),
                ),
                (
                    "segment",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sizes",
                        to="crm.segment",
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
            },
        ),
        tenancy.db.operations.TenantTable("SegmentSize"),
        migrations.CreateModel(
            name="SegmentVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("mode", models.CharField(choices=[("live", "live"), ("frozen", "frozen")], max_length=6)),
                ("condition", models.JSONField()),
                ("comment", models.CharField(blank=True, max_length=200)),
                ("author_name", models.CharField(blank=True, max_length=200)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "author",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="tenancy.member",
                    ),
                ),
                (
                    "segment",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="crm.segment",
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
            },
        ),
        tenancy.db.operations.TenantTable("SegmentVersion"),
        tenancy.db.operations.AppendOnly("SegmentVersion"),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("archived_at__isnull", True)),
                fields=("tenant", "name"),
                name="segment_name_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="segment_has_name"
            ),
        ),
        migrations.AddIndex(
            model_name="segmentchange",
            index=models.Index(fields=["tenant", "segment", "-at", "id"], name="segment_change_newest"),
        ),
        migrations.AddIndex(
            model_name="segmentchange",
            index=models.Index(fields=["tenant", "batch"], name="segment_change_batch"),
        ),
        migrations.AddIndex(
            model_name="segmentchange",
            index=models.Index(fields=["tenant", "customer", "-at"], name="segment_change_of_customer"),
        ),
        migrations.AddIndex(
            model_name="segmentmember",
            index=models.Index(fields=["tenant", "customer", "segment"], name="segments_of_customer"),
        ),
        migrations.AddConstraint(
            model_name="segmentmember",
            constraint=models.UniqueConstraint(
                fields=("tenant", "segment", "customer"), name="segment_member_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentsize",
            constraint=models.UniqueConstraint(
                fields=("tenant", "segment", "day"), name="segment_size_once_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="segmentversion",
            constraint=models.UniqueConstraint(
                fields=("tenant", "segment", "number"), name="segment_version_once"
            ),
        ),
    ]
