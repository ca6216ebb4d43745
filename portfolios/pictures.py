"""Rows and drawings of the portfolio pages: what the templates need, out of what the selectors read."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from portfolios.selectors.portfolios import LIKELY, Dot, Movement, Picture
from tenancy.money import SYMBOLS, minor_digits

PAGE: Final = 100
LABELS: Final = 4
SORTS: Final = {
    "name": lambda row: row["portfolio"].name.casefold(),
    "customers": lambda row: row["worth"].customers,
    "value": lambda row: row["worth"].value,
    "margin": lambda row: row["worth"].quarter_margin,
}


def page_of_rows(rows: list[dict[str, Any]], asked: Mapping[str, str]) -> dict[str, Any]:
    """Sorted by the column asked for and cut after the portfolio that ended the page before."""
    name = asked.get("sort", "").lstrip("-")
    name = name if name in SORTS else "value"
    descending = asked.get("sort", f"-{name}").startswith("-")
    ordered = sorted(rows, key=lambda row: (SORTS[name](row), str(row["portfolio"].id)), reverse=descending)
    ids = [str(row["portfolio"].id) for row in ordered]
    start = ids.index(asked["after"]) + 1 if asked.get("after") in ids else 0
    sign = "-" if descending else ""
    more = len(ordered) > start + PAGE
    return {
        "rows": ordered[start : start + PAGE],
        "later_url": f"?sort={sign}{name}&after={ids[start + PAGE - 1]}" if more else "",
        "columns": {key: _column(key, name, descending) for key in SORTS},
    }


def _column(key: str, sorted_by: str, descending: bool) -> dict[str, str]:
    if key != sorted_by:
        return {"sort_url": f"?sort={'' if key == 'name' else '-'}{key}", "sorted": ""}
    return {"sort_url": f"?sort={'' if descending else '-'}{key}", "sorted": "desc" if descending else "asc"}


def scatter(picture: Picture, first: Sequence[Dot], currency: str, customers_url: str) -> dict[str, Any]:
    """What static/js/charts.js draws: value in whole units against the chance of staying away in percent."""
    unit = 10 ** minor_digits(currency)
    named = {dot.customer_id for dot in _apart(first)}
    points = [
        _point(dot, picture.split, unit, customers_url, dot.customer_id in named) for dot in picture.dots
    ]
    values = [dot.value / unit for dot in picture.dots] or [1.0]
    return {
        "points": points,
        "x_split": picture.split / unit or 1,
        "x_min": _round_down(max(min(values), max(values) / 10_000)), "x_max": max(values) * 1.4,
        "prefix": SYMBOLS.get(currency, f"{currency} "), "x_title": "Lifetime value, three years",
        "y_title": "Chance of no order in 90 days", "y_words": "no order in 90 days",
    }  # fmt: skip


def _apart(dots: Sequence[Dot]) -> list[Dot]:
    """The first ones whose names would not stand on each other: seven points of chance between two lines."""
    chosen: list[Dot] = []
    for dot in dots:
        if len(chosen) < LABELS and all(abs(dot.no_order_90 - other.no_order_90) > 0.07 for other in chosen):
            chosen.append(dot)
    return chosen


def _round_down(value: float) -> float:
    """To one leading digit, so that the axis begins at a plain number."""
    size = 1.0
    while size > value:
        size /= 10
    while size * 10 <= value:
        size *= 10
    return max(int(value / size) * size, 0.01)


def _point(dot: Dot, split: float, unit: int, customers_url: str, named: bool) -> dict[str, Any]:
    rich, away = dot.value >= split, dot.no_order_90 >= LIKELY
    return {
        "x": round(dot.value / unit, 2), "y": round(dot.no_order_90 * 100, 1), "name": dot.name,
        "label": dot.name if named else "", "url": f"{customers_url}{dot.customer_id}/",
        "tone": "bad" if named and rich and away else "",
    }  # fmt: skip


def see_today_rows(dots: Sequence[Dot], customers_url: str) -> list[dict[str, Any]]:
    return [
        {"name": dot.name, "url": f"{customers_url}{dot.customer_id}/", "value": dot.value,
         "no_order_90": dot.no_order_90, "at_stake": dot.at_stake}
        for dot in dots
    ]  # fmt: skip


def transfer_rows(moves: Sequence[Movement]) -> list[dict[str, Any]]:
    """In the words of the portfolio whose page it is."""
    return [
        {"at": move.transfer.at, "customers": move.customers, "reason": move.transfer.reason,
         "words": "came in" if move.came_in else f"went to {move.other}",
         "author": move.transfer.author_name or "the system"}
        for move in moves
    ]  # fmt: skip
