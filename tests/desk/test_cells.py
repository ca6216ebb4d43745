"""Cells are written past the template's escaping, so every text is tried with signs of HTML."""

import pytest

from desk.selectors.cells import Cell
from desk.templatetags.cells import table_cells

EVIL = '<b onclick="x">\'&'


@pytest.mark.parametrize("kind", ["text", "figure", "range", "member", "alive", "date", "count"])
def test_no_kind_lets_a_sign_through(kind: str) -> None:
    for cell in (Cell(kind, "c", EVIL, label=EVIL), Cell(kind, "c", "", words=EVIL)):
        drawn = table_cells([cell])
        assert "<b" not in drawn
        assert "'&" not in drawn


def test_what_is_not_known_is_said_in_words() -> None:
    assert table_cells([Cell("figure", "c", "", words="no score")]) == '<td class="c cs-none">no score</td>'
    assert table_cells([Cell("figure", "c", "0")]) == '<td class="c cs-value">0</td>'
    assert "1 order so far" in table_cells([Cell("alive", "c", words="1 order so far")])
    assert 'class="bar-warn"' in table_cells([Cell("alive", "c", share=0.3)])
    assert table_cells([Cell("bars", "c", values=[1, 2])]).count("<rect") == 2
