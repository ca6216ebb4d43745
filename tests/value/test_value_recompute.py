"""The command `value_recompute`."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenancy.context import tenant_context
from tests.cast import Company
from tests.value.shop import cdnow, load
from value.models import EquityPoint


def recompute(company: Company, *arguments: str) -> str:
    out = StringIO()
    call_command("value_recompute", "--tenant", company.tenant.slug, *arguments, stdout=out)
    return out.getvalue()


def test_it_values_everybody_and_keeps_history(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        load(cdnow(every=4))
    result = json.loads(recompute(company_a, "--json"))
    assert (result["customers"], result["scores"]["none"]) == (568, 3)
    assert result["as_of"] == "1998-06-28"
    assert {"learn", "value", "keep", "finish"} <= set(result["seconds"])
    assert result["model"]["spend"]["q"] > 1
    recompute(company_a, "--as-of", "1998-03-31", "--json")
    with tenant_context(company_a.tenant.id):
        assert EquityPoint.objects.filter(taken_on="1998-03-31").exists()
    assert "Fitted on 565 customers" in recompute(company_a)


def test_too_little_data_is_a_sentence(company_a: Company) -> None:
    assert "No model: no order of a known customer yet." in recompute(company_a)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tenant", "nobody"], "no tenant"),
        (["--tenant", "alpha", "--as-of", "yesterday"], "not a day"),
        (["--tenant", "alpha", "--as-of", "2999-01-01"], "not past"),
        (["--tenant", "alpha", "--as-of", "2020-01-31"], "no model yet"),
    ],
)
def test_bad_input_is_a_clear_error(company_a: Company, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("value_recompute", *arguments)
