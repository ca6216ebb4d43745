"""The cells of the customers table: a value of a fact as it is read at a glance."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from crm.models import CustomerSummary
from crm.selectors.columns import Column
from crm.selectors.lists import Totals
from desk.selectors.columns import look_of
from desk.selectors.list_state import ListState
from desk.templatetags.figures import figure, number, percent, range_compact, write_date
from rules.catalogue import Fact, Type
from rules.language.words import Vocabulary, listed
from rules.selectors.counting import rounded
from tenancy.access import Access
from tenancy.money import minor_digits

NO_SCORE: Final = {
    CustomerSummary.Score.NONE: "no order yet",
    CustomerSummary.Score.NOT_COMPUTED: "not computed",
    CustomerSummary.Score.ONE_ORDER: "1 order so far",
    CustomerSummary.Score.NO_MODEL: "too little data",
    CustomerSummary.Score.OBJECTED: "no score",
    CustomerSummary.Score.RESTRICTED: "no score",
    CustomerSummary.Score.DECEASED: "no score",
}
Values = Mapping[str, Any]
"""fact's key -> value, of one customer"""


@dataclass(frozen=True)
class Cell:
    """One cell of the table; see desk/templatetags/cells.py."""

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
        self.currency, self.today = access.profile.currency, state.setting.today
        self.portfolios, self.columns = state.portfolios, state.columns[1:]
        self.words = Vocabulary(state.setting)
        self.unit = 10 ** minor_digits(self.currency)

    def cells(self, summary: CustomerSummary, values: Values) -> list[Cell]:
        return [self.cell(column, summary, values) for column in self.columns]

    def cell(self, column: Column, summary: CustomerSummary, values: Values) -> Cell:
        look = look_of(column)
        match look.kind:
            case "range":
                text = range_compact(summary.value_low, summary.value_high, self.currency)
                return Cell("range", look.classes, text)
            case "bars":
                months = [round(month / self.unit) for month in summary.months]
                return Cell("bars", look.classes, values=months)
            case "alive":
                scored = summary.score == CustomerSummary.Score.SCORED
                share = values.get(column.key) if scored else None
                return Cell("alive", look.classes, share=share, words=_why_no_score(summary))
            case "portfolio" | "manager":
                return self._home(look.kind, look.classes, summary)
        assert column.fact is not None
        return self._fact(column.fact, values.get(column.key), summary, look.classes)

    def _home(self, kind: str, classes: str, summary: CustomerSummary) -> Cell:
        """Names that the page has read anyway."""
        home = self.portfolios.get(summary.portfolio_id) if summary.portfolio_id else None
        if kind == "portfolio":
            return Cell("text", classes, home.name if home else "")
        manager = home.manager if home else ""
        return Cell("member" if manager else "text", classes, manager, "none")

    def _fact(self, fact: Fact, value: Any, summary: CustomerSummary, classes: str) -> Cell:
        if value is None:
            return Cell("text", classes, words=_why_unknown(fact, summary))
        match fact.type:
            case Type.MONEY:
                kind = "figure" if fact.key == "value.lifetime_value" else "text"
                tone = "bad" if value < 0 else ""
                return Cell(kind, classes, figure(value, self.currency), tone=tone)
            case Type.COUNT:
                return Cell("count", classes, number(value))
            case Type.NUMBER:
                return Cell("count", classes, number(value, 1))
            case Type.SHARE:
                return Cell("text", classes, percent(value))
            case Type.DATE:
                return Cell("date", classes, write_date(value, today=self.today))
            case Type.MOMENT:
                day = value.astimezone(self.words.setting.zone).date()
                return Cell("date", classes, write_date(day, today=self.today))
        return Cell("text", classes, self._chosen(fact, value), words="none")

    def _chosen(self, fact: Fact, value: Any) -> str:
        if fact.type is Type.TEXT:
            return str(value)
        if fact.type is Type.SET:
            return listed(sorted(self.words.label(fact, one) for one in value), "and")
        words = self.words.value(fact, value)
        return words[:1].upper() + words[1:]

    def total_cells(self, found: Totals) -> list[Cell]:
        return [self._total(column, found.sums.get(column.key)) for column in self.columns]

    def _total(self, column: Column, value: Any) -> Cell:
        look = look_of(column)
        if value is None:
            return Cell("text", look.classes)
        if column.total == "mean":
            alive = look.kind == "alive"
            return (
                Cell("alive", look.classes, share=value)
                if alive
                else Cell("figure", look.classes, percent(value))
            )
        is_money = column.fact is not None and column.fact.type is Type.MONEY
        text = figure(int(value), self.currency) if is_money else number(round(value))
        return Cell("figure", look.classes, text)


def _why_unknown(fact: Fact, summary: CustomerSummary) -> str:
    if fact.key.startswith("value."):
        return _why_no_score(summary)
    return "none yet" if fact.type is Type.DATE else "none" if fact.type is Type.TEXT else "not known"


def _why_no_score(summary: CustomerSummary) -> str:
    return NO_SCORE.get(CustomerSummary.Score(summary.score), "no score")


def count_of(summed: Totals) -> str:
    """ "412 customers", "about 140,000 customers"."""
    if summed.exact:
        return f"{number(summed.count)} {'customer' if summed.count == 1 else 'customers'}"
    return f"about {number(rounded(summed.count))} customers"
