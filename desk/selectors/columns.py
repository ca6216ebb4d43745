"""How the columns of the customers list look: the familiar ones by hand, every other fact by its type.

Of a column only what the catalogue does not know stands here: a heading short enough for a table, how wide it is, and
when it gives way (`cs-p2` first to stay, `cs-p5` first to go; `cs-ph-…`: its place on a phone).
"""

from dataclasses import dataclass
from typing import Final

from crm.selectors.columns import NAME, Column
from rules.catalogue import Type

DEFAULT: Final = (
    NAME, "crm.status", "value.lifetime_value", "range", "months", "value.alive", "crm.orders", "crm.last_order_on",
    "crm.margin_year", "portfolios.portfolio", "portfolios.manager",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    classes: str
    heading: str = ""
    """"": the label of the fact."""
    kind: str = ""
    """How the cell is drawn, where its type does not say it."""


_LOOKS: Final = {
    NAME: Look("cs-ph-name", "Customer", "name"),
    "crm.number": Look("cs-w-96 cs-p4"),
    "crm.status": Look("cs-w-80 cs-p4"),
    "crm.country": Look("cs-w-120 cs-p5"),
    "value.lifetime_value": Look("cs-w-112 cs-num cs-ph-value", kind="figure"),
    "range": Look("cs-w-112 cs-p2 cs-ph-aside", "Likely range", "range"),
    "months": Look("cs-w-88 cs-p3", "12 months", "bars"),
    "value.alive": Look("cs-w-120 cs-p2", "Alive", "alive"),
    "value.no_order_90": Look("cs-w-136 cs-num cs-p4", "No order in 90 days"),
    "crm.orders": Look("cs-w-72 cs-num cs-p4", "Orders"),
    "crm.returns": Look("cs-w-72 cs-num cs-p4", "Returns"),
    "crm.last_order_on": Look("cs-w-104 cs-num cs-ph-reason"),
    "crm.first_order_on": Look("cs-w-104 cs-num cs-p4"),
    "crm.margin_year": Look("cs-w-136 cs-num cs-p4", "Margin, 12 months"),
    "crm.cost_year": Look("cs-w-120 cs-num cs-p4", "Cost, 12 months"),
    "value.orders_year": Look("cs-w-160 cs-num cs-p4", "Orders expected, a year"),
    "value.margin_3y": Look("cs-w-160 cs-num cs-p4", "Margin expected, 3 years"),
    "value.kind": Look("cs-w-120 cs-p4", "Kind"),
    "portfolios.portfolio": Look("cs-w-120 cs-p5", kind="portfolio"),
    "portfolios.manager": Look("cs-w-96 cs-p5", kind="manager"),
}
_BY_TYPE: Final = {
    Type.COUNT: Look("cs-w-120 cs-num cs-p4"),
    Type.NUMBER: Look("cs-w-120 cs-num cs-p4"),
    Type.SHARE: Look("cs-w-120 cs-num cs-p4"),
    Type.MONEY: Look("cs-w-136 cs-num cs-p4"),
    Type.DATE: Look("cs-w-104 cs-num cs-p4"),
    Type.MOMENT: Look("cs-w-104 cs-num cs-p4"),
    Type.TEXT: Look("cs-w-120 cs-p4"),
    Type.CHOICE: Look("cs-w-120 cs-p4"),
    Type.FLAG: Look("cs-w-80 cs-p4"),
    Type.SET: Look("cs-w-160 cs-p4"),
}


def look_of(column: Column) -> Look:
    found = _LOOKS.get(column.key)
    if found is None:
        assert column.fact is not None, f"{column.key} has no look"
        return _BY_TYPE[column.fact.type]
    return found


def heading_of(column: Column) -> str:
    return look_of(column).heading or column.label
