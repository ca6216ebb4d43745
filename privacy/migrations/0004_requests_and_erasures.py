"""What people ask about their data, who was erased, and the function that takes texts out of append-only tables."""

import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope

# Companions of what is append-only: words and addresses of consents, facts of answers, notes of requests.
ERASE_TEXTS = """
DECLARE
  tenant uuid := NULLIF(current_setting('app.tenant_id', true), '')::uuid;
  gone bigint;
  total bigint := 0;
BEGIN
  IF tenant IS NULL THEN RETURN 0; END IF;
  DELETE FROM public.privacy_consenttext AS t USING public.privacy_consentevent AS e
   WHERE t.tenant_id = tenant AND e.tenant_id = tenant AND e.id = t.event_id AND e.customer_id = ANY (customers);
  GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
  DELETE FROM public.privacy_gatefacts AS t USING public.privacy_gateanswer AS a
   WHERE t.tenant_id = tenant AND a.tenant_id = tenant AND a.id = t.answer_id AND a.customer_id = ANY (customers);
  GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
  DELETE FROM public.privacy_requestnote AS t USING public.privacy_requeststep AS s, public.privacy_personrequest AS r
   WHERE t.tenant_id = tenant AND s.tenant_id = tenant AND s.id = t.step_id
     AND r.tenant_id = tenant AND r.id = s.request_id AND r.customer_id = ANY (customers);
  GET DIAGNOSTICS gone = ROW_COUNT; total := total + gone;
  RETURN total;
END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("crm", "0006_counted_by_index"),
        ("privacy", "0003_release_restrictions"),
        ("tenancy", "0009_erasable_texts"),
    ]

    operations = [
        migrations.CreateModel(
            name="PersonRequest",
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
                        choices=[
                            ("access", "access"),
                            ("portability", "portability"),
                            ("rectification", "rectification"),
                            ("erasure", "erasure"),
                            ("restriction", "restriction"),
                            ("objection", "objection"),
                        ],
                        max_length=14,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "who is it"),
                            ("open", "to be done"),
                            ("done", "done"),
                            ("refused", "refused"),
                            ("withdrawn", "taken back"),
                        ],
                        default="received",
                        max_length=10,
                    ),
                ),
                (
                    "came",
                    models.CharField(
                        choices=[
                            ("member", "written down by a member"),
                            ("link", "by the person's own page"),
                            ("api", "through the API"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asker", models.CharField(blank=True, help_text="who asks, as they say", max_length=400)),
                ("words", models.TextField(blank=True, help_text="what they ask, in their words")),
                ("regime", models.CharField(help_text="whose clock runs", max_length=8)),
                ("received_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("extended_at", models.DateTimeField(null=True)),
                (
                    "reminded",
                    models.PositiveSmallIntegerField(
                        default=0, help_text="per cent of the time: 50, 80, 100"
                    ),
                ),
                (
                    "identity",
                    models.CharField(
                        choices=[
                            ("none", "not yet"),
                            ("code", "by a code sent to an address we have"),
                            ("link", "by the person's own link"),
                            ("member", "by a member, who says how"),
                        ],
                        default="none",
                        max_length=6,
                    ),
                ),
                ("identified_at", models.DateTimeField(null=True)),
                ("code_digest", models.CharField(blank=True, max_length=80)),
                ("code_sent_at", models.DateTimeField(null=True)),
                ("code_tries", models.PositiveSmallIntegerField(default=0)),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to="crm.customer",
                    ),
                ),
                (
                    "export_job",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="tenancy.job",
                    ),
                ),
                (
                    "handled_by",
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
        migrations.CreateModel(
            name="RequestStep",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("received", "received"),
                            ("code_sent", "code sent"),
                            ("code_wrong", "wrong code"),
                            ("identified", "identity known"),
                            ("assembled", "data assembled"),
                            ("handed_over", "data handed over"),
                            ("corrected", "corrected"),
                            ("restricted", "restricted"),
                            ("objected", "objection recorded"),
                            ("erased", "erased"),
                            ("extended", "time extended"),
                            ("reminded", "reminder sent"),
                            ("refused", "refused"),
                            ("withdrawn", "taken back"),
                            ("noted", "noted"),
                            ("done", "done"),
                        ],
                        max_length=12,
                    ),
                ),
                ("per_cent", models.PositiveSmallIntegerField(help_text="of a reminder", null=True)),
                (
                    "request",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="steps",
                        to="privacy.personrequest",
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
        migrations.CreateModel(
            name="RequestNote",
            fields=[
                (
                    "step",
                    tenancy.db.fields.TenantOneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="note",
                        serialize=False,
                        to="privacy.requeststep",
                    ),
                ),
                ("text", models.TextField()),
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
        migrations.CreateModel(
            name="Erasure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=60)),
                (
                    "why",
                    models.CharField(
                        choices=[
                            ("asked", "asked for it"),
                            ("retention", "kept long enough"),
                            ("replayed", "erased before, and back with a restored backup"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "counts",
                    models.JSONField(
                        default=dict, help_text="table or eraser -> rows; nothing of the person"
                    ),
                ),
                (
                    "hashes",
                    models.JSONField(default=dict, help_text="keyed: of the customer, and of the addresses"),
                ),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
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
                    "request",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasures",
                        to="privacy.personrequest",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(
                condition=models.Q(("closed_at__isnull", True)),
                fields=["tenant", "due_at", "id"],
                name="request_due",
            ),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(fields=["tenant", "customer", "kind"], name="request_of_customer"),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(fields=["tenant", "-received_at", "-id"], name="request_newest"),
        ),
        migrations.AddConstraint(
            model_name="personrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state", "received"),
                    ("customer__isnull", False),
                    ("state__in", ["refused", "withdrawn"]),
                    _connector="OR",
                ),
                name="request_open_for_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="personrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("due_at__gt", models.F("received_at"))), name="request_has_time"
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(fields=["tenant", "customer"], name="erasure_of_customer"),
        ),
        migrations.AddIndex(
            model_name="requeststep",
            index=models.Index(fields=["tenant", "request", "at", "id"], name="step_of_request"),
        ),
        tenancy.db.operations.TenantTable("PersonRequest"),
        tenancy.db.operations.TenantTable("RequestStep"),
        tenancy.db.operations.TenantTable("RequestNote"),
        tenancy.db.operations.TenantTable("Erasure"),
        tenancy.db.operations.AppendOnly("RequestStep"),
        tenancy.db.operations.AppendOnly("RequestNote"),
        tenancy.db.operations.AppendOnly("Erasure"),
        tenancy.db.operations.DefinerFunction(
            "privacy_erase_texts(customers uuid[])",
            "bigint",
            ERASE_TEXTS,
            language="plpgsql",
            volatility="VOLATILE",
        ),
    ]
