"""The lists of addresses that must not be used: how long, how fresh, and whether an address is on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet, Sum

from privacy.lists import LISTS, KnownList
from privacy.models import ListUpload, Suppression
from privacy.services.suppressions import hashes_of

MOST_COUNTED: Final = 10_000
OWN: Final = (Suppression.Reason.DO_NOT_CONTACT, Suppression.Reason.ERASED)


@dataclass(frozen=True)
class Standing:
    """A list as it stands. `until`: the last day on which it may be relied on, None where it does not age.

    `addresses` of the company's own are counted up to `MOST_COUNTED`; `is_more` where there are others.
    """

    known: KnownList
    addresses: int
    newest: ListUpload | None
    until: date | None
    is_stale: bool

    @property
    def is_more(self) -> bool:
        return self.known.code in OWN and self.addresses == MOST_COUNTED


def lists_now(today: date) -> list[Standing]:
    """A national list has hundreds of millions of lines: how many is told by what its files brought and took off."""
    sums = ListUpload.objects.order_by().values_list("list").annotate(Sum("added"), Sum("removed"))
    counts = {code: added - removed for code, added, removed in sums}
    counts[str(Suppression.Reason.DO_NOT_CONTACT)] = _counted(Suppression.Reason.DO_NOT_CONTACT)
    newest = _newest_files()
    return [
        _standing(known, counts.get(known.code, 0), newest.get(known.code), today) for known in LISTS.values()
    ]


def _counted(reason: str) -> int:
    return Suppression.objects.filter(reason=reason)[:MOST_COUNTED].count()


def _newest_files() -> dict[str, ListUpload]:
    """List -> the newest file by which it stands: of a national one, which must be whole, the newest whole one."""
    counts = Q(mode=ListUpload.Mode.REPLACE) | Q(list__in=OWN)
    rows = ListUpload.objects.filter(counts, loaded_at__isnull=False)
    return {row.list: row for row in rows.order_by("list", "-as_of", "-created_at").distinct("list")}


def _standing(known: KnownList, addresses: int, newest: ListUpload | None, today: date) -> Standing:
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
    """Up to `MOST_COUNTED`."""
    return _counted(Suppression.Reason.ERASED)
