"""A list that leaves the house to contact people holds only those whom the gate allows."""

import csv
import io
from typing import Any

import pytest

from crm.services.exports import ExportRefused, start_export
from privacy.models import GateAnswer
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, StoredFile
from tenancy.selectors.files import file_chunks
from tests.cast import Company
from tests.privacy.gate.asking import give_address, reachable, say


def made(company: Company, **values: Any) -> tuple[Job, list[dict[str, str]]]:
    with tenant_context(company.tenant.id):
        job = start_export(
            access=company.access("admin"), purpose="a letter", columns=[],
            customer_ids=[one.id for one in company.customer.values()], **values,
        )  # fmt: skip
    run_job(company.tenant.id, job.id)
    with tenant_context(company.tenant.id):
        job = Job.objects.get(id=job.id)
        assert job.state == Job.State.DONE, job.error
        text = b"".join(file_chunks(StoredFile.objects.get(id=job.result["file"]))).decode("utf-8-sig")
    return job, list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def company(company_a: Company) -> Company:
    with tenant_context(company_a.tenant.id):
        give_address(reachable(company_a), "+442079460000", "phone")
        reachable(company_a, "ben")
        say(company_a.customer["ben"], "opt_out")
    return company_a


def test_only_whom_we_may_contact_is_in_the_file(company: Company) -> None:
    job, rows = made(company, contact=("email", "newsletter"))
    assert [(row["Name"], bool(row["E-mail"]), row["Phone"]) for row in rows] == [("Ada Lovelace", True, "")]
    assert job.result["customers"] == 1
    assert job.result["left_out"] == {"unsubscribed": 1, "no consent, country unknown": 1}
    with tenant_context(company.tenant.id):
        assert GateAnswer.objects.filter(asked_for="export").count() == 3


def test_for_our_own_records_everybody_is(company: Company) -> None:
    job, rows = made(company)
    assert len(rows) == 3
    assert (job.result["customers"], job.result["left_out"]) == (3, {})
    with tenant_context(company.tenant.id):
        assert not GateAnswer.objects.exists()


def test_how_they_are_contacted_has_to_be_one_of_ours(company: Company) -> None:
    with pytest.raises(ExportRefused):
        made(company, contact=("fax", "newsletter"))
