"""Conditions of segments as one SELECT, kept while nothing that stands in it can change.

Writing the statement for fifty segments takes Django ten times as long as PostgreSQL needs to answer it for a few
customers. Its text depends on the definitions, the day and the company; only facts that ask the database while it is
written (which portfolios are Nadia's?) must be written anew each time.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Case, IntegerField, Q, Value, When
from django.db.models.expressions import Func

from crm.models import Segment
from rules.catalogue import customers
from rules.language.sql import condition
from rules.language.tree import Group
from rules.moment import Setting
from tenancy.context import current_tenant_id

Readable = tuple[Segment, Group]
MOST_KEPT: Final = 128
"""Statements and verdicts of each kind; a statement of 50 segments has about 12 kB."""


class _Kept(OrderedDict[Any, Any]):
    """The values asked for last."""

    def of(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > MOST_KEPT:
            self.popitem(last=False)
        return self[key]


_statements, _asking = _Kept(), _Kept()


def held_sql(cursor: Any, readable: Sequence[Readable], setting: Setting) -> str:
    """SELECT of customer_id and `held`: an array of the places (from 1) of the conditions that hold, NULL for others.

    Parameters stand in the text; a percent sign is doubled.
    """
    placed = list(enumerate(readable, start=1))
    fixed = [one for one in placed if not _asks(one[1], setting)]
    asking = [one for one in placed if one not in fixed]
    key = (
        current_tenant_id(), setting.today, setting.zone.key, setting.currency,
        tuple((place, row.id, row.version) for place, (row, _) in fixed),
    )  # fmt: skip
    texts = [_statements.of(key, lambda: _text(cursor, fixed, setting))] if fixed else []
    texts += [_text(cursor, asking, setting)] if asking else []
    return " UNION ALL ".join(f"({text})" for text in texts)


def _asks(readable: Readable, setting: Setting) -> bool:
    """Whether writing the condition asks the database."""
    segment, node = readable

    def try_it() -> bool:
        asked: list[str] = []

        def watch(execute: Any, sql: str, *rest: Any) -> Any:
            asked.append(sql)
            return execute(sql, *rest)

        with connection.execute_wrapper(watch):
            condition(node, setting, bulk=False)
        return bool(asked)

    return bool(_asking.of((segment.id, segment.version), try_it))


class _Array(Func):
    template = "ARRAY[%(expressions)s]"
    output_field = IntegerField()


def _text(cursor: Any, placed: Sequence[tuple[int, Readable]], setting: Setting) -> str:
    cases = [
        Case(When(condition(node, setting, bulk=False) & Q(Value(True)), then=Value(place)), default=None,
             output_field=IntegerField())
        for place, (_, node) in placed
    ]  # fmt: skip
    population = customers()
    rows = population.rows(None).order_by().annotate(held=_Array(*cases)).values_list(population.key, "held")
    sql, parameters = rows.query.sql_with_params()
    text: str = cursor.mogrify(sql, parameters).decode()
    return text.replace("%", "%%")
