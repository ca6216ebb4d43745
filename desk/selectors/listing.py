"""The customers list, drawn up for its page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from crm.models import Customer, CustomerSummary
from crm.selectors.lists import (
    COLUMNS,
    Column,
    Page,
    Totals,
    customers_of,
    matching,
    page,
    patient_totals,
    totals,
)
from crm.selectors.scope import visible_summaries
from desk.selectors.list_state import LABELS, ListState, read_list_state
from desk.selectors.people import PortfolioName, own_portfolios
from desk.templatetags.figures import figure, money, number, percent, range_compact, symbol, write_date
from tenancy.access import Access
from tenancy.money import minor_digits

NO_SCORE: Final = {
    CustomerSummary.Score.NONE: "no order yet",
    CustomerSummary.Score.NOT_COMPUTED: "not computed",
    CustomerSummary.Score.ONE_ORDER: "1 order so far",
    CustomerSummary.Score.NO_MODEL: "too little data",
    CustomerSummary.Score.OBJECTED: "no score",
}
CLASSES: Final = {
    "name": "cs-ph-name",
    "number": "cs-w-96 cs-p4",
    "status": "cs-w-80 cs-p4",
    "country": "cs-w-72 cs-p5",
    "value": "cs-w-112 cs-num cs-ph-value",
    "range": "cs-w-112 cs-p2 cs-ph-aside",
    "months": "cs-w-88 cs-p3",
    "alive": "cs-w-120 cs-p2",
    "no_order": "cs-w-136 cs-num cs-p4",
    "orders": "cs-w-72 cs-num cs-p4",
    "returns": "cs-w-72 cs-num cs-p4",
    "last_order": "cs-w-104 cs-num cs-ph-reason",
    "first_order": "cs-w-104 cs-num cs-p4",
    "margin_year": "cs-w-136 cs-num cs-p4",
    "margin": "cs-w-112 cs-num cs-p4",
    "revenue": "cs-w-120 cs-num cs-p4",
    "cost_year": "cs-w-120 cs-num cs-p4",
    "orders_year": "cs-w-160 cs-num cs-p4",
    "margin_3y": "cs-w-160 cs-num cs-p4",
    "portfolio": "cs-w-120 cs-p5",
    "manager": "cs-w-96 cs-p5",
}


@dataclass(frozen=True)
class Cell:
    """One cell of the table; see desk/_cell.html."""

    kind: str
    classes: str
    text: str = ""
    words: str = ""
    tone: str = ""
    share: float | None = None
    values: Sequence[int] = field(default_factory=tuple)
    label: str = ""


class Writer:
    """Writes the cells of a row; knows what every row needs."""

    def __init__(self, access: Access, state: ListState) -> None:
        self.currency, self.today = access.profile.currency, state.today
        self.portfolios, self.columns = state.portfolios, state.columns[1:]
        self.unit = 10 ** minor_digits(self.currency)

    def cells(self, summary: CustomerSummary, customer: Customer) -> list[Cell]:
        return [self._cell(column, summary, customer) for column in self.columns]

    def _cell(self, column: Column, summary: CustomerSummary, customer: Customer) -> Cell:
        classes = CLASSES[column.key]
        value = getattr(summary, column.field) if column.field else None
        match column.kind:
            case "money":
                return self._money(column, value, summary, classes)
            case "range":
                low, high = summary.value_low, summary.value_high
                return Cell("range", classes, range_compact(low, high, self.currency))
            case "bars":
                return Cell("bars", classes, values=[round(month / self.unit) for month in summary.months])
            case "alive":
                return self._alive(summary, classes)
            case "share":
                return Cell("text", classes, percent(value), words=_why_no_score(summary))
            case "date":
                text = write_date(value, today=self.today) if value else ""
                return Cell("date", classes, text, words="none yet")
            case "count":
                return Cell("count", classes, number(value))
            case "decimal":
                return Cell("count", classes, number(value, 1), words="no score")
            case "status":
                return Cell("text", classes, str(summary.get_status_display()).capitalize())
        return self._words(column, summary, customer, classes)

    def _money(self, column: Column, value: int | None, summary: CustomerSummary, classes: str) -> Cell:
        tone = "bad" if value is not None and value < 0 else ""
        words = _why_no_score(summary) if value is None else ""
        kind = "figure" if column.key == "value" else "text"
        return Cell(kind, classes, figure(value, self.currency), words=words, tone=tone)

    def _alive(self, summary: CustomerSummary, classes: str) -> Cell:
        scored = summary.score == CustomerSummary.Score.SCORED
        return Cell("alive", classes, share=summary.alive if scored else None, words=_why_no_score(summary))

    def _words(self, column: Column, summary: CustomerSummary, customer: Customer, classes: str) -> Cell:
        home = self.portfolios.get(summary.portfolio_id) if summary.portfolio_id else None
        if column.key == "number":
            return Cell("text", classes, customer.external_id or "", words="none")
        if column.key == "country":
            return Cell("text", classes, customer.country, words="not known")
        if column.key == "portfolio":
            return Cell("text", classes, home.name if home else "")
        return Cell(
            "member" if home and home.manager else "text", classes, home.manager if home else "", "none"
        )

    def total_cells(self, found: Totals) -> list[Cell]:
        return [self._total(column, found.sums.get(column.key)) for column in self.columns]

    def _total(self, column: Column, value: Any) -> Cell:
        classes = CLASSES[column.key]
        if value is None:
            return Cell("text", classes)
        if column.total == "mean":
            return Cell("alive", classes, share=value)
        text = figure(int(value), self.currency) if column.kind == "money" else number(round(value))
        return Cell("figure", classes, text)


def _why_no_score(summary: CustomerSummary) -> str:
    return NO_SCORE.get(CustomerSummary.Score(summary.score), "no score")


def customers_list(access: Access, query: QueryDict, slug: str) -> dict[str, Any]:
    """Context of desk/customers/list.html."""
    state = read_list_state(access, query)
    visible = visible_summaries(access)
    rows = matching(visible, state.filters)
    found = page(rows, state.ordering, after=state.after, before=state.before)
    summed = totals(rows, state.columns) if found.rows else Totals(0, True, {})
    writer = Writer(access, state)
    return {
        "state": state,
        "filters": state.chips,
        "filter_form": state.form,
        "hidden": state.hidden(*LABELS),
        "clear_url": state.url(**dict.fromkeys(LABELS)),
        "columns": [_head(column, state) for column in state.columns],
        "column_choices": _choices(state),
        "column_hidden": state.hidden("columns"),
        "rows": _rows(found, writer, slug),
        "pager": _pager(found, state, writer),
        "tabs": _tabs(access, state),
        "drop_hint": None if found.rows else _drop_hint(access, visible, state),
        **totals_context(access, state, summed, writer),
        "is_empty": not found.rows and not visible.exists(),
    }


def list_totals(access: Access, query: QueryDict) -> dict[str, Any]:
    """Context of the totals alone, computed with patience."""
    state = read_list_state(access, query)
    rows = matching(visible_summaries(access), state.filters)
    summed = patient_totals(rows, state.columns)
    return totals_context(access, state, summed, Writer(access, state)) | {"patient": True}


def totals_context(access: Access, state: ListState, summed: Totals, writer: Writer) -> dict[str, Any]:
    currency = access.profile.currency
    people = "customer" if summed.count == 1 else "customers"
    words = f"{'' if summed.exact else 'about '}{_count(summed)} {people}"
    value = summed.sums.get("_value")
    return {
        "view": {"count": summed.count, "words": words, "exact": summed.exact},
        "totals": writer.total_cells(summed)
        if summed.exact
        else [Cell("text", CLASSES[c.key]) for c in writer.columns],
        "totals_note": _note(summed, currency),
        "totals_url": f"{reverse('customers_totals', args=[access.tenant.slug])}{state.url()}",
        "bulk": {
            "sum_words": f"{money(int(value), currency)} of lifetime value" if value is not None else "",
            "digits": minor_digits(currency),
            "symbol": symbol(currency),
        },
    }


def _count(summed: Totals) -> str:
    if summed.exact:
        return number(summed.count)
    magnitude = max(len(str(summed.count)) - 2, 0)
    return number(round(summed.count, -magnitude))


def _note(summed: Totals, currency: str) -> str:
    if summed.exact:
        return f"Totals are for all {number(summed.count)}, not for this page. Amounts in {currency}."
    return f"The number is the database’s estimate for the whole view. Amounts in {currency}."


def _rows(found: Page, writer: Writer, slug: str) -> list[dict[str, Any]]:
    customers = customers_of(found.rows)
    shown = [(row, customers[row.customer_id]) for row in found.rows if row.customer_id in customers]
    # One reverse() for the page: fifty cost two milliseconds.
    pattern = reverse("customer", kwargs={"slug": slug, "customer_id": UUID(int=0)})
    return [
        {
            "id": customer.id,
            "url": pattern.replace(str(UUID(int=0)), str(customer.id)),
            "name": customer.name,
            "is_organisation": customer.kind == Customer.Kind.ORGANISATION,
            "value_minor": row.value,
            "cells": writer.cells(row, customer),
        }
        for row, customer in shown
    ]


def _head(column: Column, state: ListState) -> dict[str, Any]:
    at = state.ordering.column.key == column.key
    falling = at and state.ordering.descending
    # Words begin at A, figures at the largest.
    first = column.key if column.kind in ("name", "status") else f"-{column.key}"
    turned = column.key if falling else f"-{column.key}"
    return {
        "label": column.label,
        "classes": CLASSES[column.key],
        "sort_url": state.url(sort=turned if at else first) if column.field else "",
        "sorted": ("desc" if falling else "asc") if at else "",
    }


def _choices(state: ListState) -> list[dict[str, Any]]:
    shown = {column.key for column in state.columns}
    return [
        {"key": key, "label": column.label, "shown": key in shown, "locked": key == "name"}
        for key, column in COLUMNS.items()
    ]


def _pager(found: Page, state: ListState, writer: Writer) -> dict[str, str]:
    return {
        "edges": _edges(found, state, writer),
        "earlier_url": f"{state.url()}&before={found.earlier.encode()}" if found.earlier else "",
        "later_url": f"{state.url()}&after={found.later.encode()}" if found.later else "",
    }


def _edges(found: Page, state: ListState, writer: Writer) -> str:
    """What lies first and last on the page, as the sorted column says it: "Aagaard to Brightwater"."""
    if not found.rows:
        return ""
    first, last = (_edge(row, state, writer) for row in (found.rows[0], found.rows[-1]))
    return first if first == last else f"{first} to {last}"


def _edge(row: CustomerSummary, state: ListState, writer: Writer) -> str:
    column = state.ordering.column
    if column.key == "name":
        return " ".join(row.name_key.split()[:2]).title()[:24]
    cell = writer._cell(column, row, Customer())
    return percent(cell.share) if cell.share is not None else cell.text or cell.words


def _tabs(access: Access, state: ListState) -> list[dict[str, Any]]:
    """Ready-made addresses; the one that is open is marked."""
    mine: list[PortfolioName] = own_portfolios(access, state.portfolios)
    views: list[tuple[str, dict[str, str]]] = [("All customers", {})]
    if mine and access.scope != "own_portfolio":
        views.insert(0, ("My customers", {"manager": str(mine[0].manager_id)}))
    views += [
        ("Most valuable", {"sort": "-value"}),
        ("Slipping away", {"alive_below": "50", "sort": "-value"}),
        ("New", {"ordered_within": "3", "sort": "-first_order"}),
        ("Never ordered", {"status": "prospect"}),
    ]
    here = {key: value for key, value in state.query.items() if key not in ("after", "before", "columns")}
    return [
        {"label": label, "count": None, "url": _tab_url(state, query), "active": here == query}
        for label, query in views
    ]


def _tab_url(state: ListState, query: dict[str, str]) -> str:
    address = QueryDict(mutable=True)
    address.update(query)
    address.setlist("columns", state.query.getlist("columns"))
    return f"?{address.urlencode()}"


def _drop_hint(access: Access, visible: Any, state: ListState) -> dict[str, Any] | None:
    """The filter without which most would be found, with the count it would give."""
    best: tuple[int, str] = (0, "")
    for key in LABELS:
        if state.query.get(key):
            summed = totals(matching(visible, state.filters_without(access, key)), [])
            best = max(best, (summed.count, key))
    if not best[0]:
        return None
    label, operator = LABELS[best[1]]
    return {"label": f"{label} {operator}", "url": state.url(**{best[1]: None}), "count": best[0]}
