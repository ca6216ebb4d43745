"""The columns of a list of customers: every fact can be one, and a few are drawn from several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from uuid import UUID

from crm.models import Customer, CustomerSummary
from rules.catalogue import Fact, Type, find_fact
from rules.moment import Setting
from rules.selectors.catalogue import shelves
from rules.selectors.records import read_facts
from tenancy.access import Access

NAME: Final = "crm.name"
WORTH: Final = "value.lifetime_value"
_TOTALS: Final = {Type.COUNT: "sum", Type.MONEY: "sum", Type.NUMBER: "sum", Type.SHARE: "mean"}


@dataclass(frozen=True)
class Column:
    """`field` is the summary's column by which the list can be sorted, or ''. `fact` is None where it is only drawn."""

    key: str
    label: str
    fact: Fact | None = None
    field: str = ""
    total: str = ""
    """How the totals row sums it up: "sum", "mean" or not at all."""


_MONTHS: Final = Column("months", "Orders less returns, 12 months")
_RANGE: Final = Column("range", "Likely range of the lifetime value")


@cache
def sortable_fields() -> frozenset[str]:
    """The summary's columns that have an index `(tenant, column, customer)`."""
    found = (tuple(index.fields) for index in CustomerSummary._meta.indexes)
    return frozenset(fields[1] for fields in found if fields[0::2] == ("tenant", "customer"))


def column_of(fact: Fact) -> Column:
    field = fact.column if fact.column in sortable_fields() else ""
    return Column(fact.key, fact.label, fact, field, _TOTALS.get(fact.type, "") if field else "")


def columns_for(access: Access) -> dict[str, Column]:
    """What somebody may see of customers: the name, then the rest of the catalogue room by room, then what is drawn."""
    found = {fact.key: column_of(fact) for shelf in shelves(access) for fact in shelf.facts}
    drawn = [_MONTHS, *([_RANGE] if WORTH in found else [])]
    return {NAME: found.pop(NAME), **found, **{column.key: column for column in drawn}}


def sortable_columns(access: Access | None) -> list[Column]:
    """Those by which a list can be sorted; `access` None: whatever is registered."""
    columns = (column_of(fact) for shelf in shelves(access) for fact in shelf.facts)
    return [column for column in columns if column.field]


def worth_field(access: Access) -> str:
    """The summary's column of the lifetime value, for those who may see it; else ''."""
    fact = find_fact(WORTH)
    return fact.column if fact and (not fact.permission or access.may(fact.permission)) else ""


def read_values(
    wanted: Sequence[Fact],
    rows: Sequence[CustomerSummary],
    customers: Mapping[UUID, Customer],
    setting: Setting,
) -> dict[UUID, dict[str, Any]]:
    """customer's id -> {fact's key: value}, in the order of the rows. What these hold is not asked for again."""
    beyond = [fact for fact in wanted if not _is_at_hand(fact)]
    read = read_facts(beyond, [row.customer_id for row in rows], setting) if beyond else {}
    at_hand = [fact for fact in wanted if _is_at_hand(fact)]
    return {
        row.customer_id: {fact.key: _value(fact, row, customers[row.customer_id]) for fact in at_hand}
        | read.get(row.customer_id, {})
        for row in rows
        if row.customer_id in customers
    }


def _is_at_hand(fact: Fact) -> bool:
    """Whether the value is a column of the summary or of the customer."""
    return bool(fact.column) and "__" not in fact.column.removeprefix("customer__")


def _value(fact: Fact, row: CustomerSummary, customer: Customer) -> Any:
    name = fact.column.removeprefix("customer__")
    return getattr(row if name == fact.column else customer, name)
