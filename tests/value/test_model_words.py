"""The engine's names and numbers, as pages write them."""

import re
from pathlib import Path

import pytest

from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tests.cast import Company
from tests.tenancy.test_settings_pages import signed_in
from tests.value.shop import CALIBRATION_END, cdnow, load
from value.engine import MODELS
from value.models import ModelFit
from value.selectors.verdict import model_words, typeset
from value.services.recompute import start_recompute

HYPHEN_MINUS = re.compile(r"(?<![\w-])-\d")


@pytest.mark.parametrize(
    ("plain", "written"),
    [
        (
            "(RMSE 1.234 a customer, log-likelihood -12429.0)",
            "(RMSE 1.234 a customer, log-likelihood −12,429.0)",
        ),
        ("3.4% under the actual repeats", "3.4\N{NO-BREAK SPACE}% under the actual repeats"),
        ("as of 2010-12-01, -5 and -0.25, 80-90", "as of 2010-12-01, −5 and −0.25, 80-90"),
        ("α 12345.678, r 0.5250", "α 12,345.678, r 0.5250"),
        ("", ""),
    ],
)
def test_numbers(plain: str, written: str) -> None:
    assert typeset(plain) == written


@pytest.mark.parametrize("name", sorted(MODELS))
def test_every_model_has_words(in_a: Company, name: str) -> None:
    assert model_words(ModelFit(chosen=name)) == MODELS[name].label
    assert "_" not in MODELS[name].label


def test_a_model_we_do_not_have_any_more_keeps_its_name(in_a: Company) -> None:
    assert model_words(ModelFit(chosen="old_one")) == "old_one"


def text_of(page: str) -> str:
    return " ".join(re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_the_evidence_and_the_dialog(company_a: Company) -> None:
    with tenant_context(company_a.tenant.id):
        load(cdnow(every=4))
        run_job(company_a.tenant.id, start_recompute(as_of=CALIBRATION_END).id)
        fit = ModelFit.objects.get(is_current=True)
        assert HYPHEN_MINUS.search(fit.why)
    admin, ada = signed_in(company_a, "admin"), company_a.customer["ada"].id
    for path in ("value/evidence/", f"customers/{ada}/why/value/", f"customers/{ada}/why/alive/"):
        text = text_of(admin.get(company_a.url(path)).content.decode())
        assert MODELS[fit.chosen].label in text, path
        assert "log-likelihood −" in text, path
        assert not HYPHEN_MINUS.search(text), (path, HYPHEN_MINUS.search(text))
        assert fit.chosen not in text, path


def test_no_template_writes_the_raw_name() -> None:
    templates = Path(__file__).resolve().parents[2] / "templates"
    raw = re.compile(r"fit\.(chosen|why) \}\}")
    assert [path.name for path in templates.rglob("*.html") if raw.search(path.read_text())] == []
