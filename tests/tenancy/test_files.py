"""Files in the database: a mebibyte a part, as a stream in and out."""

import pytest
from django.db import transaction

from tenancy.context import tenant_context
from tenancy.models import StoredFile, StoredFilePart
from tenancy.responses import file_response
from tenancy.selectors.files import file_chunks, file_range
from tenancy.services.files import PART, FileRefused, plain_name, store_file
from tests.cast import Company

CONTENT = bytes(range(256)) * 10_000


def stored(content: bytes = CONTENT, **values) -> StoredFile:
    chunks = (content[at : at + 70_000] for at in range(0, len(content), 70_000))
    return store_file(name="a.csv", content_type="text/csv", chunks=chunks, **{"most": 10 * PART, **values})


def test_a_file_comes_back_as_it_went_in(in_a: Company) -> None:
    file = stored()
    assert file.size == len(CONTENT)
    assert StoredFilePart.objects.filter(file=file).count() == 3
    assert b"".join(file_chunks(file)) == CONTENT
    assert file_range(file, PART - 5, PART + 5) == CONTENT[PART - 5 : PART + 5]
    assert file_range(file, 0, 0) == b""
    response = file_response(file)
    assert b"".join(response) == CONTENT
    assert response["Content-Disposition"] == 'attachment; filename="a.csv"'


def test_a_file_too_large_leaves_nothing(in_a: Company) -> None:
    with pytest.raises(FileRefused, match="larger than 1 MiB"), transaction.atomic():
        stored(most=PART)
    assert not StoredFile.objects.exists()


def test_an_empty_file_has_no_part(in_a: Company) -> None:
    assert list(file_chunks(stored(b""))) == []


def test_another_company_sees_nothing_of_it(in_a: Company, company_b: Company) -> None:
    file = stored()
    with tenant_context(company_b.tenant.id):
        assert not StoredFile.objects.filter(id=file.id).exists()
        with pytest.raises(StoredFilePart.DoesNotExist):
            file_range(file, 0, 10)


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\x\\y.csv", "y.csv"),
        ("a\r\nSet-Cookie: x", "aSet-Cookie: x"),
        ("", "file"),
    ],
)
def test_names_are_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain
