"""Uploads and exports hold personal data: what nobody needs any more is gone after its time."""

from datetime import timedelta

from django.utils import timezone

from crm.models import Import
from crm.services.imports import ABANDONED_AFTER, drop_abandoned_imports, upload_import
from tenancy.models import Schedule, StoredFile
from tenancy.schedules import start_what_is_due
from tenancy.services.files import store_file
from tests.cast import Company

FILE = b"number,name\n1,Ada\n"


def upload() -> Import:
    return upload_import(kind="customers", name="people.csv", chunks=[FILE], created_by=None)


def test_an_upload_nobody_loaded_is_forgotten_after_its_time(in_a: Company) -> None:
    old, new = upload(), upload()
    Import.objects.filter(id=old.id).update(created_at=timezone.now() - ABANDONED_AFTER - timedelta(hours=1))
    assert drop_abandoned_imports() == 1
    assert list(Import.objects.values_list("id", flat=True)) == [new.id]
    assert list(StoredFile.objects.values_list("id", flat=True)) == [new.file_id]


def test_the_night_drops_expired_files_and_opens_new_schedules(in_a: Company) -> None:
    gone = timezone.now() - timedelta(minutes=1)
    store_file(name="export.csv", content_type="text/csv", chunks=[FILE], most=100, expires_at=gone)
    kept = store_file(name="fresh.csv", content_type="text/csv", chunks=[FILE], most=100)
    Schedule.objects.exclude(kind="tenancy.drop_expired_files").delete()
    Schedule.objects.update(due_at=gone)
    assert start_what_is_due() >= 1
    assert list(StoredFile.objects.values_list("id", flat=True)) == [kept.id]
    assert Schedule.objects.filter(kind="value.recompute").exists()
