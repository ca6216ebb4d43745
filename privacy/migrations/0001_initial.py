"""Purposes, the consent ledger, what the gate answered and which contacts there were."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import tenancy.db.fields
import tenancy.db.ids
import tenancy.db.operations
import tenancy.db.scope


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("crm", "0006_counted_by_index"),
        ("tenancy", "0008_what_roles_were_brought"),
    ]

    operations = [
        migrations.CreateModel(
            name="ConsentChain",
            fields=[
                (
                    "customer",
                    tenancy.db.fields.TenantOneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="consent_chain",
                        serialize=False,
                        to="crm.customer",
                    ),
                ),
                ("events", models.PositiveIntegerField(default=0, help_text="how long the chain is")),
                ("head", models.CharField(blank=True, help_text="digest of its last event", max_length=80)),
                (
                    "profiling_objected_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="since when an objection to profiling is in force, by the ledger",
                        null=True,
                    ),
                ),
                (
                    "last_contact_at",
                    models.DateTimeField(blank=True, help_text="what the person did towards us", null=True),
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
            name="Notice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("language", models.CharField(help_text="BCP 47: en, de, pt-BR", max_length=12)),
                ("text", models.TextField()),
                ("digest", models.CharField(help_text="SHA-256 of the text, hexadecimal", max_length=64)),
                ("published_at", models.DateTimeField()),
                (
                    "published_by",
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
            name="ConsentEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sequence", models.PositiveIntegerField(help_text="place in the customer's chain, from 1")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("grant", "agreed"),
                            ("confirm", "confirmed"),
                            ("withdraw", "took back"),
                            ("opt_out", "unsubscribed"),
                            ("revoke", "stopped calls and texts"),
                            ("object", "objected"),
                            ("complain", "reported as spam"),
                            ("privacy_signal", "browser signal"),
                            ("restrict", "restricted"),
                            ("pause", "paused"),
                            ("expire", "expired"),
                        ],
                        max_length=14,
                    ),
                ),
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
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        help_text="keys, sale, profiling, or *",
                        size=None,
                    ),
                ),
                ("brand", models.CharField(blank=True, max_length=80)),
                (
                    "regime",
                    models.CharField(blank=True, help_text="under which law it was asked for", max_length=8),
                ),
                (
                    "method",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("web_form", "web form"),
                            ("preticked_box", "pre-ticked box"),
                            ("double_opt_in", "double opt-in"),
                            ("call", "call"),
                            ("paper", "paper"),
                            ("api", "API"),
                            ("import", "import"),
                            ("reply", "reply"),
                            ("unsubscribe_link", "unsubscribe link"),
                            ("preference_centre", "preference centre"),
                            ("feedback_loop", "feedback loop"),
                            ("browser", "browser"),
                        ],
                        max_length=18,
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        blank=True, help_text="which form, campaign or file; no person", max_length=120
                    ),
                ),
                ("actor", models.CharField(help_text="who recorded it", max_length=60)),
                (
                    "occurred_at",
                    models.DateTimeField(help_text="empty: not known, older than all others", null=True),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "wording",
                    models.CharField(
                        choices=[
                            ("specific", "names sender, channel and purpose"),
                            ("generic", "agrees to everything"),
                            ("none", "not kept"),
                        ],
                        default="none",
                        max_length=8,
                    ),
                ),
                (
                    "wording_digest",
                    models.CharField(blank=True, help_text="SHA-256 of the exact words", max_length=64),
                ),
                ("notice_version", models.CharField(blank=True, max_length=40)),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "evidence",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120),
                        default=list,
                        help_text="ids of what was stored",
                        size=None,
                    ),
                ),
                ("documentation_record", models.CharField(blank=True, max_length=120)),
                ("written_agreement", models.BooleanField(default=False)),
                (
                    "record",
                    models.CharField(
                        default="1", help_text="which of the merged records it came from", max_length=40
                    ),
                ),
                ("until", models.DateTimeField(help_text="end of a pause", null=True)),
                (
                    "address_hash",
                    models.CharField(
                        blank=True, help_text="keyed; of the address it was said for", max_length=80
                    ),
                ),
                ("key", models.CharField(help_text="the same key again is the same event", max_length=120)),
                (
                    "text_digest",
                    models.CharField(blank=True, help_text="keyed; of its ConsentText", max_length=80),
                ),
                ("previous", models.CharField(blank=True, max_length=80)),
                (
                    "digest",
                    models.CharField(help_text="keyed; of this row and the one before", max_length=80),
                ),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_events",
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
                    "notice",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.notice",
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
            name="Person",
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
                        blank=True,
                        choices=[
                            ("consumer", "consumer"),
                            ("sole_trader", "sole trader"),
                            ("company_contact", "contact at a company"),
                        ],
                        help_text="empty: told by whom they act for",
                        max_length=16,
                    ),
                ),
                (
                    "residences",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=8),
                        default=list,
                        help_text="regime codes; empty: the customer's country",
                        size=None,
                    ),
                ),
                ("born_on", models.DateField(blank=True, null=True)),
                ("parental_authorisation_at", models.DateTimeField(blank=True, null=True)),
                ("deceased_at", models.DateTimeField(blank=True, null=True)),
                ("restricted_at", models.DateTimeField(blank=True, null=True)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("contract_until", models.DateField(blank=True, null=True)),
                (
                    "note",
                    models.CharField(blank=True, help_text="why restricted or reported dead", max_length=400),
                ),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="persons",
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
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="PolicyVersion",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.CharField(max_length=80)),
                ("content", models.JSONField(help_text="as privacy.policy.regimes.policy_to_json writes it")),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("made_by", models.CharField(help_text="actor", max_length=60)),
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
            name="GateAnswer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("as_of", models.DateTimeField(help_text="the moment it was asked for")),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.CharField(help_text="actor", max_length=60)),
                ("asked_for", models.CharField(help_text="customer page, API, campaign, ...", max_length=60)),
                (
                    "is_permit",
                    models.BooleanField(default=False, help_text="a slot was asked for, not only an answer"),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
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
                ("purpose", models.CharField(max_length=40)),
                (
                    "decision",
                    models.CharField(
                        choices=[("allow", "may"), ("deny", "may not"), ("defer", "not now")], max_length=5
                    ),
                ),
                ("code", models.CharField(max_length=28)),
                (
                    "all_codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=28), size=None
                    ),
                ),
                (
                    "obligations",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=28), default=list, size=None
                    ),
                ),
                (
                    "evidence_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60), default=list, size=None
                    ),
                ),
                ("until", models.DateTimeField(null=True)),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gate_answers",
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
                    "policy",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.policyversion",
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
            name="PrivacyProfile",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sender_name", models.CharField(blank=True, max_length=120)),
                ("postal_address", models.CharField(blank=True, max_length=300)),
                (
                    "privacy_contact",
                    models.CharField(
                        blank=True, help_text="where people reach the privacy officer", max_length=200
                    ),
                ),
                (
                    "sender_country",
                    models.CharField(blank=True, help_text="where it adds a regime", max_length=8),
                ),
                ("is_charity", models.BooleanField(default=False)),
                ("directed_at_children", models.BooleanField(default=False)),
                (
                    "balancing_test",
                    models.CharField(
                        blank=True,
                        help_text="where the stored assessment of legitimate interests lies",
                        max_length=120,
                    ),
                ),
                ("brand", models.CharField(blank=True, max_length=80)),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12),
                        default=list,
                        help_text="of notices; the first is used",
                        size=None,
                    ),
                ),
                (
                    "order_days",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="how long an order counts as open, for service messages about it",
                    ),
                ),
                ("marketing_paused_until", models.DateTimeField(blank=True, null=True)),
                (
                    "policy",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="privacy.policyversion",
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
            name="Purpose",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("key", models.SlugField(max_length=40)),
                ("name", models.CharField(max_length=80)),
                ("description", models.CharField(blank=True, max_length=400)),
                (
                    "purpose_class",
                    models.CharField(
                        choices=[
                            ("legal_duty", "legal duty"),
                            ("service", "contract"),
                            ("marketing", "marketing"),
                            ("profiling", "profiling"),
                            ("sharing", "sharing with others"),
                            ("procedural", "procedure"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "legal_basis",
                    models.CharField(help_text="the article or the ground it rests on", max_length=200),
                ),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("email", "e-mail"),
                                ("sms", "text message"),
                                ("push", "push message"),
                                ("phone", "phone call"),
                                ("post", "post"),
                                ("ad_audience", "advertising audience"),
                            ],
                            max_length=12,
                        ),
                        default=list,
                        help_text="on which people may choose it; empty: not offered as a choice",
                        size=None,
                    ),
                ),
                (
                    "is_important",
                    models.BooleanField(
                        default=False,
                        help_text="may use the part of a cap that is kept for important messages",
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
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
        migrations.AddField(
            model_name="notice",
            name="purpose",
            field=tenancy.db.fields.TenantForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="notices",
                to="privacy.purpose",
            ),
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("address_hash", models.CharField(max_length=80)),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("erased", "erased on request"),
                            ("do_not_contact", "asked not to be contacted"),
                            ("UK-TPS", "on the Telephone Preference Service"),
                            ("US-DNC", "on the US do-not-call list"),
                            ("CA-DNCL", "on the Canadian do-not-call list"),
                        ],
                        max_length=16,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("source", models.CharField(blank=True, max_length=120)),
                ("actor", models.CharField(max_length=60)),
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
            name="TenantRegime",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("code", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=80)),
                ("content", models.JSONField()),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("archived_at", models.DateTimeField(blank=True, null=True)),
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
            name="Capture",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("sale", "at a sale"),
                            ("negotiation", "while negotiating a sale"),
                            ("charity_support", "while supporting the charity"),
                            ("other", "another way"),
                        ],
                        max_length=16,
                    ),
                ),
                ("collected_on", models.DateField()),
                (
                    "way_out_offered",
                    models.BooleanField(default=False, help_text="whether a way out was offered at once"),
                ),
                ("hard_bounced_at", models.DateTimeField(blank=True, null=True)),
                (
                    "contact_point",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="captures",
                        to="crm.contactpoint",
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
                    models.UniqueConstraint(fields=("tenant", "contact_point"), name="one_capture_an_address")
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentText",
            fields=[
                (
                    "event",
                    tenancy.db.fields.TenantOneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="personal",
                        serialize=False,
                        to="privacy.consentevent",
                    ),
                ),
                ("address", models.CharField(blank=True, max_length=400)),
                (
                    "words",
                    models.TextField(
                        blank=True, help_text="the exact wording, where it is no notice of ours"
                    ),
                ),
                (
                    "detail",
                    models.JSONField(
                        default=dict, help_text="the form post, the caller, the document, as it came"
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
            name="GateFacts",
            fields=[
                (
                    "answer",
                    tenancy.db.fields.TenantOneToOneField(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="looked_at",
                        serialize=False,
                        to="privacy.gateanswer",
                    ),
                ),
                ("facts", models.JSONField(help_text="as privacy.policy.reading.facts_to_json writes them")),
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
            name="Contact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=tenancy.db.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "key",
                    models.CharField(
                        help_text="of the message: the same key is the same contact", max_length=120
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "channel",
                    models.CharField(
                        choices=[
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
                ("purpose", models.CharField(max_length=40)),
                ("is_marketing", models.BooleanField()),
                (
                    "subject",
                    models.CharField(blank=True, help_text="id of the offer or campaign", max_length=80),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("reserved", "reserved"), ("sent", "sent"), ("let_go", "let go")],
                        default="reserved",
                        max_length=8,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("delivered", "delivered"),
                            ("reached", "reached"),
                            ("no_answer", "no answer"),
                            ("refused", "refused"),
                        ],
                        max_length=10,
                    ),
                ),
                ("address_hash", models.CharField(blank=True, max_length=80)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "customer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
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
                    "answer",
                    tenancy.db.fields.TenantForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="privacy.gateanswer",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "default_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "let_go"), _negated=True),
                        fields=["tenant", "customer", "-at"],
                        name="contact_of_customer",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("tenant", "key"), name="contact_key_once")],
            },
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(
                condition=models.Q(
                    models.Q(("address_hash", ""), _negated=True),
                    models.Q(("action__in", ["grant", "confirm", "expire"]), _negated=True),
                ),
                fields=["tenant", "address_hash", "customer"],
                name="consent_by_address",
            ),
        ),
        migrations.AddIndex(
            model_name="consentevent",
            index=models.Index(fields=["tenant", "-recorded_at", "-id"], name="consent_newest"),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.UniqueConstraint(
                fields=("tenant", "customer", "sequence"), name="consent_place_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.UniqueConstraint(fields=("tenant", "customer", "key"), name="consent_key_once"),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("sequence__gte", 1)), name="consent_place_from_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="consentevent",
            constraint=models.CheckConstraint(
                condition=models.Q(("purposes", []), _negated=True), name="consent_has_purpose"
            ),
        ),
        migrations.AddConstraint(
            model_name="person",
            constraint=models.UniqueConstraint(fields=("tenant", "customer"), name="one_person_a_customer"),
        ),
        migrations.AddConstraint(
            model_name="policyversion",
            constraint=models.UniqueConstraint(fields=("tenant", "version"), name="policy_version_once"),
        ),
        migrations.AddIndex(
            model_name="gateanswer",
            index=models.Index(
                fields=["tenant", "customer", "-asked_at", "-id"], name="gate_answer_of_customer"
            ),
        ),
        migrations.AddIndex(
            model_name="gateanswer",
            index=models.Index(fields=["tenant", "-asked_at", "-id"], name="gate_answer_newest"),
        ),
        migrations.AddConstraint(
            model_name="privacyprofile",
            constraint=models.UniqueConstraint(fields=("tenant",), name="one_privacy_profile_a_tenant"),
        ),
        migrations.AddConstraint(
            model_name="purpose",
            constraint=models.UniqueConstraint(fields=("tenant", "key"), name="purpose_key_once"),
        ),
        migrations.AddConstraint(
            model_name="purpose",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="purpose_has_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.UniqueConstraint(
                fields=("tenant", "purpose", "version", "language"), name="notice_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="notice",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="notice_has_text"
            ),
        ),
        migrations.AddConstraint(
            model_name="suppression",
            constraint=models.UniqueConstraint(
                fields=("tenant", "address_hash", "reason"), name="suppression_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="tenantregime",
            constraint=models.UniqueConstraint(fields=("tenant", "code"), name="regime_code_once"),
        ),
        # All tables are empty here, and their references need each other's keys.
        tenancy.db.operations.TenantTable("PolicyVersion"),
        tenancy.db.operations.TenantTable("PrivacyProfile"),
        tenancy.db.operations.TenantTable("Purpose"),
        tenancy.db.operations.TenantTable("Notice"),
        tenancy.db.operations.TenantTable("TenantRegime"),
        tenancy.db.operations.TenantTable("ConsentChain"),
        tenancy.db.operations.TenantTable("Person"),
        tenancy.db.operations.TenantTable("ConsentEvent"),
        tenancy.db.operations.TenantTable("ConsentText"),
        tenancy.db.operations.TenantTable("Suppression"),
        tenancy.db.operations.TenantTable("Capture"),
        tenancy.db.operations.TenantTable("GateAnswer"),
        tenancy.db.operations.TenantTable("GateFacts"),
        tenancy.db.operations.TenantTable("Contact"),
        tenancy.db.operations.AppendOnly("PolicyVersion"),
        tenancy.db.operations.AppendOnly("Notice"),
        tenancy.db.operations.AppendOnly("ConsentEvent"),
        tenancy.db.operations.AppendOnly("ConsentText"),
        tenancy.db.operations.AppendOnly("GateAnswer"),
        tenancy.db.operations.AppendOnly("GateFacts"),
        tenancy.db.operations.Audited("PrivacyProfile"),
        tenancy.db.operations.Audited("Purpose"),
        tenancy.db.operations.Audited("TenantRegime"),
        tenancy.db.operations.Audited("Suppression"),
        tenancy.db.operations.Audited("Person"),
        tenancy.db.operations.Audited("Capture"),
    ]
