"""What a change was stays as written: the application may add differences, only erasure may take them out."""

from django.db import migrations

from tenancy.db.operations import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0004_work_counts")]

    operations = [AppendOnly("AuditDifference")]
