"""An index for the steps that wait for one batched handler."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tenancy", "0006_rules_need_second_person"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="outboxstep",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["tenant", "handler", "id"],
                name="step_of_batch",
            ),
        ),
    ]
