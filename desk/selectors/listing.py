"""The customers list, drawn up for its page."""

from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.urls import reverse

from crm.models import Customer, CustomerSummary
from crm.selectors.columns import NAME, Column, columns_for, read_values, worth_field
from crm.selectors.lists import Page, TooSlow, Totals, chosen, customers_of, page, patient_totals, totals
from crm.selectors.scope import visible_summaries
from crm.selectors.where import PARAMETER
from desk.selectors.cells import Cell, Writer, count_of
from desk.selectors.columns import heading_of, look_of
from desk.selectors.filters import chips_of, drop_hint, unreadable
from desk.selectors.list_state import ListState, read_list_state
from desk.selectors.list_tabs import tabs_of
from desk.templatetags.figures import money, number, percent, symbol
from privacy.selectors.persons import marks_of
from rules.catalogue import Type
from rules.selectors.catalogue import shelves
from tenancy.access import Access
from tenancy.money import minor_digits


def customers_list(access: Access, query: QueryDict, slug: str) -> dict[str, Any]:
    """Context of desk/customers/list.html."""
    state = read_list_state(access, query)
    who, worth = chosen(access, state.where.tree, state.setting), worth_field(access)
    try:
        found, is_slow = page(who, state.ordering, after=state.after, before=state.before), False
    except TooSlow:
        found, is_slow = Page([], None, None), True
    summed = totals(who.rows, state.columns, worth) if found.rows else Totals(0, True, {})
    writer = Writer(access, state)
    return {
        "state": state,
        "filters": chips_of(access, state),
        "unreadable": unreadable(state),
        "filter_url": f"{reverse('customers_filter', args=[slug])}{state.url()}",
        "clear_url": state.url(where={}),
        "columns": [_head(column, state) for column in state.columns],
        "column_choices": _choices(access, state),
        "column_hidden": [*state.hidden("columns", PARAMETER), *_where_field(state)],
        "rows": _rows(found, state, worth, writer, slug),
        "pager": _pager(found, state, writer),
        "tabs": tabs_of(access, state),
        "is_slow": is_slow,
        "drop_hint": None if found.rows or is_slow else drop_hint(access, state),
        **totals_context(access, state, summed, writer),
        "is_empty": not found.rows and not is_slow and not visible_summaries(access).exists(),
    }


def _where_field(state: ListState) -> list[tuple[str, str]]:
    text = state.query.get(PARAMETER, "")
    return [(PARAMETER, text)] if text else []


def list_totals(access: Access, query: QueryDict) -> dict[str, Any]:
    """Context of the totals alone, computed with patience."""
    state = read_list_state(access, query)
    rows = chosen(access, state.where.tree, state.setting).rows
    summed = patient_totals(rows, state.columns, worth_field(access))
    return totals_context(access, state, summed, Writer(access, state)) | {"patient": True}


def totals_context(access: Access, state: ListState, summed: Totals, writer: Writer) -> dict[str, Any]:
    currency = access.profile.currency
    words = count_of(summed)
    value = summed.sums.get("_value")
    may_see = bool(worth_field(access))
    return {
        "view": {"count": summed.count, "words": words, "exact": summed.exact},
        "totals": writer.total_cells(summed)
        if summed.exact
        else [Cell("text", look_of(column).classes) for column in writer.columns],
        "totals_note": _note(summed, currency),
        "totals_url": f"{reverse('customers_totals', args=[access.tenant.slug])}{state.url()}",
        "bulk": {
            "sum_words": f"{money(int(value), currency)} of lifetime value" if value is not None else "",
            "digits": minor_digits(currency),
            "symbol": symbol(currency) if may_see else "",
            "may_see": may_see,
        },
    }


def _note(summed: Totals, currency: str) -> str:
    if summed.exact:
        return f"Totals are for all {number(summed.count)}, not for this page. Amounts in {currency}."
    return f"The number is the database’s estimate for the whole view. Amounts in {currency}."


