"""Keeping members true: conditions of all live segments about some customers, in one statement for each level.

The statement works the conditions out, compares with who is a member, and writes members, changes and sizes. Whoever
does it holds the company's turn, taken by a statement of its own: the next one then reads what was committed before, so
that of two workers with the same customer the later one has the last word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from crm.events import SegmentsChanged
from crm.models import Segment, SegmentChange
from crm.selectors.segments import in_reading_order, readers_of, segments
from crm.services.segments.compiling import Readable, held_sql
from rules.language.parse import read
from rules.language.tree import Group
from rules.moment import Setting, setting_now
from tenancy.context import current_tenant_id
from tenancy.db.ids import new_id
from tenancy.db.planner import planned_for
from tenancy.outbox import emit

Cause: Final = SegmentChange.Cause
MOST: Final = 5_000
"""Customers in one statement."""


@dataclass
class Kept:
    """What became of it."""

    entered: int = 0
    left: int = 0


def keep_customers(customer_ids: Sequence[UUID]) -> Kept:
    """Put these customers into the live segments whose condition holds for them, and take them out of the others."""
    rows = _live()
    return _keep(rows, customer_ids, Cause.FACTS) if rows else Kept()


def fill_segment(segment: Segment, customer_ids: Sequence[UUID], cause: str, *, silent: bool = False) -> Kept:
    """Work one segment out for these customers, live or frozen, then the live ones that read it.

    `silent`: a new segment's first members are not news.
    """
    live = _live()
    readers = readers_of({segment.id}, live)
    kept = _keep([segment], customer_ids, cause, silent=silent)
    after = _keep([row for row in live if row.id in readers], customer_ids, Cause.FACTS)
    return Kept(kept.entered + after.entered, kept.left + after.left)


def hold_turn() -> None:
    """The company's turn at its segments, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"segments:{current_tenant_id()}"]
        )


def _live() -> list[Segment]:
    return list(segments().filter(mode=Segment.Mode.LIVE))


def _keep(rows: Sequence[Segment], customer_ids: Sequence[UUID], cause: str, *, silent: bool = False) -> Kept:
    kept, setting, batch = Kept(), setting_now(), new_id()
    touched: set[UUID] = set()
    with transaction.atomic():
        hold_turn()
        for level in in_reading_order(rows):
            readable = [(row, node) for row in level if (node := _readable(row, setting)) is not None]
            for start in range(0, len(customer_ids) if readable else 0, MOST):
                some = list(customer_ids[start : start + MOST])
                touched |= _write(readable, some, setting, batch, cause, kept, silent=silent)
        if touched and not silent:
            ids = tuple(sorted(touched))
            emit(SegmentsChanged(batch=batch, segment_ids=ids, entered=kept.entered, left=kept.left))
    return kept


def _readable(row: Segment, setting: Setting) -> Group | None:
    """A condition that names a fact that is gone is not worked out: its members stay, and the page says so."""
    node, problems = read(row.condition, currency=setting.currency)
    return None if problems else node


def _write(
    readable: Sequence[Readable], customer_ids: list[UUID], setting: Setting, batch: UUID, cause: str,
    kept: Kept, *, silent: bool,
) -> set[UUID]:  # fmt: skip
    values: dict[str, Any] = {
        "tenant": current_tenant_id(), "ids": customer_ids, "segments": [row.id for row, _ in readable],
        "now": setting.now, "today": setting.today, "batch": batch, "cause": cause, "silent": silent,
    }  # fmt: skip
    with connection.cursor() as cursor, planned_for(len(customer_ids)):
        held = held_sql(cursor, readable, setting)
        cursor.execute(_STATEMENT.replace("{held}", held), values)
        counts = cursor.fetchall()
    kept.entered += sum(entered for _, entered, _ in counts)
    kept.left += sum(left for _, _, left in counts)
    return {segment_id for segment_id, _, _ in counts}


# The tenant is hidden from the planner, see tenancy/db/planner.py. `held` is MATERIALIZED: each condition is worked out
# once a customer.
_STATEMENT: Final = """
WITH held AS MATERIALIZED (
  SELECT p.customer_id, unnest(p.held) AS place FROM ({held}) AS p (customer_id, held)
   WHERE p.customer_id = ANY(%(ids)s::uuid[])),
named AS (SELECT * FROM unnest(%(segments)s::uuid[]) WITH ORDINALITY AS n (segment_id, place)),
due AS (SELECT h.customer_id, n.segment_id FROM held AS h JOIN named AS n ON n.place = h.place),
was AS MATERIALIZED (
  SELECT id, customer_id, segment_id FROM crm_segmentmember
   WHERE tenant_id = (SELECT %(tenant)s::uuid) AND customer_id = ANY(%(ids)s::uuid[])
     AND segment_id = ANY(%(segments)s::uuid[])),
came AS (
  INSERT INTO crm_segmentmember (tenant_id, id, segment_id, customer_id, since)
  SELECT %(tenant)s, gen_random_uuid(), d.segment_id, d.customer_id, %(now)s FROM due AS d
   WHERE NOT EXISTS (SELECT 1 FROM was AS w WHERE w.customer_id = d.customer_id AND w.segment_id = d.segment_id)
  RETURNING segment_id, customer_id),
gone AS (
  DELETE FROM crm_segmentmember AS m USING was AS w
   WHERE m.tenant_id = (SELECT %(tenant)s::uuid) AND m.id = w.id
     AND NOT EXISTS (SELECT 1 FROM due AS d WHERE d.customer_id = w.customer_id AND d.segment_id = w.segment_id)
  RETURNING m.segment_id, m.customer_id),
moved AS (
  SELECT segment_id, customer_id, true AS entered FROM came
  UNION ALL SELECT segment_id, customer_id, false FROM gone),
told AS (
  INSERT INTO crm_segmentchange (tenant_id, id, batch, segment_id, customer_id, entered, cause, at)
  SELECT %(tenant)s, gen_random_uuid(), %(batch)s, segment_id, customer_id, entered, %(cause)s, %(now)s FROM moved
   WHERE NOT %(silent)s),
counts AS (
  SELECT segment_id, count(*) FILTER (WHERE entered)::int AS entered,
         count(*) FILTER (WHERE NOT entered)::int AS gone
    FROM moved GROUP BY segment_id),
sized AS (
  INSERT INTO crm_segmentsize AS z (tenant_id, id, segment_id, day, customers, entered, "left")
  SELECT %(tenant)s, gen_random_uuid(), c.segment_id, %(today)s, COALESCE(before.customers, 0) + c.entered - c.gone,
         CASE WHEN %(silent)s THEN 0 ELSE c.entered END, CASE WHEN %(silent)s THEN 0 ELSE c.gone END
    FROM counts AS c
    LEFT JOIN LATERAL (
      SELECT s.customers FROM crm_segmentsize AS s
       WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND s.segment_id = c.segment_id AND s.day < %(today)s
       ORDER BY s.day DESC LIMIT 1) AS before ON true
  ON CONFLICT (tenant_id, segment_id, day) DO UPDATE
     SET customers = z.customers + (SELECT c.entered - c.gone FROM counts AS c WHERE c.segment_id = z.segment_id),
         entered = z.entered + EXCLUDED.entered,
         "left" = z."left" + EXCLUDED."left")
SELECT segment_id, entered, gone FROM counts
"""
