"""Every customer is in exactly one portfolio: here they are put into the first and moved to the next.

Portfolios are held open, then customers are locked in the order of their ids (see locks.py), so that two transfers at
once wait instead of deadlocking.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from crm.services.summaries import write_columns
from portfolios.events import CustomersTransferred
from portfolios.models import Portfolio, Transfer
from portfolios.services.assignments_by_rule import keep_decisions, places_of_new
from portfolios.services.locks import hold_open
from tenancy.context import current_actor, current_tenant_id, without_row_audit
from tenancy.outbox import emit
from tenancy.services.audit import record_batch

TRIES = 5
"""How often organisations are followed that move on while their portfolio is being locked."""
BULK = 50
"""Above this many customers one audit entry is written for the batch instead of one a row."""


class TransferRefused(ValueError):
    """Customers cannot be moved so; the message says why and what to do."""


def assign_new_customers(customer_ids: Sequence[UUID], portfolio_id: UUID | None) -> None:
    """Put new customers into the portfolio asked for, else where their organisation is, else where a rule says, else
    into the house.

    Where their organisation's is about to close they go where its customers go. The guarantee is checked before
    returning, so that an error comes here and not at COMMIT.
    """
    house = house_portfolio()
    wanted = _open_portfolio(portfolio_id) if portfolio_id else None
    ruled = {} if wanted else places_of_new(customer_ids, house)
    with connection.cursor() as cursor:
        targets = {place.portfolio_id for place in ruled.values()}
        held = set() if wanted else _hold_places_of_organisations(cursor, customer_ids, targets)
        ruled = {key: place for key, place in ruled.items() if place.portfolio_id in held}
        cursor.execute(_ASSIGN, {
            "tenant": current_tenant_id(), "ids": list(customer_ids), "house": house.id, "open": list(held),
            "wanted": wanted.id if wanted else None,
            "reason": "asked for at creation" if wanted else "no rule applied",
            "ruled": list(ruled), "targets": [place.portfolio_id for place in ruled.values()],
            "reasons": [place.reason for place in ruled.values()],
        })  # fmt: skip
        keep_decisions(ruled.values())
        cursor.execute(_SUMMARIES, {"tenant": current_tenant_id(), "ids": list(customer_ids)})
        _check_now(cursor)


def _hold_places_of_organisations(cursor: Any, customer_ids: Sequence[UUID], targets: set[UUID]) -> set[UUID]:
    """Those of `targets`, and of where the organisations of these customers are or are going, that are open: held so
    until the transaction ends.
    """
    values = {"tenant": current_tenant_id(), "ids": list(customer_ids)}
    for _ in range(TRIES):
        cursor.execute(_PLACES, values)
        places = {row[0] for row in cursor.fetchall()}
        mark = transaction.savepoint()
        held = hold_open(places | targets)
        cursor.execute(_PLACES, values)
        if held >= {row[0] for row in cursor.fetchall()}:
            transaction.savepoint_commit(mark)
            return held
        # Somebody closed or moved meanwhile: let go, so that locks are never taken out of order.
        transaction.savepoint_rollback(mark)
    return set()


# Read again once the lock is there: who waited for it sees where the other one left the organisation.
_PLACES = """
SELECT DISTINCT COALESCE(p.closing_to_id, p.id)
  FROM crm_customer AS c
 CROSS JOIN LATERAL (
    SELECT a.portfolio_id FROM portfolios_assignment AS a
     WHERE a.tenant_id = (SELECT %(tenant)s::uuid) AND a.customer_id = c.acts_for_id AND upper_inf(a.period) LIMIT 1
  ) AS follows
  JOIN portfolios_portfolio AS p ON p.tenant_id = (SELECT %(tenant)s::uuid) AND p.id = follows.portfolio_id
 WHERE c.tenant_id = (SELECT %(tenant)s::uuid) AND c.id = ANY(%(ids)s::uuid[]) AND c.acts_for_id IS NOT NULL
