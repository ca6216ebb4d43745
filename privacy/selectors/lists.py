"""The lists of addresses that must not be used: how long, how fresh, and whether an address is on one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from privacy.lists import LISTS, KnownList
from privacy.models import ListUpload, Suppression
from privacy.services.suppressions import hashes_of


@dataclass(frozen=True)
class Standing:
    """A list as it stands. `until`: the last day on which it may be relied on, None where it does not age."""

    known: KnownList
    addresses: int
    newest: ListUpload | None
    until: date | None
    is_stale: bool


def lists_now(today: date) -> list[Standing]:
    counts: Mapping[str, int] = dict(Suppression.objects.values_list("reason").annotate(Count("id")))
    return [_standing(known, counts.get(known.code, 0), today) for known in LISTS.values()]


def _standing(known: KnownList, addresses: int, today: date) -> Standing:
    loaded = ListUpload.objects.filter(list=known.code, loaded_at__isnull=False)
    whole = loaded.filter(mode=ListUpload.Mode.REPLACE) if known.is_national else loaded
    newest = whole.order_by("-as_of", "-created_at").first()
    until = known.usable_until(newest.as_of) if newest else None
    return Standing(known, addresses, newest, until, until is not None and until < today)


def uploads() -> QuerySet[ListUpload]:
    """To be paged newest first."""
    return ListUpload.objects.select_related("job", "created_by")


def entries_of(kind: str, value: str) -> Sequence[Suppression]:
    """On which lists an address stands and since when, an erasure among them. Raises SuppressionRefused."""
    return list(Suppression.objects.filter(address_hash__in=hashes_of(kind, value)).order_by("since"))


def entry_of(suppression_id: UUID) -> Suppression | None:
    return Suppression.objects.filter(id=suppression_id).first()


def erased_addresses() -> int:
    return Suppression.objects.filter(Q(reason=Suppression.Reason.ERASED)).count()
