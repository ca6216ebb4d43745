"""The customers list's filter, opened to be edited with the same component as the rules."""

from typing import Any, Final

from crm.selectors.lists import chosen, totals
from crm.selectors.where import LONGEST, Raw, in_address, read_where
from desk.selectors.cells import count_of
from desk.selectors.list_state import ListState
from desk.selectors.list_tabs import SEGMENT
from rules.catalogue import find_fact
from rules.forms import component
from rules.language.problems import Problem
from rules.language.tree import Mode
from rules.moment import setting_of
from tenancy.access import Access

PREFIX: Final = "where"
TOO_LONG: Final = "This filter is too long for an address: save it as a segment, then filter by that segment."


def filter_panel(access: Access, state: ListState, typed: Raw | None = None) -> dict[str, Any]:
    """Context of desk/customers/_filter_panel.html. `typed`: what came from the form, to be read and shown.

    `refused`: it cannot be shown as a list yet; else `list_query` is the address that shows it.
    """
    raw = state.where.raw if typed is None else tidy(typed) or {}
    where = read_where(raw, access)
    problems = list(where.problems)
    if len(in_address(raw)) > LONGEST:
        problems.append(Problem("", "too_long", TOO_LONG))
    shown = typed if typed is not None and problems else _with_a_free_line(raw)
    return {
        "condition": component(shown, problems, prefix=PREFIX, access=access, focus=_focus(shown)),
        "query": state.url(where={}).removeprefix("?"),
        "back_query": state.url(),
        "clear_query": state.url(where={}),
        "refused": bool(typed is not None and problems),
        "list_query": state.url(where=raw),
        "segment_query": in_address(raw) if raw and where.is_sound and _may_save(access) else "",
        "has_filter": bool(raw),
    }  # fmt: skip


def _may_save(access: Access) -> bool:
    return find_fact(SEGMENT) is not None and access.may("crm.manage_segments")


def count_words(access: Access, typed: Raw) -> str:
    """How many a filter would keep that is being written; what is not finished is left out."""
    where, setting = read_where(tidy(typed) or {}, access), setting_of(access.profile)
    summed = totals(chosen(access, where.tree, setting).rows, [])
    return count_of(summed) + ("" if where.is_sound else ", without what is not finished")


def tidy(raw: Any) -> Any:
    """A tree without lines that nobody filled in, nor groups that are empty then; None where nothing is left."""
    if not isinstance(raw, dict):
        return raw
    mode = next((mode.value for mode in Mode if isinstance(raw.get(mode.value), list)), "")
    if mode:
        kept = [child for child in map(tidy, raw[mode]) if child]
        return raw | {mode: kept} if kept else None
    if raw.get("where"):
        where = tidy(raw["where"])
        raw = {key: value for key, value in raw.items() if key != "where"} | (
            {"where": where} if where else {}
        )
    return raw or None


def _with_a_free_line(raw: Raw) -> Raw:
    """Where every line must hold, one to begin with; F, a letter, and the search for a fact is on."""
    if not raw:
        return {Mode.ALL.value: [{}]}
    lines = raw.get(Mode.ALL)
    return raw | {Mode.ALL.value: [*lines, {}]} if isinstance(lines, list) else raw


def _focus(raw: Raw) -> str:
    lines = raw.get(Mode.ALL)
    return f"{PREFIX}-{len(lines) - 1}" if isinstance(lines, list) and lines and lines[-1] == {} else ""
