import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0003_calendar_feeds_by_link")]

    operations = [
        migrations.RenameField("case", "paused_minutes", "paused_seconds"),
        migrations.AlterField(
            "case",
            "paused_seconds",
            models.PositiveIntegerField(default=0, help_text="of business hours, pauses that ended"),
        ),
        migrations.AddField(
            "case",
            "clock_from",
            models.DateTimeField(
                default=django.utils.timezone.now,
                help_text="when both clocks began: opened, or opened again",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "case",
            "answer_minutes",
            models.PositiveIntegerField(
                default=0, help_text="of business hours, by the service level it has"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "case",
            "resolve_minutes",
            models.PositiveIntegerField(
                default=0, help_text="of business hours, by the service level it has"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            "case",
            "due_at",
            models.DateTimeField(
                null=True, help_text="the limit of the clock that runs; none while none does"
            ),
        ),
        migrations.RemoveIndex("case", "case_open_by_due"),
        migrations.RemoveIndex("case", "case_of_member"),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["tenant", "due_at", "id"],
                name="case_open_by_due",
                condition=models.Q(("state", "resolved"), _negated=True),
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["tenant", "member", "due_at", "id"],
                name="case_of_member",
                condition=models.Q(("state", "resolved"), _negated=True),
            ),
        ),
        migrations.AddConstraint(
            "case",
            models.CheckConstraint(
                condition=models.Q(
                    ("due_at__isnull", False), ("state", "open"), ("waiting_since__isnull", True)
                )
                | models.Q(("due_at__isnull", True), ("state", "waiting"), ("waiting_since__isnull", False))
                | models.Q(("due_at__isnull", True), ("state", "resolved"), ("waiting_since__isnull", True)),
                name="case_clock_runs_while_open",
            ),
        ),
    ]