def _rows(found: Page, state: ListState, worth: str, writer: Writer, slug: str) -> list[dict[str, Any]]:
    customers = customers_of(found.rows)
    facts = [column.fact for column in state.columns if column.fact and not _is_drawn_without(column)]
    values = read_values(facts, found.rows, customers, state.setting)
    shown = [(row, customers[row.customer_id]) for row in found.rows if row.customer_id in customers]
    # One reverse() for the page: fifty cost two milliseconds.
    marks = marks_of([customer.id for _, customer in shown])
    pattern = reverse("customer", kwargs={"slug": slug, "customer_id": UUID(int=0)})
    return [
        {
            "id": customer.id,
            "url": pattern.replace(str(UUID(int=0)), str(customer.id)),
            "name": customer.name,
            "mark": marks.get(customer.id),
            "is_organisation": customer.kind == Customer.Kind.ORGANISATION,
            "value_minor": getattr(row, worth) if worth else None,
            "cells": writer.cells(row, values[customer.id]),
        }
        for row, customer in shown
    ]


def _is_drawn_without(column: Column) -> bool:
    """Whether the cell needs no value: the name, and names that the page has read anyway."""
    return look_of(column).kind in ("name", "portfolio", "manager")


def _head(column: Column, state: ListState) -> dict[str, Any]:
    at = state.ordering.column.key == column.key
    falling = at and state.ordering.descending
    # Words begin at A, figures at the largest.
    is_text = column.fact is not None and column.fact.type in (Type.TEXT, Type.CHOICE)
    first = column.key if is_text else f"-{column.key}"
    turned = column.key if falling else f"-{column.key}"
    return {
        "label": heading_of(column),
        "explanation": column.fact.explanation if column.fact and column.key != NAME else "",
        "classes": look_of(column).classes,
        "sort_url": state.url(sort=turned if at else first) if column.field else "",
        "sorted": ("desc" if falling else "asc") if at else "",
    }


def _choices(access: Access, state: ListState) -> list[dict[str, Any]]:
    """What the chooser offers: those shown, in their order, then the rest of the catalogue by room."""
    shown, columns = {column.key for column in state.columns}, columns_for(access)
    groups = [("Shown", state.columns)]
    groups += [(shelf.label, [columns[fact.key] for fact in shelf.facts]) for shelf in shelves(access)]
    groups += [("Drawn", [column for column in columns.values() if column.fact is None])]
    return [
        {"label": label, "columns": [_choice(one, n == 0) for one in group if n == 0 or one.key not in shown]}
        for n, (label, group) in enumerate(groups)
    ]


def _choice(column: Column, shown: bool) -> dict[str, Any]:
    unit = column.fact.unit if column.fact else ""
    locked = column.key == NAME
    return {"key": column.key, "label": column.label, "unit": unit, "shown": shown, "locked": locked}


def _pager(found: Page, state: ListState, writer: Writer) -> dict[str, str]:
    here = state.url()
    link = f"{here}&" if here != "?" else here
    return {
        "edges": _edges(found, state, writer),
        "earlier_url": f"{link}before={found.earlier.encode()}" if found.earlier else "",
        "later_url": f"{link}after={found.later.encode()}" if found.later else "",
    }


def _edges(found: Page, state: ListState, writer: Writer) -> str:
    """What lies first and last on the page, as the sorted column says it: "Aagaard to Brightwater"."""
    if not found.rows:
        return ""
    first, last = (_edge(row, state, writer) for row in (found.rows[0], found.rows[-1]))
    return first if first == last else f"{first} to {last}"


def _edge(row: CustomerSummary, state: ListState, writer: Writer) -> str:
    column = state.ordering.column
    if column.key == NAME:
        return " ".join(row.name_key.split()[:2]).title()[:24]
    cell = writer.cell(column, row, {column.key: getattr(row, column.field)})
    return percent(cell.share) if cell.share is not None else cell.text or cell.words
