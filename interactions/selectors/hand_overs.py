"""Hand-overs that somebody may read, and what would be passed on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from crm.selectors.scope import visible_portfolios
from interactions.models import HandOver
from interactions.services.hand_over_chapters import chapters_of
from portfolios.models import Assignment, Portfolio, Transfer
from tenancy.access import Access
from tenancy.models import Role

MOST_WORDS_FOR = 50
"""Customers of a transfer to whom words can be added on its page."""


def visible_hand_overs(access: Access) -> QuerySet[HandOver]:
    """Those of customers in the scope."""
    rows = HandOver.objects.select_related("customer__summary", "transfer", "to__manager", "read_by")
    rows = rows.filter(customer__trashed_at=None)
    portfolios = visible_portfolios(access)
    return rows if portfolios is None else rows.filter(customer__summary__portfolio_id__in=portfolios)


def visible_hand_over(access: Access, customer_id: UUID, hand_over_id: UUID) -> HandOver | None:
    return visible_hand_overs(access).filter(id=hand_over_id, customer_id=customer_id).first()


def to_read(access: Access) -> QuerySet[HandOver]:
    """Unread ones of customers whom this member answers for, or stands in for, now; the newest first."""
    own = Portfolio.objects.filter(manager_id__in=access.covers, closed_at=None).values("id")
    mine = visible_hand_overs(access).filter(
        read_at=None, to__in=own, customer__summary__portfolio_id__in=own
    )
    return mine.order_by("-written_at", "id")


def answers_for(access: Access, hand_over: HandOver) -> bool:
    """Whether this member reads it as the one who answers for the customer."""
    home = hand_over.customer.summary.portfolio_id
    return home is not None and Portfolio.objects.filter(id=home, manager_id__in=access.covers).exists()


def chapters_for(access: Access, hand_over: HandOver) -> list[dict[str, Any]]:
    """Its chapters; lines that are private to the portfolio only for who answers for it, or sees everybody."""
    if access.scope == Role.Scope.ALL or answers_for(access, hand_over):
        return list(hand_over.content)
    open_lines = [
        {**chapter, "lines": [line for line in chapter["lines"] if not line["private"]]}
        for chapter in hand_over.content
    ]
    return [chapter for chapter in open_lines if chapter["lines"]]


def in_short(content: Sequence[dict[str, Any]]) -> str:
    """ "promised: 2, open cases: 1": how much of what is in it."""
    return ", ".join(f"{chapter['title'].lower()}: {len(chapter['lines'])}" for chapter in content)


def transfer_here(transfer_id: UUID) -> Transfer | None:
    """Any transfer of the tenant: who had its customers does not see where they went."""
    return Transfer.objects.select_related("to").filter(id=transfer_id).first()


@dataclass(frozen=True)
class Addressed:
    """A customer of a transfer, and the words for their next manager that stand there."""

    customer_id: UUID
    name: str
    words: str
    url: str


def words_to_add(access: Access, transfer: Transfer) -> list[Addressed]:
    """Customers of this transfer about whom this member may add words: theirs before, or moved by them."""
    moved = Assignment.objects.filter(transfer=transfer).select_related("customer").order_by("customer_id")
    rows = list(moved[:MOST_WORDS_FOR])
    if transfer.author != access.actor:
        former = Assignment.objects.filter(
            customer_id__in=[row.customer_id for row in rows], period__endswith__isnull=False,
            portfolio__manager_id__in=access.covers,
        )  # fmt: skip
        had = {(row.customer_id, row.period.upper) for row in former}
        rows = [row for row in rows if (row.customer_id, row.period.lower) in had]
    there = HandOver.objects.filter(transfer=transfer, customer_id__in=[row.customer_id for row in rows])
    words = dict(there.values_list("customer_id", "words"))
    slug = access.tenant.slug
    return [
        Addressed(row.customer_id, row.customer.name, words.get(row.customer_id, ""),
                  reverse("hand_over_words", args=[slug, transfer.id, row.customer_id]))
        for row in rows
    ]  # fmt: skip


def would_be_passed_on(customer_id: UUID) -> str:
    """What a hand-over would say, in short; "" where there is nothing to say."""
    return in_short(chapters_of([customer_id]).get(customer_id, []))
