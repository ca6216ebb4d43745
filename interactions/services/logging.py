"""A contact with what it made us keep: logged together or not at all, and once however often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from crm.models import Customer, CustomerSummary
from interactions.models import Interaction, Need, NeedKind, Promise
from interactions.services.authors import Author
from interactions.services.interactions import Contact, record_interaction
from interactions.services.needs import record_need
from interactions.services.promises import make_promise
from interactions.services.refusals import Refused
from portfolios.models import Portfolio
from tenancy.db.ids import new_id
from tenancy.models import Member

MOST: Final = 20
"""Needs, and promises, of one contact."""
LONGEST_KEY: Final = 100


class LogRefused(Refused):
    """The contact cannot be logged together with this."""


@dataclass(frozen=True)
class SaidNeed:
    kind: NeedKind
    words: str = ""


@dataclass(frozen=True)
class SaidPromise:
    """`due_at`: aware."""

    words: str
    due_at: datetime


@dataclass(frozen=True)
class Logged:
    """What stands now; `is_new` unless the same was logged before."""

    interaction: Interaction
    needs: list[Need]
    promises: list[Promise]
    is_new: bool


def log_contact(
    *, customer: Customer, contact: Contact, needs: Sequence[SaidNeed] = (), promises: Sequence[SaidPromise] = (),
    by: Author, key: str = "",
) -> Logged:  # fmt: skip
    """Log a contact with the needs and promises that came of it, all or nothing.

    Whoever manages the customer answers for the promises; where nobody does, whoever makes them. The same key with the
    same content is what is there; with other content it is refused. Raises Refused.
    """
    _require_sense(needs, promises, key)
    key = key or str(new_id())
    with transaction.atomic():
        interaction, is_new = record_interaction(customer=customer, contact=contact, by=by, key=key)
        if not is_new:
            return _logged_before(interaction, needs, promises)
        member = _answers_for(customer, by)
        kept = [
            record_need(
                customer=customer, kind=said.kind, words=said.words, interaction=interaction, by=by,
                key=f"{key}:need:{at}",
            )[0]
            for at, said in enumerate(needs)
        ]  # fmt: skip
        made = [
            make_promise(
                customer=customer, words=said.words, due_at=said.due_at, member=member, interaction=interaction, by=by,
                key=f"{key}:promise:{at}",
            )[0]
            for at, said in enumerate(promises)
        ]  # fmt: skip
    return Logged(interaction, kept, made, True)


def _require_sense(needs: Sequence[SaidNeed], promises: Sequence[SaidPromise], key: str) -> None:
    if len(key) > LONGEST_KEY:
        raise LogRefused(f"A key is a text of at most {LONGEST_KEY} characters.", field="key")
    if len(needs) > MOST or len(promises) > MOST:
        raise LogRefused(
            f"At most {MOST} needs and {MOST} promises with one contact; log the others with another one.",
            code="too_many",
        )


def _answers_for(customer: Customer, by: Author) -> Member | None:
    """Nobody in particular where the portfolio has a manager."""
    home = CustomerSummary.objects.values("portfolio_id").filter(customer=customer)
    managed = Portfolio.objects.filter(id__in=home, manager__isnull=False).exists()
    return None if managed else by.member


def _logged_before(
    interaction: Interaction, needs: Sequence[SaidNeed], promises: Sequence[SaidPromise]
) -> Logged:
    """What was logged under the key; what became of it since does not matter. Raises LogRefused where it is other."""
    kept = list(Need.objects.filter(customer_id=interaction.customer_id, key__in=_keys(interaction, "need")))
    made = list(
        Promise.objects.filter(customer_id=interaction.customer_id, key__in=_keys(interaction, "promise"))
    )
    same = sorted((str(one.kind_id), one.words) for one in kept) == sorted(
        (str(one.kind.id), one.words.strip()) for one in needs
    ) and sorted((one.words, one.first_due_at) for one in made) == sorted(
        (one.words.strip(), one.due_at) for one in promises
    )
    if not same:
        raise LogRefused(
            "This was logged before, with other needs or promises. Log what is new as another contact.",
            field="key",
            code="key_reused",
        )
    return Logged(interaction, kept, made, False)


def _keys(interaction: Interaction, noun: str) -> list[str]:
    return [f"{interaction.key}:{noun}:{at}" for at in range(MOST)]
