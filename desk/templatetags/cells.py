"""The cells of a long table, written in one go: six hundred includes cost more than the database.

A cell is anything with kind, classes, text, words, tone, share, values and label; every text is escaped here.
"""

from collections.abc import Iterable
from html import escape
from typing import Any

from django import template
from django.utils.safestring import SafeString

from desk.templatetags.drawings import alive, month_bars
from desk.templatetags.figures import initials

register = template.Library()


@register.simple_tag
def table_cells(cells: Iterable[Any]) -> SafeString:
    """`<td>`s of one row; kinds: text, figure, count, date, range, bars, alive, member."""
    return SafeString("".join(map(_cell, cells)))


def _cell(cell: Any) -> str:
    classes = cell.classes
    match cell.kind:
        case "alive":
            return f'<td class="{classes}" data-label="alive">{alive(cell.share, cell.words)}</td>'
        case "bars":
            return f'<td class="{classes}">{month_bars(cell.values)}</td>'
        case "range":
            return f'<td class="{classes} cs-range">{escape(cell.text)}</td>'
    if not cell.text:
        return f'<td class="{classes} cs-none">{escape(cell.words)}</td>'
    if cell.kind == "member":
        return (
            f'<td class="{classes}"><span class="cs-avatar" aria-hidden="true">{escape(initials(cell.text))}</span>'
            f'<span class="cs-sr">{escape(cell.text)}</span></td>'
        )
    look = "cs-value" if cell.kind == "figure" else "cs-quiet"
    tone = f" cs-{cell.tone}" if cell.tone else ""
    label = f' data-label="{escape(cell.label)}"' if cell.label else ""
    return f'<td class="{classes} {look}{tone}"{label}>{escape(cell.text)}</td>'
