"""Every minute: promises whose hour is over are broken, and who answers for one that is due soon is reminded.

Set-based and bounded. Two sweeps at once share the work: what one holds the other passes by, so that each promise is
told once. What somebody else is just changing is looked at in the next turn.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from crm.services.timeline import Entry, add_entries
from interactions.events import PromiseBroken, PromiseReminded
from interactions.models import Promise, PromiseStep
from interactions.services.authors import SYSTEM
from interactions.services.promise_counts import hold_summaries, recount_promises
from interactions.services.promises import TITLES
from tenancy.context import current_tenant_id
from tenancy.outbox import emit_all

MOST_A_TURN: Final = 500

# The customer is held as a reference holds them: erasure holds them alone, and then they are passed by.
_BREAK = """
WITH over AS (
  SELECT p.id, COALESCE(p.member_id, f.manager_id) AS counted_for_id FROM interactions_promise AS p
    JOIN crm_customer AS c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id
    JOIN portfolios_portfolio AS f ON f.tenant_id = p.tenant_id AND f.id = p.portfolio_id
   WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.state = 'open' AND p.due_at <= %(now)s
   ORDER BY p.due_at, p.id LIMIT %(most)s
     FOR NO KEY UPDATE OF p SKIP LOCKED FOR KEY SHARE OF c SKIP LOCKED)
UPDATE interactions_promise AS p
   SET state = 'broken', ended_at = p.due_at, counted_for_id = over.counted_for_id, version = p.version + 1
  FROM over WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.id = over.id
RETURNING p.id
"""

_REMIND = """
WITH soon AS (
  SELECT p.id FROM interactions_promise AS p
   WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.state = 'open' AND p.reminded_at IS NULL
     AND p.remind_at <= %(now)s AND p.due_at > %(now)s
   ORDER BY p.remind_at LIMIT %(most)s FOR NO KEY UPDATE SKIP LOCKED)
UPDATE interactions_promise AS p SET reminded_at = %(now)s
  FROM soon WHERE p.tenant_id = (SELECT %(tenant)s::uuid) AND p.id = soon.id
RETURNING p.id, p.customer_id
"""


def sweep_promises(slot: str) -> int:
    """Break what is over, remind of what is due soon; how many of both. Harmless when run again."""
    now = timezone.now()
    with transaction.atomic():
        return len(_break_over(now)) + _remind(now)


def _break_over(now: datetime) -> list[UUID]:
    ids = [row[0] for row in _run(_BREAK, now)]
    if ids:
        _tell(list(Promise.objects.filter(id__in=ids).order_by("id")))
    return ids


def _tell(broken: Sequence[Promise]) -> None:
    PromiseStep.objects.bulk_create(
        PromiseStep(promise=one, kind=PromiseStep.Kind.BROKEN, at=one.due_at, author=SYSTEM.actor) for one in broken
    )  # fmt: skip
    add_entries(
        Entry(
            one.customer_id, one.due_at, "promise", f"promise:{one.id}:{PromiseStep.Kind.BROKEN}",
            f"{TITLES[PromiseStep.Kind.BROKEN]}: {one.words}",
        )
        for one in broken
    )  # fmt: skip
    emit_all(PromiseBroken(customer_id=one.customer_id, promise_id=one.id) for one in broken)
    customers = list({one.customer_id for one in broken})
    hold_summaries(customers)
    recount_promises(customers)


def _remind(now: datetime) -> int:
    rows = _run(_REMIND, now)
    emit_all(PromiseReminded(customer_id=customer_id, promise_id=key) for key, customer_id in rows)
    return len(rows)


def _run(sql: str, now: datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"tenant": current_tenant_id(), "now": now, "most": MOST_A_TURN})
        return list(cursor.fetchall())
