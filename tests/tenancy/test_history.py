"""What the application itself, with any SQL it likes, cannot take back."""

import pytest
from django.db import connection, transaction
from django.db.utils import Error

from crm.models import Customer
from tenancy.models import AuditDifference, AuditEntry
from tests.cast import Company

TABLES = ("tenancy_auditentry", "tenancy_auditdifference", "tenancy_accessentry", "portfolios_transfer")


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(
    "statement", ['UPDATE "{}" SET tenant_id = tenant_id', 'DELETE FROM "{}"', 'TRUNCATE "{}" CASCADE']
)
def test_history_cannot_be_changed(in_a: Company, table: str, statement: str) -> None:
    with pytest.raises(Error, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement.format(table))


def test_what_a_change_was_is_still_written(in_a: Company) -> None:
    Customer.objects.filter(id=in_a.customer["ada"].id).update(country="FR")
    entry = AuditEntry.objects.get(table="crm_customer", action="update", row_id=in_a.customer["ada"].id)
    assert AuditDifference.objects.get(entry=entry).after == {"country": "FR"}
