"""Hand-overs: what the next manager reads when a customer comes to them, and who has read it.

Written where there is something to say; docs/decisions/hand-overs.md says when, and what goes along.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from crm.models import CustomerSummary
from interactions.events import HandOversWritten
from interactions.models import HandOver, Need
from interactions.services.hand_over_chapters import Chapters, chapters_of
from interactions.services.holding import hold_customer, hold_customers
from interactions.services.refusals import Refused, require_text
from portfolios.models import Assignment, Transfer
from portfolios.selectors.moves import customers_of_transfers
from tenancy.access import Access
from tenancy.models import Member
from tenancy.outbox import emit

MANY: Final = 200
"""Of larger transfers only what is open is written down: promises, cases, needs."""
AT_ONCE: Final = 500
OPEN: Final = frozenset({"promises", "cases", "needs"})
LONGEST_WORDS: Final = 4_000


class HandOverRefused(Refused):
    """This cannot be done with the hand-over."""


def write_hand_overs(*, transfer_id: UUID) -> int:
    """Write those of one transfer that are not written yet; how many. Harmless when run again.

    The private needs of the portfolio go with the customer.
    """
    transfer = Transfer.objects.select_related("to").get(id=transfer_id)
    moved, written = customers_of_transfers([str(transfer_id)]), 0
    for start in range(0, len(moved), AT_ONCE):
        with transaction.atomic():
            written += _write_part(transfer, moved[start : start + AT_ONCE])
    return written


def _write_part(transfer: Transfer, customer_ids: Sequence[UUID]) -> int:
    _pass_on_private_needs(customer_ids)
    same_hands = _kept_by_same_manager(transfer, customer_ids)
    rows = HandOver.objects.filter(transfer=transfer, customer_id__in=customer_ids)
    there = dict(rows.values_list("customer_id", "content"))
    gone = {key for key, why in hold_customers(customer_ids).items() if why.code == "customer_erased"}
    silent = same_hands | gone
    found = chapters_of([key for key in customer_ids if key not in silent and not there.get(key)])
    many = transfer.customers > MANY
    worth = {key: chapters for key, chapters in found.items() if _says_something(chapters, many)}
    now = timezone.now()
    HandOver.objects.bulk_create(
        [
            HandOver(customer_id=key, transfer=transfer, to=transfer.to, content=chapters, written_at=now)
            for key, chapters in worth.items() if key not in there
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    for key in worth.keys() & there.keys():
        HandOver.objects.filter(transfer=transfer, customer_id=key).update(content=worth[key])
    if worth:
        emit(HandOversWritten(transfer_id=transfer.id, count=len(worth)))
    return len(worth)


def _says_something(chapters: Chapters, many: bool) -> bool:
    keys = {chapter["key"] for chapter in chapters}
    return bool(keys & OPEN) if many else bool(keys)


def _kept_by_same_manager(transfer: Transfer, customer_ids: Sequence[UUID]) -> set[UUID]:
    """Those whose manager stays the same: nobody hands over to themselves."""
    manager = transfer.to.manager_id
    if manager is None:
        return set()
    former = Assignment.objects.filter(
        customer=OuterRef("customer"),
        period__endswith=OuterRef("period__startswith"),
        portfolio__manager_id=manager,
    )
    came = Assignment.objects.filter(Exists(former), transfer=transfer, customer_id__in=customer_ids)
    return set(came.values_list("customer_id", flat=True))


def _pass_on_private_needs(customer_ids: Sequence[UUID]) -> None:
    """To where the customers are now, whichever of two transfers is looked at first."""
    home = CustomerSummary.objects.filter(customer_id=OuterRef("customer_id")).values("portfolio_id")
    private = Need.objects.filter(customer_id__in=customer_ids, visibility=Need.Visibility.PORTFOLIO)
    private.filter(status=Need.Status.OPEN).update(portfolio_id=Subquery(home[:1]))


def read_hand_over(*, hand_over: HandOver, by: Member) -> HandOver:
    """Whoever answers for the customer now has read it. Read before, it stays as it is."""
    with transaction.atomic():
        held = HandOver.objects.select_for_update(of=("self",)).get(id=hand_over.id)
        if held.read_at is None:
            held.read_at, held.read_by = timezone.now(), by
            held.save(update_fields=["read_at", "read_by"])
    return held


def add_words(*, access: Access, transfer: Transfer, customer_id: UUID, words: str) -> HandOver:
    """Who had the customer, or who moved them, adds what the next manager should know; it is to be read again.

    Raises HandOverRefused, and CustomerRefused for one of whom nothing may be written.
    """
    words = require_text(HandOverRefused, words, field="words", most=LONGEST_WORDS, least=1)
    if not may_add_words(access, transfer, customer_id):
        raise HandOverRefused("Whoever had the customer, or moved them, adds words to a hand-over.")
    with transaction.atomic():
        hold_customer(customer_id)
        made, created = HandOver.objects.select_for_update(of=("self",)).get_or_create(
            transfer=transfer, customer_id=customer_id,
            defaults={"to_id": transfer.to_id, "content": [], "words": words, "written_at": timezone.now()},
        )  # fmt: skip
        if not created:
            made.words, made.read_at, made.read_by = words, None, None
            made.save(update_fields=["words", "read_at", "read_by"])
    return made


def may_add_words(access: Access, transfer: Transfer, customer_id: UUID) -> bool:
    """Whether this member had the customer before the transfer, or moved them."""
    moved = Assignment.objects.filter(transfer=transfer, customer_id=customer_id).first()
    if moved is None:
        return False
    if transfer.author == access.actor:
        return True
    former = Assignment.objects.filter(customer_id=customer_id, period__endswith__lte=moved.period.lower)
    had = former.select_related("portfolio").order_by("-period").first()
    return had is not None and had.portfolio.manager_id in access.covers
