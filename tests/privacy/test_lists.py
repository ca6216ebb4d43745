"""Lists of addresses: hashed as they come, replaced as a whole, never half."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from privacy.keys import address_hash
from privacy.lists import LISTS, quick_key
from privacy.models import ListUpload, Suppression
from privacy.services.list_uploads import UploadRefused, upload_list
from privacy.services.suppressions import (
    SuppressionRefused,
    hashes_of,
    lift_suppression,
    suppress_address,
    suppress_hashes,
)
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import AuditEntry, Job, StoredFile, StoredFilePart
from tests.cast import Company


def _load(
    company: Company, code: str, text: str, mode: str = "replace", as_of: date | None = None
) -> ListUpload:
    with tenant_context(company.tenant.id):
        upload = upload_list(
            code=code, mode=mode, chunks=_in_pieces(text.encode()), by=None,
            as_of=as_of or timezone.localdate() - timedelta(days=1),
        )  # fmt: skip
    run_job(company.tenant.id, upload.job.id)  # type: ignore[union-attr]
    return upload


def _in_pieces(content: bytes) -> Iterator[bytes]:
    for at in range(0, len(content), 7):
        yield content[at : at + 7]


def _on(company: Company, code: str, *numbers: str) -> list[bool]:
    with tenant_context(company.tenant.id):
        return [
            Suppression.objects.filter(reason=code, address_hash__in=hashes_of("phone", number)).exists()
            for number in numbers
        ]


@pytest.mark.parametrize(
    ("line", "country", "key"),
    [
        ("2125551234", "US", "+12125551234"),
        ("(212) 555-1234", "US", "+12125551234"),
        ("+1 212 555 1234", "CA", "+12125551234"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("442079460000", "GB", "+442079460000"),
        ("+44 (0)20 7946 0000", "GB", None),
        ("ada@alpha.example", "US", None),
        ("030 901820", "DE", None),
    ],
)
def test_numbers_as_registers_write_them(line: str, country: str, key: str | None) -> None:
    assert quick_key(line, country) == key


def test_a_list_takes_the_place_of_the_one_before(company_a: Company) -> None:
    first, gone, fresh = "020 7946 0001", "020 7946 0002", "020 7946 0003"
    before = _load(company_a, "UK-TPS", f"number\n{first}\n{gone}\n", as_of=date(2026, 1, 5))
    assert _on(company_a, "UK-TPS", first, gone, fresh) == [True, True, False]
    upload = _load(company_a, "UK-TPS", f"{first}\r\n+44 20 7946 0003\r\n{first}", as_of=date(2026, 2, 5))
    assert _on(company_a, "UK-TPS", first, gone, fresh) == [True, False, True]
    with tenant_context(company_a.tenant.id):
        upload.refresh_from_db()
        assert (upload.lines, upload.added, upload.removed, upload.unreadable) == (3, 1, 1, 0)
        assert upload.loaded_at
        assert Job.objects.get(id=upload.job_id).state == "done"
        stayed = Suppression.objects.get(address_hash__in=hashes_of("phone", first))
        assert stayed.since == datetime(2026, 1, 5, tzinfo=UTC)
        assert not StoredFile.objects.filter(id__in=[before.file_id, upload.file_id]).exists()
        assert AuditEntry.objects.filter(action="load a list").count() == 2
        assert not AuditEntry.objects.filter(action="insert", table="privacy_suppression").exists()


def test_nothing_is_kept_in_clear(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        upload_list(
            code="do_not_contact", mode="add", chunks=[b"ada@alpha.example\n02079460001\n"],
            as_of=date(2026, 1, 1), by=None,
        )  # fmt: skip
        content = b"".join(bytes(part.content) for part in StoredFilePart.objects.all())
        assert len(content) == 64
        assert b"ada" not in content
        assert b"7946" not in content


def test_adding_takes_nothing_away_and_knows_mail_and_numbers(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        suppress_address(kind="phone", value="020 7946 0009", source="letter")
    _load(company_a, "do_not_contact", "Ada@Alpha.example;Ada\nnobody\n+44 20 7946 0001\n", mode="add")
    assert _on(company_a, "do_not_contact", "020 7946 0009", "020 7946 0001") == [True, True]
    with tenant_context(company_a.tenant.id):
        mail = address_hash(company_a.tenant.id, "email", "ada@alpha.example")
        assert Suppression.objects.filter(address_hash=mail, reason="do_not_contact").exists()


def test_a_broken_file_sets_nobody_free(company_a: Company) -> None:
    _load(company_a, "US-DNC", "212,5551234\n212,5551235\n")
    with tenant_context(company_a.tenant.id):
        for text in (b"\n\n", b"first\nsecond\nthird", b"2125551234\nx1\nx2\nx3\n"):
            with pytest.raises(UploadRefused):
                upload_list(
                    code="US-DNC",
                    mode="replace",
                    chunks=[text],
                    as_of=timezone.localdate(),
                    by=None,
                )
        with pytest.raises(UploadRefused) as older:
            upload_list(
                code="US-DNC",
                mode="replace",
                chunks=[b"2125551234"],
                as_of=date(2020, 1, 1),
                by=None,
            )
        assert older.value.field == "as_of"
        with pytest.raises(UploadRefused):
            upload_list(code="erased", mode="replace", chunks=[b"1"], as_of=date(2020, 1, 1), by=None)
    assert _on(company_a, "US-DNC", "+1 212 555 1234", "+1 212 555 1235") == [True, True]


def test_lists_of_two_companies_do_not_meet(company_a: Company, company_b: Company) -> None:
    _load(company_a, "UK-TPS", "020 7946 0001")
    _load(company_b, "UK-TPS", "020 7946 0002")
    assert _on(company_a, "UK-TPS", "020 7946 0001", "020 7946 0002") == [True, False]
    assert _on(company_b, "UK-TPS", "020 7946 0001", "020 7946 0002") == [False, True]


def test_only_what_is_ours_is_lifted(in_a: Company) -> None:
    assert suppress_address(kind="email", value="ada@alpha.example", source="letter of 3 March")
    assert not suppress_address(kind="email", value="ADA@alpha.example", source="again")
    row = Suppression.objects.get()
    with pytest.raises(SuppressionRefused):
        lift_suppression(suppression_id=row.id, why=" ")
    lift_suppression(suppression_id=row.id, why="asked to be written to, letter 12")
    assert not Suppression.objects.exists()
    erased = [address_hash(in_a.tenant.id, "email", "ada@alpha.example")]
    assert (suppress_hashes(erased, reason="erased"), suppress_hashes(erased, reason="erased")) == (1, 0)
    with pytest.raises(SuppressionRefused):
        lift_suppression(suppression_id=Suppression.objects.get().id, why="please")


def test_how_old_a_list_may_be() -> None:
    assert LISTS["US-DNC"].usable_until(date(2026, 3, 1)) == date(2026, 4, 1)
    assert LISTS["do_not_contact"].usable_until(date(2026, 3, 1)) is None
