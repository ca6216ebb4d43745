"""The customers list as its address says it: filters, order, columns, place. Nothing is kept elsewhere."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict

from crm.forms import FilterForm, major_to_minor, months_before
from crm.selectors.lists import COLUMNS, DEFAULT_COLUMNS, BadCursor, Column, Cursor, Filters, Ordering
from crm.services.summaries import tenant_today
from desk.selectors.people import PortfolioName, portfolio_names
from desk.templatetags.figures import percent
from tenancy.access import Access
from tenancy.money import minor_digits

PLACE: Final = ("after", "before")
LABELS: Final = {
    "status": ("Status", "is"),
    "portfolio": ("Portfolio", "is"),
    "manager": ("Manager", "is"),
    "country": ("Country", "is"),
    "ordered_within": ("Last order", "within"),
    "silent_for": ("No order", "for"),
    "value_from": ("Lifetime value", "from"),
    "alive_below": ("Alive", "below"),
    "orders_from": ("Orders", "from"),
    "score": ("Score", "is"),
    "starts_with": ("Name", "starts with"),
}


@dataclass(frozen=True)
class Chip:
    label: str
    operator: str
    value: str
    remove_url: str


@dataclass(frozen=True)
class ListState:
    """One reading of the address."""

    query: QueryDict
    form: FilterForm
    filters: Filters
    ordering: Ordering
    columns: list[Column]
    after: Cursor | None
    before: Cursor | None
    portfolios: dict[UUID, PortfolioName]
    today: date

    def url(self, **changes: str | None) -> str:
        """This list with something changed, from its beginning."""
        query = self.query.copy()
        for key in PLACE:
            query.pop(key, None)
        for key, value in changes.items():
            if value is None:
                query.pop(key, None)
            else:
                query[key] = value
        return f"?{query.urlencode()}"

    @property
    def is_sound(self) -> bool:
        """Whether every filter of the address could be read; a list may leave one out, a change must not."""
        return not self.form.errors

    def filters_without(self, access: Access, key: str) -> Filters:
        cleaned = {name: value for name, value in self.form.cleaned_data.items() if name != key}
        return _filters(cleaned, access, self.portfolios, self.today)

    def hidden(self, *dropped: str) -> list[tuple[str, str]]:
        """What a form that sets `dropped` must keep of the address."""
        left_out = {*dropped, *PLACE}
        return [(key, value) for key, values in self.query.lists() if key not in left_out for value in values]

    @property
    def chips(self) -> list[Chip]:
        shown = self.form.cleaned_data
        return [
            Chip(label, operator, self._words(key, shown[key]), self.url(**{key: None}))
            for key, (label, operator) in LABELS.items()
            if shown.get(key) not in (None, "")
        ]

    def _words(self, key: str, value: Any) -> str:
        choices = dict(getattr(self.form.fields[key], "choices", ()))
        if key == "alive_below":
            return percent(value / 100)
        return str(choices.get(value, value))


def read_list_state(access: Access, query: QueryDict) -> ListState:
    """Read the address; what makes no sense in it is left out."""
    names = portfolio_names(access)
    today = tenant_today(access.profile)
    form = filter_form(access, query, names)
    form.is_valid()
    ordering = Ordering.parse(query.get("sort", ""))
    return ListState(
        query=_only_valid(query, form),
        form=form,
        filters=_filters(form.cleaned_data, access, names, today),
        ordering=ordering,
        columns=_columns(query.getlist("columns")),
        after=_cursor(query.get("after", ""), ordering),
        before=_cursor(query.get("before", ""), ordering),
        portfolios=names,
        today=today,
    )


def filter_form(access: Access, query: QueryDict, names: dict[UUID, PortfolioName]) -> FilterForm:
    reachable = [name for name in names.values() if name.in_scope]
    managers = {str(name.manager_id): name.manager for name in reachable if name.manager_id}
    portfolios = [(str(name.id), name.name) for name in reachable]
    return FilterForm(query, portfolios=portfolios, managers=sorted(managers.items(), key=lambda m: m[1]))


def _only_valid(query: QueryDict, form: FilterForm) -> QueryDict:
    kept = query.copy()
    for key in form.fields:
        if form.cleaned_data.get(key) in (None, ""):
            kept.pop(key, None)
    return kept


def _filters(
    cleaned: dict[str, Any], access: Access, names: dict[UUID, PortfolioName], today: date
) -> Filters:
    within, silent = cleaned.get("ordered_within"), cleaned.get("silent_for")
    value, alive = cleaned.get("value_from"), cleaned.get("alive_below")
    return Filters(
        status=cleaned.get("status", ""),
        portfolios=_portfolio_ids(cleaned, names),
        country=cleaned.get("country", ""),
        ordered_since=months_before(today, int(within)) if within else None,
        silent_since=months_before(today, int(silent)) if silent else None,
        value_from=None if value is None else major_to_minor(value, minor_digits(access.profile.currency)),
        alive_below=alive / 100 if alive else None,
        orders_from=cleaned.get("orders_from"),
        score=cleaned.get("score", ""),
        starts_with=cleaned.get("starts_with", ""),
    )


def _portfolio_ids(cleaned: dict[str, Any], names: dict[UUID, PortfolioName]) -> tuple[UUID, ...] | None:
    portfolio, manager = cleaned.get("portfolio"), cleaned.get("manager")
    if not portfolio and not manager:
        return None
    return tuple(
        name.id
        for name in names.values()
        if (not portfolio or str(name.id) == portfolio) and (not manager or str(name.manager_id) == manager)
    )


def _columns(wanted: list[str]) -> list[Column]:
    """The chosen columns in the order of the catalogue, the name always first."""
    keys = {"name", *wanted} if wanted else set(DEFAULT_COLUMNS)
    return [column for key, column in COLUMNS.items() if key in keys]


def _cursor(text: str, ordering: Ordering) -> Cursor | None:
    try:
        return Cursor.decode(text, ordering) if text else None
    except BadCursor:
        return None
