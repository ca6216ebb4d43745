"""The customers list as its address says it: filter, order, columns, place. Nothing is kept elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import QueryDict

from crm.selectors.columns import NAME, Column, columns_for
from crm.selectors.lists import Ordering
from crm.selectors.where import PARAMETER, Raw, Where, from_address, in_address
from desk.selectors.columns import DEFAULT
from desk.selectors.people import PortfolioName, portfolio_names
from rules.language.problems import Problem
from rules.moment import Setting, setting_of
from tenancy.access import Access
from tenancy.selectors.keyset import BadPosition, Position

PLACE: Final = ("after", "before")
KNOWN: Final = frozenset({PARAMETER, "sort", "columns", *PLACE})


@dataclass(frozen=True)
class ListState:
    """One reading of the address."""

    query: QueryDict
    where: Where
    ordering: Ordering
    columns: list[Column]
    after: Position | None
    before: Position | None
    portfolios: dict[UUID, PortfolioName]
    setting: Setting

    def url(self, *, where: Raw | None = None, **changes: str | None) -> str:
        """This list with something changed, from its beginning. `where`: another filter, {} none."""
        query = self.query.copy()
        for key in (*PLACE, PARAMETER, *changes):
            query.pop(key, None)
        for key, value in changes.items():
            if value is not None:
                query[key] = value
        parts = (in_address(self.where.raw if where is None else where), query.urlencode())
        return f"?{'&'.join(part for part in parts if part)}"

    def hidden(self, *dropped: str) -> list[tuple[str, str]]:
        """What a form that sets `dropped` must keep of the address."""
        left_out = {*dropped, *PLACE}
        return [(key, value) for key, values in self.query.lists() if key not in left_out for value in values]


def read_list_state(access: Access, query: QueryDict) -> ListState:
    """Read the address; what makes no sense in it is left out, and where it was a filter, said."""
    ordering = Ordering.parse(query.get("sort", ""), access)
    return ListState(
        query=_known(query),
        where=_where(query, access),
        ordering=ordering,
        columns=_columns(query.getlist("columns"), columns_for(access)),
        after=_place(query.get("after", ""), ordering),
        before=_place(query.get("before", ""), ordering),
        portfolios=portfolio_names(access),
        setting=setting_of(access.profile),
    )


def _known(query: QueryDict) -> QueryDict:
    kept = query.copy()
    for key in set(kept) - KNOWN:
        del kept[key]
    return kept


def _where(query: QueryDict, access: Access) -> Where:
    """The filter of the address. A parameter nobody knows may have been a filter once: it is not passed over."""
    found = from_address(query.get(PARAMETER, ""), access)
    strange = [
        Problem(key, "unknown_parameter", f"“{key[:40]}={value[:40]}” in the address means nothing here.")
        for key, value in query.items()
        if key not in KNOWN
    ]
    return Where(found.raw, found.tree, found.lines, (*found.problems, *strange)) if strange else found


def _columns(wanted: list[str], known: Mapping[str, Column]) -> list[Column]:
    """The chosen columns in the order of the address, the name always first."""
    found = [known[key] for key in dict.fromkeys((NAME, *wanted)) if key in known]
    return found if len(found) > 1 or NAME in wanted else [known[key] for key in DEFAULT if key in known]


def _place(text: str, ordering: Ordering) -> Position | None:
    try:
        return ordering.place(text)
    except BadPosition:
        return None
