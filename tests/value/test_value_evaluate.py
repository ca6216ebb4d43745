"""`value_evaluate`: no tenant, no database; the contract's JSON on stdout, one clear line on error."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from value.management.commands.value_evaluate import Command

CDNOW = Path(__file__).parents[2] / "value" / "engine" / "data" / "cdnow_sample.txt"
ENDS = {"calibration_end": "1997-09-30", "observation_end": "1998-06-30"}


def run(path: Path, **options: Any) -> str:
    out = StringIO()
    call_command(Command(), str(path), stdout=out, **(ENDS | options))
    return out.getvalue()


def test_json_has_the_shape_of_the_contract() -> None:
    found = json.loads(run(CDNOW, file_format="cdnow", as_json=True))
    assert {key: found[key] for key in ("customers", "repeaters", "repeats", "holdout_repeats")} == {
        "customers": 2357,
        "repeaters": 946,
        "repeats": 2457,
        "holdout_repeats": 1882,
    }
    for name, params in {
        "bg_nbd": {"r", "alpha", "a", "b"},
        "pareto_nbd": {"r", "alpha", "s", "beta"},
    }.items():
        model = found["models"][name]
        assert set(model["params"]) == params
        assert model["degenerate"] is False
        assert set(model["holdout"]) == {"expected_repeats", "mae", "rmse", "cumulative_error"}
        assert model["seconds"] > 0
    assert found["models"]["bg_nbd"]["log_likelihood"] == pytest.approx(-9582.43, abs=0.01)
    assert found["spend"]["gamma_gamma"]["log_likelihood"] == pytest.approx(-4055.92, abs=0.01)
    assert found["chosen"] in found["models"]
    assert found["why"]
    assert found["warnings"] == []


def test_text_names_the_choice() -> None:
    text = run(CDNOW, file_format="cdnow")
    assert "2357 customers" in text
    assert "Chosen: MBG/NBD" in text


def test_csv_gives_the_same_numbers_as_cdnow(tmp_path: Path) -> None:
    rows = [line.split() for line in CDNOW.read_text().splitlines()]
    path = tmp_path / "orders.csv"
    lines = [f"{row[0]},{row[2][:4]}-{row[2][4:6]}-{row[2][6:]},{row[4]}" for row in reversed(rows)]
    path.write_text("customer_id,date,amount\n" + "\n".join(lines))
    one, two = (
        json.loads(run(file, file_format=f, as_json=True)) for file, f in ((path, "csv"), (CDNOW, "cdnow"))
    )
    assert one["models"]["bg_nbd"]["params"] == pytest.approx(two["models"]["bg_nbd"]["params"], rel=1e-9)
    assert one["holdout_repeats"] == two["holdout_repeats"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"calibration_end": "1998-07-01"}, "is not before the observation end"),
        ({"calibration_end": "yesterday"}, "the calibration end 'yesterday' is not a date"),
        ({"calibration_end": "1990-01-01"}, "no order on or before the calibration end"),
        ({"calibration_end": "1997-01-01"}, "no customer ordered on two days"),
    ],
)
def test_bad_ends(options: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        run(CDNOW, file_format="cdnow", **options)


def test_bad_file(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer_id,date,amount\na,2024-13-01,1\n")
    with pytest.raises(CommandError, match="row 2: '2024-13-01' is not a date"):
        run(path)
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "missing.csv")


def test_needs_no_database() -> None:
    assert Command.requires_system_checks == []
    assert Command.requires_migrations_checks is False
