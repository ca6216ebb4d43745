"""A word to PostgreSQL's planner before bulk statements.

Of a tenant that is not in the statistics yet the planner expects one row. Then every index that begins with the tenant
looks as good as the right one, and a loop as good as a hash join: both read all the tenant's rows for each row they
join. So bulk statements
- write `tenant_id = (SELECT %(tenant)s::uuid)`: the planner does not see whose rows and reckons with an average tenant;
- look rows of large tables up one by one (`LATERAL ... LIMIT 1`), or narrow them by `= ANY(ids)` and hash;
- forget the plans of the foreign keys, which were made when the tables were small, before they add many rows.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Final

from django.db import connection

FEW: Final = 20


@contextmanager
def without_nested_loops() -> Iterator[None]:
    """Inside, joins are hashed or merged, in the caller's transaction. Every table must be narrowed by `= ANY(ids)`."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off; SET LOCAL jit = off")
        yield
        cursor.execute("SET LOCAL enable_nestloop TO DEFAULT; SET LOCAL jit TO DEFAULT")


def planned_for(rows: int) -> AbstractContextManager[None]:
    """`without_nested_loops` where a statement touches more than a few rows; a loop is right for a few."""
    return without_nested_loops() if rows > FEW else nullcontext()


def forget_plans() -> None:
    """Plan again what this session has planned, foreign key checks included, for the tables as large as they are."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
