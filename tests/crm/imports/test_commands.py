"""The commands: the same pipeline, one JSON object."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from crm.models import Order
from tenancy.context import tenant_context
from tests.cast import Company
from tests.crm.imports.test_orders import FILE


def run(command: str, *arguments: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command(command, *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_orders_and_the_same_again(company_a: Company, here: Path) -> None:
    (here / "orders.csv").write_text(FILE)
    first = run("import_orders", here / "orders.csv", "--tenant", "alpha")
    assert (first["read"], first["created"], first["anonymous"], first["error_file"]) == (5, 4, 1, None)
    second = run("import_orders", here / "orders.csv", "--tenant", "alpha")
    assert (second["created"], second["updated"], second["unchanged"]) == (0, 0, 4)
    with tenant_context(company_a.tenant.id):
        assert Order.objects.count() == 4


def test_a_mapping_and_an_error_file(company_a: Company, here: Path) -> None:
    (here / "customers.csv").write_text("a,b,c\nx1,Ada,ada@x.example\nx2,Bob,nonsense\n")
    mapping = {"columns": {"external_id": "a", "name": "b", "email": "c"}}
    (here / "map.json").write_text(json.dumps(mapping))
    done = run(
        "import_customers", here / "customers.csv", "--tenant", "alpha", "--mapping", here / "map.json"
    )
    assert (done["created"], done["rejected"]) == (1, 1)
    assert "nonsense" in Path(done["error_file"]).read_text()


@pytest.mark.parametrize(
    ("tenant", "content", "words"),
    [
        ("nobody", "a,b\n1,2\n", "no tenant"),
        ("alpha", "", "empty"),
        ("alpha", "a,b\n1,2\n", "Choose the column"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    company_a: Company, here: Path, tenant: str, content: str, words: str
) -> None:
    (here / "f.csv").write_text(content)
    with pytest.raises(CommandError, match=words):
        run("import_orders", here / "f.csv", "--tenant", tenant)
