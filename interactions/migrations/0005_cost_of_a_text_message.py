from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("interactions", "0004_case_clocks")]

    operations = [
        migrations.AddField(
            "connector",
            "cost",
            models.PositiveIntegerField(
                default=0, help_text="of one message, in minor units of the company's currency"
            ),
        ),
        migrations.AlterField(
            "connector",
            "secret",
            models.CharField(
                max_length=200, help_text="of what the signing secret is derived; the secret is kept nowhere"
            ),
        ),
    ]