"""

# The first assignment carries the customer's own id: unique in its table, and time-ordered.
_ASSIGN = """
INSERT INTO portfolios_assignment (tenant_id, id, customer_id, portfolio_id, period, reason)
SELECT %(tenant)s, c.id, c.id, COALESCE(%(wanted)s::uuid, follows.portfolio_id, ruled.portfolio_id, %(house)s::uuid),
       tstzrange(c.created_at, NULL, '[)'),
       CASE WHEN %(wanted)s::uuid IS NULL AND follows.portfolio_id IS NOT NULL
            THEN 'follows their organisation' ELSE COALESCE(ruled.reason, %(reason)s) END
  FROM crm_customer AS c
  LEFT JOIN LATERAL (
    SELECT COALESCE(p.closing_to_id, p.id) AS portfolio_id
      FROM portfolios_assignment AS a
      JOIN portfolios_portfolio AS p ON p.tenant_id = (SELECT %(tenant)s::uuid) AND p.id = a.portfolio_id
     WHERE a.tenant_id = (SELECT %(tenant)s::uuid) AND a.customer_id = c.acts_for_id AND upper_inf(a.period) LIMIT 1
  ) AS follows ON follows.portfolio_id = ANY(%(open)s::uuid[])
  LEFT JOIN unnest(%(ruled)s::uuid[], %(targets)s::uuid[], %(reasons)s::text[]) AS ruled (id, portfolio_id, reason)
    ON ruled.id = c.id
 WHERE c.tenant_id = (SELECT %(tenant)s::uuid) AND c.id = ANY(%(ids)s::uuid[])
"""

# Looked up one by one, the tenant hidden from the planner: see tenancy/db/planner.py.
_SUMMARIES = """
UPDATE crm_customersummary AS s
   SET portfolio_id = (SELECT a.portfolio_id FROM portfolios_assignment AS a
                        WHERE a.tenant_id = (SELECT %(tenant)s::uuid) AND a.id = s.customer_id)
 WHERE s.tenant_id = (SELECT %(tenant)s::uuid) AND s.customer_id = ANY(%(ids)s::uuid[])
"""


def transfer_customers(
    *, customer_ids: Sequence[UUID], to: Portfolio, reason: str, author_name: str = "", out_of: Portfolio | None = None
) -> Transfer:  # fmt: skip
    """Move customers to another portfolio, now, with a reason. Those already there stay as they are.

    With `out_of` so do those who have left that portfolio meanwhile.

    Returns the Transfer; its `customers` says how many moved. Raises TransferRefused.
    """
    if not reason.strip():
        raise TransferRefused("Say why; the next manager and the customer's timeline will show it.")
    with transaction.atomic():
        target = _open_portfolio(to.id)
        moving = _locked_movers(customer_ids, target, out_of)
        # Read after the locks: whoever waited here moves on from the period the other one began.
        now = timezone.now()
        transfer = Transfer.objects.create(
            to=target, reason=reason.strip()[:300], author=current_actor(), author_name=author_name, at=now,
            customers=len(moving), pins=out_of is None,
        )  # fmt: skip
        if moving:
            _move(moving, transfer, now)
            emit(CustomersTransferred(transfer_id=transfer.id, to_portfolio_id=target.id, count=len(moving)))
    return transfer


def move_under(transfer: Transfer, periods: Mapping[UUID, UUID]) -> list[UUID]:
    """Move customers by a transfer that was decided before: those whose open assignment still is the one named.

    `periods` is customer -> id of that assignment. Returns who moved. Raises TransferRefused where the portfolio has
    closed meanwhile.
    """
    with transaction.atomic():
        _open_portfolio(transfer.to_id)
        moving = _locked_in(periods, transfer.to_id)
        if moving:
            _move(moving, transfer, timezone.now())
            emit(CustomersTransferred(transfer.id, to_portfolio_id=transfer.to_id, count=len(moving)))
    return moving


def _locked_in(periods: Mapping[UUID, UUID], target: UUID) -> list[UUID]:
    """Lock the customers in order of id and return those who are still in the assignment named, and elsewhere."""
    found = lock_customers(periods)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT customer_id FROM portfolios_assignment WHERE tenant_id = %s AND customer_id = ANY(%s::uuid[])"
            " AND id = ANY(%s::uuid[]) AND upper_inf(period) AND portfolio_id <> %s ORDER BY customer_id",
            [current_tenant_id(), found, [periods[key] for key in found], target],
        )
        return [row[0] for row in cursor.fetchall()]


def lock_customers(customer_ids: Iterable[UUID]) -> list[UUID]:
    """Those who are here and not in the trash, locked in the order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM crm_customer WHERE tenant_id = %s AND id = ANY(%s::uuid[]) AND trashed_at IS NULL"
            " ORDER BY id FOR NO KEY UPDATE",
            [current_tenant_id(), list(customer_ids)],
        )
        return [row[0] for row in cursor.fetchall()]


def _locked_movers(customer_ids: Sequence[UUID], target: Portfolio, out_of: Portfolio | None) -> list[UUID]:
    """Lock the customers in order of id and return those who are elsewhere now, or still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM crm_customer WHERE tenant_id = %s AND id = ANY(%s::uuid[]) ORDER BY id FOR NO KEY UPDATE",
            [current_tenant_id(), list(customer_ids)],
        )
        found = [row[0] for row in cursor.fetchall()]
        if len(found) != len(set(customer_ids)):
            raise TransferRefused("Some of these customers do not exist any more; load the list again.")
        cursor.execute(
            "SELECT customer_id FROM portfolios_assignment WHERE tenant_id = %s AND customer_id = ANY(%s::uuid[])"
            " AND upper_inf(period) AND portfolio_id <> %s AND COALESCE(portfolio_id = %s, true)",
            [current_tenant_id(), found, target.id, out_of.id if out_of else None],
        )
        return [row[0] for row in cursor.fetchall()]


# greatest(): a customer made in this very instant still gets a period of positive length.
_CLOSE = """
UPDATE portfolios_assignment AS a
   SET period = tstzrange(lower(a.period), greatest(%(at)s, lower(a.period) + interval '1 microsecond'), '[)')
 WHERE a.tenant_id = %(tenant)s AND a.customer_id = ANY(%(ids)s::uuid[]) AND upper_inf(a.period)
RETURNING a.customer_id, upper(a.period)
"""

_OPEN = """
WITH closed AS (SELECT unnest(%(ids)s::uuid[]) AS customer_id, unnest(%(starts)s::timestamptz[]) AS start)
INSERT INTO portfolios_assignment (tenant_id, id, customer_id, portfolio_id, period, transfer_id, reason)
SELECT %(tenant)s, gen_random_uuid(), c.customer_id, %(to)s, tstzrange(c.start, NULL, '[)'), %(transfer)s, %(reason)s
  FROM closed AS c
"""

_TIMELINE = """
INSERT INTO crm_timelineentry (tenant_id, id, customer_id, at, kind, key, title, text, who)
SELECT %(tenant)s, gen_random_uuid(), moved.id, %(at)s, 'transfer', %(key)s, %(title)s, %(reason)s, %(who)s
  FROM unnest(%(ids)s::uuid[]) AS moved (id)
ON CONFLICT DO NOTHING
"""


def _move(customer_ids: list[UUID], transfer: Transfer, at: datetime) -> None:
    values = {
        "tenant": current_tenant_id(), "ids": customer_ids, "at": at, "to": transfer.to_id,
        "transfer": transfer.id, "reason": transfer.reason, "key": f"transfer:{transfer.id}",
        "title": f"Moved to {transfer.to.name}"[:200], "who": transfer.author_name,
    }  # fmt: skip
    if len(customer_ids) <= BULK:
        _write(values)
        return
    with without_row_audit():
        _write(values)
    record_batch(
        action="transfer", table="portfolios_assignment",
        note={"transfer": str(transfer.id), "customers": len(customer_ids)},
    )  # fmt: skip


def _write(values: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, values)
        closed = cursor.fetchall()
        cursor.execute(
            _OPEN, {**values, "ids": [row[0] for row in closed], "starts": [row[1] for row in closed]}
        )
        cursor.execute(_TIMELINE, values)
        write_columns(values["ids"], portfolio_id=values["to"])
        _check_now(cursor)


def _check_now(cursor: Any) -> None:
    names = "one_portfolio_always, one_portfolio_from_birth"
    cursor.execute(f"SET CONSTRAINTS {names} IMMEDIATE")
    cursor.execute(f"SET CONSTRAINTS {names} DEFERRED")


def house_portfolio() -> Portfolio:
    """The portfolio of customers whom no rule assigned. Every tenant has one from its first moment."""
    return Portfolio.objects.get(is_house=True)


def _open_portfolio(portfolio_id: UUID) -> Portfolio:
    """The portfolio, held open until the transaction ends. Raises TransferRefused."""
    if not hold_open([portfolio_id]):
        raise TransferRefused("That portfolio does not exist or is closed, or just closing; choose another.")
    return Portfolio.objects.get(id=portfolio_id)
